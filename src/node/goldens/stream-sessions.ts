/*
 * Recorded sessions of streams
 * ----------------------------
 * Every way to write an id against every command that takes one, nodes that are split, trimmed and emptied,
 * and the life of a group. Moments are given, never taken from the clock.
 */
import type { Session } from './sessions.ts';

const IDS = [
  '5', '5-1', '5-*', '0', '0-0', '0-*', '-', '+', '$', '>', '(5-1', '(5', '(-', '5-', '-5', 'x', '1.5', '""', '05-01', '"+5-+1"', '" 5-1"', '5-1-1', '5--1', '5--01', '18446744073709551615', '18446744073709551616',
  '18446744073709551615-18446744073709551615', '(18446744073709551615-18446744073709551615', '18446744073709551614-*', '9007199254740993-9007199254740992', '"5-1\\x00"', '"-\\x00"', '5'.repeat(128),
];
const CLEARED = 'DEL s';

/** Each line with every id in the place of `ID`, on the stream that `given` makes. */
function withIds(title: string, given: readonly string[], lines: readonly string[]): Session {
  return { title, lines: IDS.flatMap((id) => [CLEARED, ...given, ...lines.map((line) => line.replaceAll('ID', id))]) };
}

const session = (title: string, text: string): Session => ({ title, lines: text.split('\n').map((line) => line.trim()).filter((line) => line !== '') });

const THREE = ['XADD s 4-0 f a', 'XADD s 5-1 f b g c', 'XADD s 9-9 f d'];

/** How the radix tree of a stream and its bytes look after each of these lines. */
function grown(title: string, config: string, lines: readonly string[]): Session {
  return { title, lines: ['DEL s', config, ...lines.flatMap((line) => [line, 'XINFO STREAM s', 'MEMORY USAGE s SAMPLES 0', 'DUMP s']), 'CONFIG SET stream-node-max-entries 100 stream-node-max-bytes 4096'] };
}

const added = (...ids: readonly string[]): string[] => ids.map((id, at) => `XADD s ${id} f ${at} ${at % 3 === 2 ? 'g x' : ''}`.trim());

export const streams: readonly Session[] = [
  withIds('every id for XADD', THREE, ['XADD s ID f v', 'XINFO STREAM s']),
  withIds('every id for XADD on a new stream', [], ['XADD s ID f v', 'XRANGE s - +']),
  withIds('every id for ranges', THREE, ['XRANGE s ID +', 'XRANGE s - ID', 'XREVRANGE s ID -', 'XREVRANGE s + ID COUNT 1']),
  withIds('every id for XDEL, XTRIM, XSETID', THREE, ['XTRIM s MINID = ID', 'XDEL s ID', 'XSETID s ID', 'XSETID s 99-0 MAXDELETEDID ID', 'XINFO STREAM s']),
  withIds('every id for reading', [...THREE, 'XGROUP CREATE s g 0'], ['XREAD STREAMS s ID', 'XREADGROUP GROUP g c STREAMS s ID', 'XGROUP CREATE s h ID', 'XGROUP SETID s g ID', 'XINFO GROUPS s']),
  withIds('every id for claiming', [...THREE, 'XGROUP CREATE s g 0', 'XREADGROUP GROUP g c STREAMS s >'], ['XCLAIM s g d 0 ID', 'XCLAIM s g d 0 4-0 LASTID ID', 'XAUTOCLAIM s g e 0 ID COUNT 1', 'XACK s g ID', 'XINFO GROUPS s']),
  grown('nodes of two entries', 'CONFIG SET stream-node-max-entries 2', [...added('1-1', '1-2', '1-3', '256-0', '257-0', '65536-0', '65537-7', '65537-8', '4294967296-0'), 'XDEL s 1-2', 'XDEL s 1-1', 'XDEL s 257-0 65536-0', 'XTRIM s MAXLEN 3', 'XTRIM s MINID 65537-8', 'XTRIM s MAXLEN 0', 'XADD s 4294967297-* f v']),
  grown('nodes of one entry come and go', 'CONFIG SET stream-node-max-entries 1', [...added('1-0', '2-0', '3-0', '16-0', '17-0', '256-0', '512-0', '513-0'), 'XDEL s 2-0', 'XDEL s 17-0', 'XDEL s 256-0', 'XDEL s 1-0 3-0', 'XDEL s 512-0', 'XDEL s 16-0', 'XDEL s 513-0']),
  grown('nodes of few bytes', 'CONFIG SET stream-node-max-bytes 60', [...added('1-1', '1-2', '2-1', '3-1', '4-1', '5-1'), 'XADD s 6-1 field-of-some-length value-of-some-length', 'XADD s 7-1 f 1 f 2 f 3', 'XTRIM s MAXLEN ~ 2 LIMIT 3', 'XTRIM s MINID ~ 6']),
  session('options of XADD and XTRIM', `
    XADD s NOMKSTREAM 1-1 f v
    XADD s 1-1 f v
    XADD s NOMKSTREAM nomkstream 2-1 f v
    XADD s MAXLEN 3-1 f v
    XADD s MAXLEN = 3-1 f v
    XADD s MAXLEN ~ 3-1 f v
    XADD s MAXLEN ~ 10 LIMIT 3-1 f v
    XADD s MAXLEN ~ 10 LIMIT -1 3-1 f v
    XADD s MAXLEN ~ 10 LIMIT x 3-1 f v
    XADD s LIMIT 0 3-1 f v
    XADD s LIMIT 1 4-1 f v
    XADD s MAXLEN 2 MAXLEN 2 5-1 f v
    XADD s MINID 2 MAXLEN 2 5-1 f v
    XADD s maxlen 1 NOMKSTREAM 5-1 f v
    XADD s 6-1 f
    XADD s 6-1
    XADD s 6-1 f v g
    XADD s MAXLEN
    XTRIM s
    XTRIM s MAXLEN
    XTRIM s MAXLEN x
    XTRIM s MAXLEN -1
    XTRIM s MAXLEN = -1
    XTRIM s MINID
    XTRIM s MINID x
    XTRIM s NOMKSTREAM 1
    XTRIM s MAXLEN 1 LIMIT 1
    XTRIM s MAXLEN ~ 1 LIMIT 1 nonsense
    XTRIM s LIMIT 0
    XTRIM s LIMIT 1
    XTRIM none MAXLEN 1
    XTRIM s MAXLEN 0
    XLEN s
    XLEN none
    TYPE s
    OBJECT ENCODING s
    SET k v
    XADD k 1-1 f v
    XLEN k
    XRANGE k - +
    XREAD STREAMS k 0
    XGROUP CREATE k g 0
    XINFO STREAM k
    XPENDING k g
    XACK k g 1-1
    XTRIM k MAXLEN 1
    XSETID k 1-1
    XDEL k 1-1
  `),
  session('the life of a group', `
    XGROUP CREATE s g $
    XGROUP CREATE s g $ MKSTREAM
    XGROUP CREATE s g $
    XGROUP CREATE s h 0 ENTRIESREAD 5
    XGROUP CREATE s i 0 ENTRIESREAD -2
    XGROUP CREATE s i 0 ENTRIESREAD x
    XGROUP CREATE s i 0 ENTRIESREAD
    XGROUP CREATE s i 0 ENTRIESREAD 1 ENTRIESREAD 2
    XGROUP CREATE s i 0 ENTRIESREAD 1 ENTRIESREAD 2 MKSTREAM
    XGROUP SETID s i 0 ENTRIESREAD 1 ENTRIESREAD 2
    XADD s 1-1 f a
    XADD s 2-1 f b
    XADD s 3-1 f c
    XREADGROUP GROUP g Ada COUNT 2 STREAMS s >
    XREADGROUP GROUP g Bob STREAMS s >
    XREADGROUP GROUP g Bob STREAMS s >
    XREADGROUP GROUP h Cy NOACK STREAMS s >
    XINFO GROUPS s
    XPENDING s g
    XPENDING s h
    XPENDING s g IDLE
    XPENDING s g IDLE 5 - +
    XPENDING s g IDLE x - + 1
    XPENDING s g - + x
    XPENDING s g - + 0
    XPENDING s g IDLE 3600000 - + 10
    XDEL s 1-1
    XREADGROUP GROUP g Ada STREAMS s 0
    XCLAIM s g Bob 0 1-1 2-1 TIME 1000 RETRYCOUNT 9 JUSTID
    XPENDING s g
    XPENDING s g - + 10 Ada
    XAUTOCLAIM s g Cy 3600000 0
    XAUTOCLAIM s g Cy 0 0 COUNT 1 JUSTID
    XAUTOCLAIM s g Cy 0 0 COUNT 0
    XAUTOCLAIM s g Cy 0 0 COUNT x
    XAUTOCLAIM s g Cy 0 0 nonsense
    XAUTOCLAIM s g Cy x 0
    XAUTOCLAIM s none Cy 0 0
    XCLAIM s g Dan 0 2-1 nonsense
    XCLAIM s g Dan 0 2-1 IDLE
    XCLAIM s g Dan 0 2-1 IDLE x
    XCLAIM s g Dan 0 2-1 TIME x
    XCLAIM s g Dan 0 2-1 RETRYCOUNT x
    XCLAIM s g Dan 0 x
    XCLAIM s g Dan 0 9-9 FORCE
    XACK s g 2-1 2-1 3-1
    XACK s none 1-1
    XACK none g 1-1
    XGROUP CREATECONSUMER s g Eve
    XGROUP CREATECONSUMER s g Eve
    XGROUP DELCONSUMER s g Eve
    XGROUP DELCONSUMER s g nobody
    XGROUP SETID s none 0
    XGROUP SETID s g 0 ENTRIESREAD
    XGROUP SETID s g 2
    XINFO GROUPS s
    XGROUP DESTROY s h
    XGROUP DESTROY s h
    XGROUP DESTROY none h
    XGROUP nonsense s
    XGROUP CREATE s
    XINFO GROUPS s
    XINFO GROUPS none
    XINFO CONSUMERS s none
    XINFO CONSUMERS s
    XINFO STREAM none
    XINFO STREAM s nonsense
    XINFO STREAM s FULL nonsense
    XINFO STREAM s FULL COUNT x
    XINFO STREAM s FULL nonsense 1
    XINFO nonsense s
    XREAD COUNT 1 STREAMS s none 0 0
    XREAD COUNT x STREAMS s 0
    XREAD COUNT -1 STREAMS s 0
    XREAD STREAMS s s 0
    XREAD nonsense STREAMS s 0
    XREAD GROUP g c STREAMS s 0
    XREAD NOACK STREAMS s 0
    XREAD BLOCK -1 STREAMS s 0
    XREAD BLOCK x STREAMS s 0
    XREAD BLOCK 9223372036854775807 STREAMS s 0
    XREAD COUNT 1
    XREADGROUP STREAMS s s s 0 0 0
    XREADGROUP GROUP g c STREAMS s s >
    XREADGROUP GROUP none c STREAMS s >
    XREADGROUP GROUP g c STREAMS none >
    MULTI
    XREAD BLOCK 0 STREAMS s $
    XREADGROUP GROUP g c BLOCK 0 STREAMS s >
    EXEC
    COMMAND GETKEYS XREAD COUNT 1 STREAMS a b 0 0
    COMMAND GETKEYS XREADGROUP GROUP streams streams STREAMS a 0
    COMMAND GETKEYS XREAD STREAMS a
    HELLO 3
    XREAD COUNT 1 STREAMS s none 0 0
    XINFO STREAM s
    XINFO GROUPS s
    XPENDING none g
    XREAD STREAMS none $
  `),
];
