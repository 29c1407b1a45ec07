import { expect, test } from 'vitest';
import { Crc64, crc64 } from './crc64.ts';

test('the check value of the polynomial', () => {
  expect(crc64('123456789')).toBe(0xe9c6d914c4b8d9can);
  expect(crc64('')).toBe(0n);
});

test('pieces give the checksum of the whole', () => {
  const text = Array.from({ length: 1000 }, (_, i) => String.fromCharCode((i * 31) & 255)).join('');
  const pieces = new Crc64().update(text.slice(0, 10)).update(text, 10, 600).update(text, 600);
  expect(pieces.value).toBe(crc64(text));
});

test('the bytes stand lowest first', () => {
  expect(new Crc64().update('123456789').bytes).toBe('\xca\xd9\xb8\xc4\x14\xd9\xc6\xe9');
});
