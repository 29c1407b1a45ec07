import { expect, test } from 'vitest';
import { Config } from './config.ts';
import { parseTitleTemplate, processTitle } from './proc-title.ts';

test.each([
  ['{title} {listen-addr} {server-mode}', 'redis-server *:6379'],
  ['  {port}/{tls-port} {config-file} {{x}} ', '6379/0 - {x}}'],
  ['a{unixsocket}b', 'ab'],
])('%j shows %j', (template, shown) => {
  const config = new Config();
  config.put('proc-title-template', template);
  expect(processTitle(config, 'redis-server')).toBe(shown);
});

test('a server that listens at a socket file only, or in a cluster, says so', () => {
  const config = new Config();
  for (const [name, value] of [['port', 0], ['unixsocket', '/tmp/s'], ['cluster-enabled', true]] as const) config.put(name, value);
  expect(processTitle(config, 'redis-rdb-bgsave')).toBe('redis-rdb-bgsave unixsocket:/tmp/s [cluster]');
});

// As the real server judges each.
test.each([
  ['{{title}', true], ['}', true], ['{title}}', true], ['a  {title}  ', true], ['{config-file}', true], ['x{{y}}', true],
  ['{title', false], ['x{', false], ['', false], ['  ', false], ['{nope}', false], ['{ti{tle}', false], ['{PORT}', false], ['{title}', false], ['{server-mode}', false],
])('%j is a template: %s', (template, isOne) => {
  expect(parseTitleTemplate(template) === template).toBe(isOne);
});
