/*
 * The options of SET and GETEX
 * ----------------------------
 * Both read the same list. Words that exclude each other make a syntax error at the second of them,
 * but the same word twice is allowed and the last one counts, as in the real server.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import type { Moment } from '../../keyspace/database.ts';
import { syntaxError } from '../../reply.ts';
import { positiveMomentFrom } from '../expiry-arguments.ts';

export interface StringOptions {
  condition: 'nx' | 'xx' | undefined;
  get: boolean;
  /** What shall happen to the expiry: the option's word, undefined when none was given. */
  expiry: 'ex' | 'px' | 'exat' | 'pxat' | 'keepttl' | 'persist' | undefined;
  /** The word after EX, PX, EXAT or PXAT, not read yet. */
  amount: Bytes;
}

/** Reads the options from argv[first] on. */
export function parseStringOptions(command: 'set' | 'getex', argv: readonly Bytes[], first: number): StringOptions {
  const options: StringOptions = { condition: undefined, get: false, expiry: undefined, amount: '' };
  const isSet = command === 'set';
  for (let i = first; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const next = argv[i + 1];
    if (isSet && (word === 'nx' || word === 'xx')) {
      if (options.condition !== undefined && options.condition !== word) syntaxError();
      options.condition = word;
    } else if (isSet && word === 'get') {
      options.get = true;
    } else if ((isSet && word === 'keepttl') || (!isSet && word === 'persist')) {
      if (options.expiry !== undefined && options.expiry !== word) syntaxError();
      options.expiry = word;
    } else if (word === 'ex' || word === 'px' || word === 'exat' || word === 'pxat') {
      if (next === undefined || (options.expiry !== undefined && options.expiry !== word)) syntaxError();
      options.expiry = word;
      options.amount = next;
      i++;
    } else syntaxError();
  }
  return options;
}

/** The moment that the options set, or undefined when they set none. Throws for an amount that makes no sense. */
export function expiryMoment(options: StringOptions, now: number, commandName: Bytes): Moment | undefined {
  switch (options.expiry) {
    case 'ex':
      return positiveMomentFrom(options.amount, 'seconds', now, commandName);
    case 'px':
      return positiveMomentFrom(options.amount, 'milliseconds', now, commandName);
    case 'exat':
      return positiveMomentFrom(options.amount, 'seconds', 0, commandName);
    case 'pxat':
      return positiveMomentFrom(options.amount, 'milliseconds', 0, commandName);
    default:
      return undefined;
  }
}
