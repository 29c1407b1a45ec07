import { expect, test } from 'vitest';
import { isIpAddress } from './ip-address.ts';

test.each([
  ['127.0.0.1', true], ['0.0.0.0', true], ['255.255.255.255', true], ['256.0.0.1', false], ['01.2.3.4', false], ['1.2.3', false], ['1.2.3.4.5', false], ['localhost', false], ['', false], ['1.2.3.4 ', false],
  ['::', true], ['::1', true], ['1::', true], ['1:2:3:4:5:6:7:8', true], ['1:2:3:4:5:6:7::', true], ['1:2:3:4:5:6:7', false], ['1:2:3:4:5:6:7:8::', false], ['1::2::3', false], [':1:2:3:4:5:6:7:8', false], [':1', false], ['1:', false],
  ['12345::', false], ['g::', false], ['fe80::1%eth0', false], ['::ffff:127.0.0.1', true], ['::1.2.3.4', true], ['1:2:3:4:5:6:1.2.3.4', true], ['1:2:3:4:5:6:7:1.2.3.4', false], ['::1.2.3', false], ['1.2.3.4::', false],
])('%j: %s', (text, isOne) => expect(isIpAddress(text)).toBe(isOne));
