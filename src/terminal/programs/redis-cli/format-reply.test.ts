import { describe, expect, test } from 'vitest';
import { ReplyParser, ReplyProtocolError } from '../../../engine/protocol/reply-parser.ts';
import { formatReply, UnprintableReply, type ReplyShape } from './format-reply.ts';
import { UNDERSTOOD_TYPES } from './connection.ts';
import goldens from './replies.goldens.json' with { type: 'json' };

/** What redis-cli wrote: its output, or how it failed. */
type Golden = string | { stdout: string; stderr: string; code: number };

function print(wire: string, shape: ReplyShape, delimiters?: { element: string; reply: string }): Golden {
  const fail = (message: string): Golden => ({ stdout: '', stderr: `${message}\n`, code: 1 });
  try {
    const parser = new ReplyParser(UNDERSTOOD_TYPES);
    const reply = parser.feed(wire).find((each) => each.type !== 'push');
    return reply === undefined ? fail('Error: Server closed the connection') : formatReply(reply, shape, delimiters);
  } catch (failure) {
    if (failure instanceof ReplyProtocolError) return fail(`Error: ${failure.message}`);
    if (failure instanceof UnprintableReply) return fail(failure.message);
    throw failure;
  }
}

describe('a reply is printed as the real redis-cli prints it', () => {
  test.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (_name, golden) => {
    expect(print(golden.wire, 'standard')).toEqual(golden.tty);
    expect(print(golden.wire, 'raw')).toEqual(golden.raw);
    expect(print(golden.wire, 'raw', { element: '|', reply: '#' })).toEqual(golden.rawDelimiters);
    expect(print(golden.wire, 'csv')).toEqual(golden.csv);
    expect(print(golden.wire, 'json')).toEqual(golden.json);
    expect(print(golden.wire, 'quotedJson')).toEqual(golden.quotedJson);
  });
});
