/*
 * Names of hosts: the same addresses as Node tells later
 */
import { lookup } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { resolveName } from './resolve-name.ts';

test('a name has its address at once, and one that nobody has, has none', async () => {
  expect(resolveName('localhost')).toBe((await lookup('localhost', { verbatim: true })).address);
  expect(resolveName('no such name')).toBeUndefined();
});
