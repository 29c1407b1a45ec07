/*
 * LOLWUT: a drawing, and the version of the server.
 */
import { equalsFolded, parseInteger, type Bytes } from '../../bytes.ts';
import { command, integer } from '../../command.ts';
import { lolwut as drawing } from '../../lolwut.ts';
import { CommandError, NOT_AN_INTEGER, verbatim, type Reply } from '../../reply.ts';

export const lolwut = command(
  {
    name: 'LOLWUT', group: 'server', since: '5.0.0', arity: -1, flags: ['readonly', 'fast'], args: [integer('version', { token: 'VERSION', optional: true })],
    summary: 'A drawing, and the version of the server.', replies: ['text'], examples: ['LOLWUT'],
    differs: 'The drawings are our own.',
  },
  function lolwut({ server, argv }): Reply {
    let version = 8;
    let rest = argv.slice(1);
    if (rest.length >= 2 && equalsFolded(rest[0] as Bytes, 'version')) {
      const given = parseInteger(rest[1] as Bytes);
      if (given === undefined) throw new CommandError(NOT_AN_INTEGER);
      version = Number(given);
      rest = rest.slice(2);
    }
    const numbers = rest.map((word) => {
      const value = parseInteger(word);
      if (value === undefined) throw new CommandError(NOT_AN_INTEGER);
      return Number(value);
    });
    return verbatim(drawing(version, numbers, server.random.fork('lolwut')));
  },
);
