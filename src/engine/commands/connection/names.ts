/*
 * Names that clients give themselves: printable, without blanks, so that CLIENT LIST stays readable.
 */
import { cText, type Bytes } from '../../bytes.ts';
import { CommandError } from '../../reply.ts';

/** Throws unless every byte is in '!' … '~'. `what` is the text before "cannot contain". */
export function checkName(name: Bytes, what: Bytes = 'Client names'): void {
  if (!/^[!-~]*$/.test(cText(name))) throw new CommandError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
}
