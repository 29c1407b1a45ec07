import { describe, expect, test } from 'vitest';
import { fromUint8Array, toUint8Array, type Bytes } from '../bytes.ts';
import { Crc64 } from './crc64.ts';
import { BAD_DATA, BAD_PAYLOAD, dumpObject, restoreObject, verifyDumpPayload } from './dump.ts';
import { Listpack } from '../structures/listpack.ts';
import { encodeLength, encodeString, RdbReader } from './rdb-string.ts';

const hex = (bytes: Bytes): string => [...toUint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text: string): Bytes => fromUint8Array(Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
const dump = (value: Bytes, compression = true): Bytes => dumpObject({ type: 'string', value }, { compression });

/** SET k value, DUMP k on a real 8.0.2. */
const dumped: readonly (readonly [value: Bytes, payload: string])[] = [
['', '00000c0096ed6880f5553c93'],
  ['a', '0001610c007488db5b751ce3fd'],
  ['hello', '000568656c6c6f0c00a804ebb69f1ebe43'],
  ['42', '00c02a0c004a8d683a7c49d119'],
  ['-1', '00c0ff0c00c7e54ae47f22038c'],
  ['127', '00c07f0c00c6c3dff1a87e5b5d'],
  ['128', '00c180000c00200c8775eae5d52c'],
  ['-128', '00c0800c00521006add526c590'],
  ['-129', '00c17fff0c00dc16b6e8aeaa1ac9'],
  ['32767', '00c1ff7f0c00822c031aedde4b62'],
  ['32768', '00c2008000000c008eae1a2d2f973759'],
  ['-32769', '00c2ff7fffff0c006595788dfcec1b7f'],
  ['2147483647', '00c2ffffff7f0c00e702d15e1a0433e8'],
  ['2147483648', '000a323134373438333634380c002cc71d63b637e8a7'],
  ['-2147483648', '00c2000000800c000c39b3fec97f1fce'],
  ['-2147483649', '000b2d323134373438333634390c00091703b9f2d89cc5'],
  ['9223372036854775807', '0013393232333337323033363835343737353830370c00f1134a547bc2c16b'],
  ['007', '00033030370c00b92ed6bbb6432490'],
  ['+1', '00022b310c0009f0c417b9b07026'],
  ['a'.repeat(20), '001461616161616161616161616161616161616161610c0048c25f9ee13b32b8'],
  ['a'.repeat(21), '00c30615016161e00a000c00367a87a8fd6ba121'],
  ['abcdefghijklmnopqrstuvwxyz', '001a6162636465666768696a6b6c6d6e6f707172737475767778797a0c00556d0bf451d6c130'],
  ['ab'.repeat(40), '00c30a405002616261e042010161620c005feb6bce4bf43a0c'],
  ['arfobaxfyjabluqmkarfobaxfyjabluqmkarf', '00c31625116172666f62617866796a61626c75716d6b61e00a100c007a9a6462bf2cc3c3'],
  ['\xff\x00\x80', '0003ff00800c00d10981428282f1c3'],
  ['\x0d\xfc\xeb\xda\xc9\xb8\xa7\x96\x85tcRA0\x1f\x0e\xfd\xec\xdb\xca\xb9\xa8\x97\x86udSB1 \x0f\xfe\xed\xdc\xcb\xba\xa9\x98\x87veTC2!\x10\xff\xee\xdd\xcc\xbb\xaa\x99\x88wfUD3"\x11\x00\xef\xde', '0040400dfcebdac9b8a7968574635241301f0efdecdbcab9a897867564534231200ffeeddccbbaa9988776655443322110ffeeddccbbaa99887766554433221100efde0c00535fc51a910f0ea3'],
  ['the cat and the hat and the bat sat on the mat with the rat', '00c3313b0c7468652063617420616e642074200b0068e0020b0062200b00732003016f6e601a006d200a0377697468600c027261740c004484ffd2620bfc8d'],
];

/** A payload with a right footer around any content. */
const listpack = (...entries: readonly Bytes[]): Bytes => encodeString(Listpack.of(entries).toBytes(), { compression: false });

function sealed(content: Bytes, version = 12): Bytes {
  const all = content + String.fromCharCode(version & 255, version >> 8);
  return all + new Crc64().update(all).bytes;
}

describe('dumpObject', () => {
  test.each(dumped)('%j becomes the bytes of the real server, and back', (value, payload) => {
    expect(hex(dump(value))).toBe(payload);
    expect(restoreObject(fromHex(payload))).toEqual({ object: { type: 'string', value } });
  });

  test('writes plain bytes when compression is off', () => {
    expect(hex(dump('a'.repeat(30), false))).toBe('001e6161616161616161616161616161616161616161616161616161616161610c0010b5c7f8e3bc6df3');
  });

  test('every size of length is read back', () => {
    for (const length of [0, 63, 64, 16383, 16384, 70_000]) {
      const value = Array.from({ length }, (_, i) => String.fromCharCode((i * i) & 255)).join('');
      expect(restoreObject(dump(value, false))).toEqual({ object: { type: 'string', value } });
    }
    expect(hex(encodeLength(2 ** 32 + 5))).toBe('810000000100000005');
    expect(new RdbReader(encodeLength(2 ** 40)).length()).toBe(2 ** 40);
  });
});

describe('restoreObject', () => {
  test('refuses a payload that is short, changed or newer', () => {
    const good = dump('hello');
    for (const bad of ['', 'short', good.slice(2), `${good}x`, sealed('\0\x01a', 13), sealed('\0\x01a', 300), `${good.slice(0, -1)}\0`]) {
      expect(restoreObject(bad)).toEqual({ error: BAD_PAYLOAD });
    }
    expect(verifyDumpPayload(good)).toBe(true);
  });

  test('takes payloads of older versions', () => {
    for (const version of [0, 1, 11]) expect(restoreObject(sealed('\0\x01a', version))).toEqual({ object: { type: 'string', value: 'a' } });
  });

  test('refuses content of no known form', () => {
    const bad = [
      sealed('\xc8\x01a'), // a type nobody knows
      sealed('\0\x82abc'), // a kind of length nobody knows
      sealed('\0\xc4abc'), // an encoding nobody knows
      sealed('\0\x81\xff\xff\xff\xff\xff\xff\xff\xffabc'), // far longer than the payload
      sealed('\0\x20abc'), // longer than what is left, footer included
      sealed('\0\xc3\x03\x09\x01ab'), // compressed bytes that give too few
      sealed('\0\xc3\x02\x09\x20\x00'), // a copy from before the beginning
    ];
    for (const payload of bad) expect(restoreObject(payload)).toMatchObject({ error: BAD_DATA });
  });

  test.each([
    ['\x12\x01\x02\x07nothing', 'Listpack integrity check failed.'],
    ['\x12\x01\x07\x01a', 'Quicklist integrity check failed.'],
    ['\x12\x01\x01\x00', 'Quicklist integrity check failed.'],
    ['\x0e\x01\x07nothing', 'Ziplist integrity check failed.'],
    ['\x0d\x07nothing', 'Hash ziplist integrity check failed.'],
    ['\x09\x02\x00\xff', 'Zipmap integrity check failed.'],
    ['\x0b\x07nothing', 'Intset integrity check failed.'],
    [`\x17${listpack('a', '1', '20', 'b', '1', '10')}`, 'Hash listpack integrity check failed.'],
    [`\x17${listpack('a', '1', '0', 'b', '1', '10')}`, 'Hash listpack integrity check failed.'],
    [`\x17${listpack('a', '1', 'x')}`, 'Hash listpack integrity check failed.'],
  ])('of %j the log says: %s', (body, said) => {
    expect(restoreObject(sealed(body))).toMatchObject({ error: BAD_DATA, damage: { message: said } });
  });

  test('fields that end stand in the order of their ends, before those that stay', () => {
    expect(restoreObject(sealed(`\x17${listpack('a', '1', '10', 'b', '1', '10', 'c', '1', '20', 'd', '1', '0')}`))).toHaveProperty('object.deadlines', new Map([['a', 10], ['b', 10], ['c', 20]]));
  });

  test('ignores what follows the value', () => {
    expect(restoreObject(sealed('\0\x01ajunk'))).toEqual({ object: { type: 'string', value: 'a' } });
  });

  test('lets a value that was cut short run into the footer, as the real server does', () => {
    const payload = sealed('\0\x04ab');
    expect(restoreObject(payload)).toEqual({ object: { type: 'string', value: 'ab\x0c\0' } });
  });
});
