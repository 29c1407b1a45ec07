/*
 * Users on a simulated host: redis.conf and the ACL file on its disk, redis-cli with --user and -a.
 */
import { expect, test } from 'vitest';
import { testWorld } from '../testing.ts';

/** What lines print with these files and this server; standard error included. */
function outputOf(files: Record<string, string>, ...lines: readonly string[]): string {
  const world = testWorld({ files });
  world.open(undefined, { columns: 200, rows: 40 }).type(`{ ${lines.join('; ')}; } > /tmp/out 2>&1\r`, 5_000_000);
  return world.file('/tmp/out') ?? '';
}

const CLI = 'redis-cli -p 7001 --no-auth-warning';

test('a user of redis.conf logs in with --user and --pass', () => {
  expect(outputOf(
    { 'redis.conf': 'port 7001\ndaemonize yes\nuser ann on >secret ~a* +@read +acl|whoami\n' },
    'redis-server redis.conf > /dev/null', 'sleep 1',
    `${CLI} --user ann --pass secret acl whoami`, `${CLI} --user ann --pass secret get apple`, `${CLI} --user ann --pass secret get pear`, `${CLI} --user ann -a wrong ping`, `${CLI} acl users`,
  )).toBe(
    // With the wrong password redis-cli goes on as who it was: the default user.
    'ann\n\nNOPERM No permissions to access a key\n\nAUTH failed: WRONGPASS invalid username-password pair or user is disabled.\nPONG\nann\ndefault\n',
  );
});

test('an ACL file is read at the start, and its errors keep the server from starting', () => {
  const files = { 'good.acl': 'user ann on nopass ~* +@all\n', 'bad.acl': 'user ann on +nothing\n' };
  const output = outputOf(
    files,
    'redis-server --port 7001 --daemonize yes --aclfile good.acl > /dev/null', 'sleep 1', `${CLI} --user ann --pass x acl setuser bob`, `${CLI} acl save`, 'cat good.acl',
    'redis-server --port 7002 --aclfile bad.acl | grep Aborting', 'echo $?',
  );
  expect(output).toContain('OK\nOK\nuser ann on nopass sanitize-payload ~* resetchannels +@all\nuser bob off sanitize-payload resetchannels -@all\nuser default on nopass sanitize-payload ~* &* +@all\n');
  expect(output).toContain("# Aborting Redis startup because of ACL errors: bad.acl:1: Error in applying operation '+nothing': Unknown command or category name in ACL. WARNING: ACL errors detected, no change to the previously active ACL rules was performed\n");
});
