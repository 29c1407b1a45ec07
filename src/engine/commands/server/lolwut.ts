/*
 * LOLWUT: a drawing, and the version of the server.
 */
import { equalsFolded, parseInteger, type Bytes } from '../../bytes.ts';
import { command, integer } from '../../command.ts';
import { lolwut as drawing, LOLWUT_DEFAULT_VERSION } from '../../lolwut.ts';
import { CommandError, NOT_AN_INTEGER, verbatim, type Reply } from '../../reply.ts';

export const lolwut = command(
  {
    name: 'LOLWUT', group: 'server', since: '5.0.0', arity: -1, flags: ['readonly', 'fast'], args: [integer('version', { token: 'VERSION', optional: true })],
    summary: 'A drawing, and the version of the server.', replies: ['text'], examples: ['LOLWUT'],
    differs: 'The drawings are our own.',
  },
  function lolwut({ server, argv }): Reply {
    const words = argv.slice(1);
    const isAsked = words.length >= 2 && equalsFolded(words[0] as Bytes, 'version');
    const version = isAsked ? integerOf(words[1] as Bytes) : LOLWUT_DEFAULT_VERSION;
    // Only the pictures of versions 5 and 6 have a size; other words are passed over, as the real server does.
    const size = isAsked && (version === 5 || version === 6) ? words.slice(2).map(integerOf) : [];
    return verbatim(drawing(version, size, server.random));
  },
);

function integerOf(word: Bytes): number | bigint {
  const value = parseInteger(word);
  if (value === undefined) throw new CommandError(NOT_AN_INTEGER);
  return value;
}
