import { expect, test } from 'vitest';
import { namesLike } from './names-like.ts';

test('names that are meant by one that does not exist', () => {
  const names = ['ZADD', 'ZCARD', 'EXPIRE', 'EXPIREAT', 'EXPIRETIME', 'GET', 'GETDEL', 'CONFIG GET'];
  expect(namesLike('ZADDD', names)).toEqual(['ZADD']);
  expect(namesLike('EXPIER', names)[0]).toBe('EXPIRE');
  expect(namesLike('CONFIG GTE', names)).toEqual(['CONFIG GET']);
  expect(namesLike('NOPE', names)).toEqual([]);
  // A slip near the beginning leaves nothing that begins alike.
  expect(namesLike('ZRNGE', ['ZRANGE', 'ZRANK', 'ZADD'])).toEqual(['ZRANGE']);
  expect(namesLike('XEPIRE', names)).toEqual(['EXPIRE']);
});
