import { describe, expect, test } from 'vitest';
import type { PropagatedCommand } from '../../propagation.ts';
import { mapReply } from '../../reply.ts';
import { error, nil, nilArray, OK, sealedPayload, showWire, TestServer, testKit } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const WRONG = error('WRONGTYPE Operation against a key holding the wrong kind of value');
const SYNTAX = error('ERR syntax error');
const INVALID_ID = error('ERR Invalid stream ID specified as stream command argument');
const TOO_LOW = error('ERR The ID specified in XADD is equal or smaller than the target stream top item');
const NO_GROUP = error("NOGROUP No such key 's' or consumer group 'no'");
const ABC = ['XADD s 1-1 f a', 'XADD s 2-1 f b', 'XADD s 3-1 f c'];
const GROUP = [...ABC, 'XGROUP CREATE s g 0'];
const PENDING = [...GROUP, 'XREADGROUP GROUP g Ada COUNT 2 STREAMS s >', 'XREADGROUP GROUP g Bob STREAMS s >'];

cases('XADD', [
  ['XADD s 5-1 f v', '5-1', { dirty: 1, notifies: ['xadd s'], after: [['XRANGE s - +', [['5-1', ['f', 'v']]]], ['OBJECT ENCODING s', 'stream']] }],
  // The test's clock.
  ['XADD s * f v', '1700000000000-0', { after: [['XADD s * f w', '1700000000000-1']] }],
  ['XADD s * f v', '1700000000001-0', { given: ['XADD s 1700000000000-18446744073709551615 f v'] }],
  ['XADD s 5-* f v', '5-0'],
  ['XADD s 5-* f v', '5-3', { given: ['XADD s 5-2 f v'] }],
  ['XADD s 0-* f v', '0-1'],
  ['XADD s 5-* f v', TOO_LOW, { given: ['XADD s 5-18446744073709551615 f v'], dirty: 0 }],
  ['XADD s 5-1 f v', TOO_LOW, { given: ['XADD s 5-1 f v'] }],
  ['XADD s 0-0 f v', error('ERR The ID specified in XADD must be greater than 0-0'), { after: [['EXISTS s', 0]] }],
  ['XADD s * f v', error('ERR The stream has exhausted the last possible ID, unable to add more items'), { given: ['XADD s 18446744073709551615-18446744073709551615 f v'] }],
  ['XADD s NOMKSTREAM * f v', nil, { dirty: 0, after: [['EXISTS s', 0]] }],
  ['XADD s MAXLEN 2 4-1 f d', '4-1', { given: ABC, notifies: ['xadd s', 'xtrim s'], after: [['XLEN s', 2]] }],
  ['XADD s MINID 3 4-1 f d', '4-1', { given: ABC, after: [['XLEN s', 2]] }],
  ['XADD s MAXLEN ~ 1 4-1 f d', '4-1', { given: ABC, notifies: ['xadd s'], after: [['XLEN s', 4]] }],
  ['XADD s 1-1 f', error("ERR wrong number of arguments for 'xadd' command")],
  ['XADD s 1-1 f v g', error("ERR wrong number of arguments for 'xadd' command")],
  ['XADD s x f v', INVALID_ID],
  ['XADD s + f v', INVALID_ID],
  ['XADD s MAXLEN 5 LIMIT 2 * f v', error('ERR syntax error, LIMIT cannot be used without the special ~ option')],
  ['XADD s LIMIT 2 * f v', error('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy')],
  ['XADD s MAXLEN 5 MINID 2 * f v', error('ERR syntax error, MAXLEN and MINID options at the same time are not compatible')],
  ['XADD s MAXLEN -1 * f v', error('ERR The MAXLEN argument must be >= 0.')],
  ['XADD s 1-1 f v', WRONG, { given: ['SET s x'] }],
]);

cases('taking entries away', [
  ['XDEL s 1-1 7-7', 1, { given: ABC, dirty: 1, notifies: ['xdel s'], after: [['XLEN s', 2]] }],
  ['XDEL s 1-1 x', INVALID_ID, { given: ABC, after: [['XLEN s', 3]] }],
  ['XDEL s x', 0],
  ['XDEL s 1 2-1 2-1 3-1', 2, { given: ABC, notifies: ['xdel s'] }],
  ['XTRIM s MAXLEN 0', 3, { given: ABC, dirty: 3, notifies: ['xtrim s'], after: [['EXISTS s', 1], ['XLEN s', 0]] }],
  ['XTRIM s MAXLEN = 5', 0, { given: ABC, dirty: 0, notifies: [] }],
  ['XTRIM s MAXLEN ~ 1 LIMIT 2', 2, { config: { 'stream-node-max-entries': 1 }, given: ABC }],
  ['XTRIM s MINID 2-1', 1, { given: ABC }],
  ['XTRIM s MINID -', INVALID_ID, { given: ABC }],
  ['XTRIM s NOMKSTREAM x', SYNTAX],
  ['XTRIM s LIMIT 5', error('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy')],
  ['XTRIM s LIMIT 0', error('ERR syntax error, XTRIM must be called with a trimming strategy')],
  ['XSETID s 9-0', OK, { given: ABC, dirty: 1, notifies: ['xsetid s'], after: [['XADD s 8-0 f v', TOO_LOW]] }],
  ['XSETID s 2-0', error('ERR The ID specified in XSETID is smaller than the target stream top item'), { given: ABC }],
  ['XSETID s 9-0 ENTRIESADDED 2', error('ERR The entries_added specified in XSETID is smaller than the target stream length'), { given: ABC }],
  ['XSETID s 9-0 MAXDELETEDID 10-0', error('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id'), { given: ABC }],
  ['XSETID s 9-0', error('ERR no such key')],
]);

cases('ranges', [
  ['XRANGE s (1-1 +', [['2-1', ['f', 'b']], ['3-1', ['f', 'c']]], { given: ABC }],
  ['XRANGE s 2 2', [['2-1', ['f', 'b']]], { given: ABC }],
  ['XRANGE s - + COUNT 1', [['1-1', ['f', 'a']]], { given: ABC }],
  ['XRANGE s - + COUNT 0', nilArray, { given: ABC }],
  ['XRANGE s - + COUNT 0', []],
  ['XREVRANGE s + - COUNT 2', [['3-1', ['f', 'c']], ['2-1', ['f', 'b']]], { given: ABC }],
  ['XREVRANGE s (3-1 (1-1', [['2-1', ['f', 'b']]], { given: ABC }],
  ['XRANGE s (18446744073709551615-18446744073709551615 +', error('ERR invalid start ID for the interval')],
  ['XRANGE s - (0-0', error('ERR invalid end ID for the interval')],
  ['XRANGE s (- +', INVALID_ID],
  ['XRANGE s - + COUNT', SYNTAX],
]);

cases('reading', [
  ['XREAD STREAMS s 1-1', [['s', [['2-1', ['f', 'b']], ['3-1', ['f', 'c']]]]], { given: ABC }],
  ['XREAD COUNT 1 STREAMS s no 0 0', mapReply([['s', [['1-1', ['f', 'a']]]]]), { given: ABC, resp: 3 }],
  ['XREAD STREAMS s +', [['s', [['3-1', ['f', 'c']]]]], { given: ABC }],
  ['XREAD STREAMS s $', nilArray, { given: ABC }],
  ['XREAD STREAMS s >', error('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.')],
  ['XREAD STREAMS s t 0', error("ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.")],
  ['XREAD NOACK STREAMS s 0', error('ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.')],
  ['XREAD BLOCK x STREAMS s 0', error('ERR timeout is not an integer or out of range')],
  ['XREADGROUP GROUP g Ada STREAMS s >', [['s', [['1-1', ['f', 'a']], ['2-1', ['f', 'b']], ['3-1', ['f', 'c']]]]], { given: GROUP, dirty: 2, notifies: ['xgroup-createconsumer s'] }],
  ['XREADGROUP GROUP g Ada NOACK STREAMS s >', [['s', [['1-1', ['f', 'a']], ['2-1', ['f', 'b']], ['3-1', ['f', 'c']]]]], { given: GROUP, after: [['XPENDING s g', [0, nil, nil, nilArray]]] }],
  ['XREADGROUP GROUP g Ada STREAMS s 0', [['s', [['1-1', ['f', 'a']], ['2-1', nilArray]]]], { given: [...PENDING, 'XDEL s 2-1'] }],
  ['XREADGROUP GROUP g Cy STREAMS s 0', [['s', []]], { given: PENDING }],
  ['XREADGROUP GROUP no Ada STREAMS s >', error("NOGROUP No such key 's' or consumer group 'no' in XREADGROUP with GROUP option"), { given: ABC }],
  ['XREADGROUP COUNT 1 NOACK STREAMS s t > >', error('ERR Missing GROUP option for XREADGROUP')],
]);

cases('groups', [
  ['XGROUP CREATE s g $ MKSTREAM', OK, { dirty: 1, notifies: ['xgroup-create s'], after: [['XLEN s', 0]] }],
  ['XGROUP CREATE s g $', error('ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.')],
  ['XGROUP CREATE s g $', error('BUSYGROUP Consumer Group name already exists'), { given: GROUP }],
  ['XGROUP CREATE s h 0 ENTRIESREAD -2', error('ERR value for ENTRIESREAD must be positive or -1'), { given: GROUP }],
  ['XGROUP CREATE s h 0 nonsense', error("ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP."), { given: GROUP }],
  ['XGROUP SETID s g 2-1', OK, { given: GROUP, after: [['XREADGROUP GROUP g c STREAMS s >', [['s', [['3-1', ['f', 'c']]]]]]] }],
  ['XGROUP SETID s no 0', error("NOGROUP No such consumer group 'no' for key name 's'"), { given: GROUP }],
  ['XGROUP CREATECONSUMER s g Ada', 1, { given: GROUP, dirty: 1, notifies: ['xgroup-createconsumer s'] }],
  ['XGROUP CREATECONSUMER s g Ada', 0, { given: PENDING, dirty: 0 }],
  ['XGROUP DELCONSUMER s g Ada', 2, { given: PENDING, notifies: ['xgroup-delconsumer s'], after: [['XPENDING s g', [1, '3-1', '3-1', [['Bob', '1']]]]] }],
  ['XGROUP DESTROY s g', 1, { given: PENDING, notifies: ['xgroup-destroy s'], after: [['XGROUP DESTROY s g', 0]] }],
  ['XACK s g 1-1 3-1 9-9', 2, { given: PENDING, dirty: 2, notifies: [], after: [['XPENDING s g', [1, '2-1', '2-1', [['Ada', '1']]]]] }],
  ['XACK s no 1-1', 0, { given: GROUP }],
  ['XACK s g x', INVALID_ID, { given: GROUP }],
]);

cases('pending messages', [
  ['XPENDING s g', [3, '1-1', '3-1', [['Ada', '2'], ['Bob', '1']]], { given: PENDING }],
  ['XPENDING s g - + 10 Ada', [['1-1', 'Ada', 0, 1], ['2-1', 'Ada', 0, 1]], { given: PENDING }],
  ['XPENDING s g (1-1 + 1', [['2-1', 'Ada', 0, 1]], { given: PENDING }],
  ['XPENDING s g IDLE 1 - + 10', [], { given: PENDING }],
  ['XPENDING s g - + 10 nobody', [], { given: PENDING }],
  ['XPENDING s g - +', SYNTAX, { given: PENDING }],
  ['XPENDING s no', NO_GROUP, { given: ABC }],
  ['XCLAIM s g Bob 0 1-1 9-9', [['1-1', ['f', 'a']]], { given: PENDING, dirty: 1, after: [['XPENDING s g - + 1', [['1-1', 'Bob', 0, 2]]]] }],
  ['XCLAIM s g Bob 0 1-1 JUSTID', ['1-1'], { given: PENDING, after: [['XPENDING s g - + 1', [['1-1', 'Bob', 0, 1]]]] }],
  ['XCLAIM s g Bob 5 1-1', [], { given: PENDING, dirty: 0 }],
  ['XCLAIM s g Bob 0 1-1 IDLE 9000 RETRYCOUNT 7', [['1-1', ['f', 'a']]], { given: PENDING, after: [['XPENDING s g IDLE 9000 - + 9', [['1-1', 'Bob', 9000, 7]]]] }],
  ['XCLAIM s g Bob 0 1-1', [], { given: [...PENDING, 'XDEL s 1-1'], after: [['XPENDING s g - + 9 Ada', [['2-1', 'Ada', 0, 1]]]] }],
  ['XCLAIM s g Ada 0 2-1 FORCE JUSTID', ['2-1'], { given: GROUP, notifies: ['xgroup-createconsumer s'] }],
  ['XCLAIM s g Ada 0 2-1 nonsense', error("ERR Unrecognized XCLAIM option 'nonsense'"), { given: PENDING }],
  ['XCLAIM s g Ada x 2-1', error('ERR Invalid min-idle-time argument for XCLAIM'), { given: PENDING }],
  ['XAUTOCLAIM s g Bob 0 - COUNT 1', ['2-1', [['1-1', ['f', 'a']]], []], { given: PENDING }],
  ['XAUTOCLAIM s g Bob 0 2 JUSTID', ['0-0', ['3-1'], ['2-1']], { given: [...PENDING, 'XDEL s 2-1'] }],
  ['XAUTOCLAIM s g Bob 0 - COUNT 0', error('ERR COUNT must be > 0'), { given: PENDING }],
  ['XAUTOCLAIM s no Bob 0 -', NO_GROUP, { given: ABC }],
  ['XAUTOCLAIM s g Bob 0 - COUNT 8000000000000', error('ERR Insufficient memory, failed allocating transient memory, COUNT too high.'), { given: PENDING }],
  ['XAUTOCLAIM s g Bob 0 - COUNT 922337203685477580', error('ERR COUNT must be > 0'), { given: PENDING }],
]);

describe('waiting', () => {
  transcript('XREAD waits for what comes behind the last id', `
    a> XREAD BLOCK 0 STREAMS s t $ $
    b> XADD t 1-1 f v
    b< "1-1"
    a< 1) 1) "t"  2) 1) 1) "1-1"  2) 1) "f"  2) "v"
  `);

  transcript('every XREAD gets a new entry, one consumer of a group does', `
    e> XGROUP CREATE s g $ MKSTREAM
    e< OK
    a> XREAD BLOCK 0 STREAMS s $
    b> XREADGROUP GROUP g b BLOCK 0 STREAMS s >
    c> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
    e> XADD s 1-1 f v
    e< "1-1"
    a< 1) 1) "s"  2) 1) 1) "1-1"  2) 1) "f"  2) "v"
    b< 1) 1) "s"  2) 1) 1) "1-1"  2) 1) "f"  2) "v"
    c  is still waiting
    e> XADD s 2-1 f w
    e< "2-1"
    c< 1) 1) "s"  2) 1) 1) "2-1"  2) 1) "f"  2) "w"
  `);

  transcript('the time is up', `
    a> XREAD BLOCK 100 STREAMS s $
    + 99 ms
    a  is still waiting
    + 1 ms
    a< (nil)
  `);

  transcript('whoever waits for a group hears that it is gone', `
    e> XGROUP CREATE s g $ MKSTREAM
    e< OK
    a> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
    b> XREAD BLOCK 0 STREAMS s $
    e> DEL s
    e< (integer) 1
    a< (error) NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    b  is still waiting
  `);

  transcript('also when the key becomes another type, or the group alone goes', `
    e> XGROUP CREATE s g $ MKSTREAM
    e< OK
    a> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
    e> SET s x
    e< OK
    a< (error) WRONGTYPE Operation against a key holding the wrong kind of value
    e> DEL s
    e< (integer) 1
    e> XGROUP CREATE s g $ MKSTREAM
    e< OK
    a> XREADGROUP GROUP g a BLOCK 0 STREAMS s >
    e> XGROUP DESTROY s g
    e< (integer) 1
    a< (error) NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
  `);

  transcript('inside a transaction nobody waits', `
    a> MULTI
    a< OK
    a> XREAD BLOCK 0 STREAMS s $
    a< QUEUED
    a> EXEC
    a< 1) (nil)
  `);
});

/** What others are told of the last line, each command as one text. */
function propagated(lines: readonly string[], config: Readonly<Record<string, number>> = {}): string[] {
  const world = new TestServer({ config });
  let told: string[] = [];
  world.server.propagation.add({ feed: (unit: readonly PropagatedCommand[]) => (told = [...told, ...unit.map(({ argv }) => argv.join(' '))]) });
  for (const line of lines) {
    told = [];
    world.send(line);
  }
  return told;
}

describe('what others are told', () => {
  test('XADD tells the id that it made, and what a trimming left', () => {
    expect(propagated(['XADD s 1-1 f v'])).toEqual(['XADD s 1-1 f v']);
    expect(propagated(['XADD s * f v'])).toEqual(['XADD s 1700000000000-0 f v']);
    expect(propagated([...ABC, 'XADD s MAXLEN ~ 2 4-* f v'], { 'stream-node-max-entries': 1 })).toEqual(['XADD s MAXLEN = 2 4-0 f v']);
    expect(propagated([...ABC, 'XADD s MINID ~ 3 4-1 f v'], { 'stream-node-max-entries': 1 })).toEqual(['XADD s MINID = 3-1 4-1 f v']);
    expect(propagated([...ABC, 'XTRIM s MAXLEN ~ 2 LIMIT 9'], { 'stream-node-max-entries': 1 })).toEqual(['XTRIM s MAXLEN = 2 LIMIT 9']);
    expect(propagated([...ABC, 'XTRIM s MAXLEN ~ 2'])).toEqual([]);
  });

  test('reading for a group tells who has what, and how far the group is', () => {
    expect(propagated([...GROUP, 'XREADGROUP GROUP g Ada COUNT 1 STREAMS s >'])).toEqual([
      'XCLAIM s g Ada 0 1-1 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-1',
      'XGROUP SETID s g 1-1 ENTRIESREAD 1',
    ]);
    expect(propagated([...GROUP, 'XREADGROUP GROUP g Ada NOACK COUNT 1 STREAMS s >'])).toEqual(['XGROUP CREATECONSUMER s g Ada', 'XGROUP SETID s g 1-1 ENTRIESREAD 1']);
    expect(propagated([...PENDING, 'XREADGROUP GROUP g Ada STREAMS s 0'])).toEqual([]);
  });

  test('claiming tells each message', () => {
    expect(propagated([...PENDING, 'XCLAIM s g Bob 0 1-1 9-9'])).toEqual(['XCLAIM s g Bob 0 1-1 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 3-1']);
    expect(propagated([...PENDING, 'XDEL s 2-1', 'XAUTOCLAIM s g Bob 0 2-1 JUSTID COUNT 1'])).toEqual(['XCLAIM s g Ada 0 2-1 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 3-1']);
    expect(propagated([...GROUP, 'XCLAIM s g Bob 0 1-1 LASTID 2-0'])).toEqual(['XGROUP SETID s g 2-0 ENTRIESREAD -1']);
  });
});

describe('older forms of the payload', () => {
  /** A node with one entry, as 8.0 dumps it: behind the type, the number of nodes and the node come the numbers. */
  const dumped = (world: TestServer): string => {
    const wire = world.send('DUMP s');
    return wire.slice(wire.indexOf('\r\n') + 2, -12);
  };
  const restored = (code: number, numbers: string): TestServer => {
    const source = new TestServer();
    source.send('XADD s 5-1 f v');
    const whole = dumped(source);
    // Length 1, last id 5-1, first id 5-1, nothing deleted, one added, no groups: nine bytes.
    const nodes = whole.slice(1, -9);
    const world = new TestServer();
    expect(world.sendArgv(['RESTORE', 's', '0', sealedPayload(`${String.fromCharCode(code)}${nodes}${numbers}\x0c\0`)])).toBe('+OK\r\n');
    return world;
  };
  const time = (ms: number): string => String.fromCharCode(...Array.from({ length: 8 }, (_, i) => Math.floor(ms / 256 ** i) % 256));
  const group = `\x01g\x05\x01`;
  const id = `${'\0'.repeat(7)}\x05${'\0'.repeat(7)}\x01`;
  const pending = `\x01${id}${time(1_699_999_999_000)}\x03\x01\x03Ada${time(1_699_999_998_000)}`;

  test('version 1 says neither the first id nor what was read: both follow from the entries', () => {
    const world = restored(15, `\x01\x05\x01\x01${group}${pending}\x01${id}`);
    expect(showWire(world.send('XINFO STREAM s'))).toContain('"recorded-first-entry-id"  14) "5-1"');
    expect(showWire(world.send('XINFO GROUPS s'))).toContain('"entries-read"  10) (integer) 1');
    expect(showWire(world.send('XPENDING s g - + 9'))).toBe('1) 1) "5-1"  2) "Ada"  3) (integer) 1000  4) (integer) 3');
    expect(showWire(world.send('XINFO CONSUMERS s g'))).toContain('"idle"  6) (integer) 2000  7) "inactive"  8) (integer) 2000');
  });

  test('version 2 says them, and knows no last activity', () => {
    const world = restored(19, `\x01\x05\x01\x05\x01\0\0\x07\x01${group}\x06${pending}\x01${id}`);
    expect(showWire(world.send('XINFO STREAM s'))).toContain('"entries-added"  12) (integer) 7');
    expect(showWire(world.send('XINFO GROUPS s'))).toContain('"entries-read"  10) (integer) 6');
    expect(showWire(world.send('XINFO CONSUMERS s g'))).toContain('"inactive"  8) (integer) 2000');
  });
});

test('a stream survives a copy, a dump and a look at its memory', () => {
  const world = new TestServer({ config: { 'stream-node-max-entries': 2 } });
  for (const line of PENDING) world.send(line);
  world.send('COPY s t');
  expect(world.send('DUMP t')).toBe(world.send('DUMP s'));
  expect(world.digest('t')).toBe(world.digest('s'));
  expect(showWire(world.send('TYPE s'))).toBe('stream');
  world.send('XACK t g 1-1');
  expect(showWire(world.send('XPENDING s g'))).toContain('1) (integer) 3');
});
