import { expect, test } from 'vitest';
import { hex, sha1 } from './sha1.ts';

test.each([
  ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['v', '7a38d8cbd20d9932ba948efaa364bb62651d5ad4'],
  ['a'.repeat(1000000), '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['x'.repeat(55), 'cef734ba81a024479e09eb5a75b6ddae62e6abf1'],
  ['x'.repeat(56), '901305367c259952f4e7af8323f480d59f81335b'],
])('the digest of %.10s', (message, digest) => {
  expect(hex(sha1(message))).toBe(digest);
});
