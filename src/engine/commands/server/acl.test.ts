import { describe, expect, test } from 'vitest';
import { errorReply, OK, type Reply } from '../../reply.ts';
import { testKit, TestServer } from '../../testing.ts';

const { cases, transcript } = testKit(test);
const wrongRule = (rule: string, why: string): Reply => errorReply(`ERR Error in ACL SETUSER modifier '${rule}': ${why}`);
const UNKNOWN = 'Unknown command or category name in ACL';

/** What ACL LIST shows of a user made by these rules, behind `user t `. */
function shownAfter(rules: string): string {
  const world = new TestServer();
  world.send(`ACL SETUSER t ${rules}`);
  const line = /user t ([^\r]*)\r\n/.exec(world.send('ACL LIST'))?.[1];
  return line?.replace(/^off sanitize-payload /, '') ?? '(none)';
}

describe('rules are shown as their outcome', () => {
  test.each([
    ['', 'resetchannels -@all'],
    ['~a %R~b %W~c %RW~d', '~a %R~b %W~c ~d resetchannels -@all'],
    ['%R~a %W~a', '~a resetchannels -@all'],
    ['%R', '%R~ resetchannels -@all'],
    ['~a allkeys', '~* resetchannels -@all'],
    ['%RW~* &x &y &x', '~* resetchannels &x &y -@all'],
    ['%R~* ~b', '%R~* ~b resetchannels -@all'],
    ['allchannels', '&* -@all'],
    ['+get +set -get', 'resetchannels -@all +set -get'],
    ['+@all -@dangerous +keys', 'resetchannels +@all -@dangerous +keys'],
    ['+get +@all', 'resetchannels +@all'],
    ['+@READ +SET', 'resetchannels -@all +@read +set'],
    ['-config|get +config', 'resetchannels -@all +config'],
    ['+config|get -config|set', 'resetchannels -@all +config|get -config|set'],
    ['+select|0 +select|A', 'resetchannels -@all +select|0 +select|a'],
    ['+select|0 -select', 'resetchannels -@all -select'],
    ['(~a +get) (%R~b &x) ()', 'resetchannels -@all (~a resetchannels -@all +get) (%R~b resetchannels &x -@all) (resetchannels -@all)'],
    ['"(~a" "+get)"', 'resetchannels -@all (~a resetchannels -@all +get)'],
    ['(~a) clearselectors (~b)', 'resetchannels -@all (~b resetchannels -@all)'],
    ['>p', '#148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940 resetchannels -@all'],
    ['>p >p <p', 'resetchannels -@all'],
    ['~a +@all reset', 'resetchannels -@all'],
  ])('%s', (rules, shown) => {
    expect(shownAfter(rules)).toBe(shown);
  });

  test('flags stand before them', () => {
    const world = new TestServer();
    world.send('ACL SETUSER t on nopass skip-sanitize-payload');
    expect(world.send('ACL LIST')).toContain('user t on nopass skip-sanitize-payload resetchannels -@all');
  });
});

cases('ACL SETUSER refuses', [
  ['ACL SETUSER t +nope', wrongRule('+nope', UNKNOWN)],
  ['ACL SETUSER t +@nope', wrongRule('+@nope', UNKNOWN)],
  ['ACL SETUSER t -select|0', wrongRule('-select|0', UNKNOWN)],
  ['ACL SETUSER t +config|nope', wrongRule('+config|nope', UNKNOWN)],
  ['ACL SETUSER t +config|get|x', wrongRule('+config|get|x', 'Allowing first-arg of a subcommand is not supported')],
  ['ACL SETUSER t +config|', wrongRule('+config|', 'Syntax error')],
  ['ACL SETUSER t nonsense', wrongRule('nonsense', 'Syntax error')],
  ['ACL SETUSER t %X~a', wrongRule('%X~a', 'Syntax error')],
  ['ACL SETUSER t "~a b"', wrongRule('~a b', 'Syntax error')],
  ['ACL SETUSER t (on)', wrongRule('(on)', 'Syntax error')],
  ['ACL SETUSER t ~* ~b', wrongRule('~b', "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns")],
  ['ACL SETUSER t &* &b', wrongRule('&b', "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")],
  ['ACL SETUSER t <p', wrongRule('<p', 'The password you are trying to remove from the user does not exist')],
  ['ACL SETUSER t #ABC', wrongRule('#ABC', 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters')],
  ['ACL SETUSER t (~a +get', errorReply("ERR Unmatched parenthesis in acl selector starting at '(~a'.")],
  ['ACL SETUSER "a b" on', errorReply("ERR Usernames can't contain spaces or null characters")],
  // Nothing of a line with a wrong rule has come true.
  ['ACL SETUSER t ~a on +nope', wrongRule('+nope', UNKNOWN), { after: [['ACL GETUSER t', null]] }],
]);

const GRANTED = ['ACL SETUSER t on >p ~a* %R~b* &c* +@all -@dangerous (%W~z +set)'];
cases('ACL DRYRUN', [
  ['ACL DRYRUN nobody GET a', errorReply("ERR User 'nobody' not found")],
  ['ACL DRYRUN t NOPE a', errorReply("ERR Command 'NOPE' not found"), { given: GRANTED }],
  ['ACL DRYRUN t GET', errorReply("ERR wrong number of arguments for 'get' command"), { given: GRANTED }],
  ['ACL DRYRUN t GET a', OK, { given: GRANTED }],
  ['ACL DRYRUN t GET b', OK, { given: GRANTED }],
  ['ACL DRYRUN t SET b 1', "User t has no permissions to access the 'b' key", { given: GRANTED }],
  ['ACL DRYRUN t SET z 1', OK, { given: GRANTED }],
  ['ACL DRYRUN t SET z 1 GET', "User t has no permissions to access the 'z' key", { given: GRANTED }],
  ['ACL DRYRUN t EXISTS b', OK, { given: GRANTED }],
  ['ACL DRYRUN t COPY b a', OK, { given: GRANTED }],
  ['ACL DRYRUN t COPY a b', "User t has no permissions to access the 'b' key", { given: GRANTED }],
  ['ACL DRYRUN t BITFIELD b GET u8 0', OK, { given: GRANTED }],
  ['ACL DRYRUN t BITFIELD b SET u8 0 1', "User t has no permissions to access the 'b' key", { given: GRANTED }],
  ['ACL DRYRUN t KEYS *', "User t has no permissions to run the 'keys' command", { given: GRANTED }],
  ['ACL DRYRUN t CONFIG GET x', "User t has no permissions to run the 'config|get' command", { given: GRANTED }],
  ['ACL DRYRUN t SUBSCRIBE c1 d', "User t has no permissions to access the 'd' channel", { given: GRANTED }],
  ['ACL DRYRUN t PSUBSCRIBE c*', OK, { given: GRANTED }],
  ['ACL DRYRUN t PSUBSCRIBE c1*', "User t has no permissions to access the 'c1*' channel", { given: GRANTED }],
  ['ACL DRYRUN t UNSUBSCRIBE d', OK, { given: GRANTED }],
  ['ACL DRYRUN t AUTH x', OK, { given: GRANTED }],
  // Which keys a wrong call names cannot be told: the command will refuse it.
  ['ACL DRYRUN t ZUNIONSTORE q 0 x', OK, { given: GRANTED }],
  ['ACL DRYRUN t PFMERGE q', OK, { given: GRANTED }],
  ['ACL DRYRUN t PFMERGE q a', "User t has no permissions to access the 'q' key", { given: GRANTED }],
]);

cases('ACL', [
  ['ACL WHOAMI', 'default'],
  ['ACL USERS', ['b', 'default', 'x'], { given: ['ACL SETUSER x', 'ACL SETUSER b'] }],
  ['ACL CAT hyperloglogs', errorReply("ERR Unknown category 'hyperloglogs'")],
  ['ACL CAT a b', errorReply("ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.")],
  ['ACL CAT transaction', ['multi', 'exec', 'discard', 'watch', 'unwatch']],
  ['ACL GENPASS 0', errorReply('ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096')],
  ['ACL GENPASS x', errorReply('ERR value is not an integer or out of range')],
  ['ACL DELUSER x y x', 1, { given: ['ACL SETUSER x'] }],
  ['ACL DELUSER x default', errorReply("ERR The 'default' user cannot be removed"), { given: ['ACL SETUSER x'], after: [['ACL USERS', ['default', 'x']]] }],
  ['ACL LOG x', errorReply('ERR value is not an integer or out of range')],
  ['ACL LOG -5', []],
  ['ACL LOG RESET', OK],
  ['ACL SAVE', errorReply('ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.')],
]);

transcript('a user may do what his rules say, and hears no more than that he may not', `
  a> ACL SETUSER ann on >secret ~cache:* +@read -mget
  a< OK
  b> AUTH ann wrong
  b< (error) WRONGPASS invalid username-password pair or user is disabled.
  b> AUTH ann secret
  b< OK
  b> GET cache:1
  b< (nil)
  b> GET other
  b< (error) NOPERM No permissions to access a key
  b> MGET cache:1
  b< (error) NOPERM User ann has no permissions to run the 'mget' command
  b> ACL WHOAMI
  b< (error) NOPERM User ann has no permissions to run the 'acl|whoami' command
  b> RESET
  b< RESET
  b> ACL WHOAMI
  b< "default"
`);

transcript('a transaction is looked at twice: when it is queued and when it runs', `
  a> ACL SETUSER ann on nopass ~* +@all
  a< OK
  b> AUTH ann x
  b< OK
  b> MULTI
  b< OK
  b> GET k
  b< QUEUED
  a> ACL SETUSER ann -get
  a< OK
  b> EXEC
  b< 1) (error) NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to execute the command or subcommand
  b> MULTI
  b< OK
  b> GET k
  b< (error) NOPERM User ann has no permissions to run the 'get' command
  b> EXEC
  b< (error) EXECABORT Transaction discarded because of previous errors.
`);

transcript('a command that waits is asked again when its key is there', `
  a> ACL SETUSER ann on nopass ~* +@all
  a< OK
  b> AUTH ann x
  b< OK
  b> BLPOP jobs 0
  a> ACL SETUSER ann resetkeys
  a< OK
  a> RPUSH jobs one
  a< (integer) 1
  b< (error) NOPERM No permissions to access a key
  a> LLEN jobs
  a< (integer) 1
`);

transcript('SORT looks at keys that nobody names, so BY and GET want the right to read all', `
  a> ACL SETUSER ann on nopass ~list +@all
  a< OK
  b> AUTH ann x
  b< OK
  b> SORT list BY weight_*
  b< (error) ERR BY option of SORT denied due to insufficient ACL permissions.
  b> SORT list GET #
  b< (error) ERR GET option of SORT denied due to insufficient ACL permissions.
  b> SORT list BY nosort
  b< (empty array)
  a> ACL SETUSER ann %R~*
  a< OK
  b> SORT list BY weight_* GET #
  b< (empty array)
`);

transcript('requirepass is the password of the default user', `
  a> CONFIG SET requirepass one
  a< OK
  b> PING
  b< (error) NOAUTH Authentication required.
  b> AUTH one
  b< OK
  a> ACL SETUSER default >two
  a< OK
  c> AUTH two
  c< OK
  c> CONFIG GET requirepass
  c< 1) "requirepass"  2) "one"
  # What does not change has nothing to say.
  a> CONFIG SET requirepass one
  a< OK
  d> AUTH two
  d< OK
  a> CONFIG SET requirepass ""
  a< OK
  e> PING
  e< PONG
  e> AUTH one
  e< (error) ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
`);

test('clients of a deleted user are sent away, those that listen too much as well', () => {
  const world = new TestServer();
  const ask = (client: string, line: string): string => world.client(client).send(line);
  ask('a', 'ACL SETUSER ann on nopass allchannels +@all');
  ask('a', 'ACL SETUSER bob on nopass allchannels +@all');
  for (const [client, user] of [['b', 'ann'], ['c', 'ann'], ['d', 'bob']] as const) ask(client, `AUTH ${user} x`);
  ask('b', 'SUBSCRIBE news');
  ask('d', 'SUBSCRIBE news');
  const clients = (): string[] => [...world.server.clients.values()].map((each) => each.user.name);
  ask('a', 'ACL SETUSER ann resetchannels &other');
  expect(clients()).toEqual(['default', 'ann', 'bob']);
  ask('a', 'ACL SETUSER bob resetchannels &new*');
  expect(clients()).toEqual(['default', 'ann', 'bob']);
  ask('a', 'ACL DELUSER ann bob');
  expect(clients()).toEqual(['default']);
});

test('the log groups what happens again, with counts, and INFO counts all', () => {
  const world = new TestServer({ config: { 'acllog-max-len': 2 } });
  const ask = (client: string, line: string): string => world.client(client).send(line);
  ask('a', 'ACL SETUSER ann on nopass +@all -keys');
  ask('b', 'AUTH ann x');
  ask('b', 'GET k');
  world.advance(59_000);
  ask('b', 'GET k');
  ask('b', 'KEYS *');
  world.advance(61_000);
  ask('b', 'GET k');
  ask('c', 'AUTH nobody x');
  const entries = world.server.acl.log.entries.map(({ count, reason, context, object, username, id }) => ({ count, reason, context, object, username, id }));
  expect(entries).toEqual([
    { count: 1, reason: 'auth', context: 'toplevel', object: 'AUTH', username: 'nobody', id: 3 },
    { count: 1, reason: 'key', context: 'toplevel', object: 'k', username: 'ann', id: 2 },
  ]);
  expect(ask('a', 'ACL LOG 1')).toMatch(/age-seconds\r\n\$1\r\n0\r\n\$11\r\nclient-info\r\n\$\d+\r\n.*cmd=auth user=default/);
  expect(ask('a', 'INFO stats')).toContain('acl_access_denied_auth:1\r\nacl_access_denied_cmd:1\r\nacl_access_denied_key:3\r\nacl_access_denied_channel:0\r\n');
});

test('nobody sees passwords: the slow log and events hide what is behind ACL SETUSER', () => {
  const world = new TestServer({ config: { 'slowlog-log-slower-than': 0 } });
  const events = world.listen();
  world.send('ACL SETUSER ann on >secret');
  world.send('ACL SETUSER ann +nothing >secret');
  const logged = world.send('SLOWLOG GET 2');
  expect(logged).toContain('(redacted)');
  expect(logged).not.toContain('secret');
  expect(JSON.stringify(events.filter((each) => each.type === 'commandExecuted'))).not.toContain('secret');
});

describe('the ACL file', () => {
  const path = '/data/users.acl';
  const made = (content: string) => new TestServer({ files: { [path]: content }, config: { aclfile: 'users.acl' } });

  test('is read whole or not at all', () => {
    const world = made('user ann on +nope +nope2 ~* ~b ~c\nfoo\n\n# words\nuser ann on\nuser bob (~x\nuser  eve\n');
    expect(world.send('ACL LOAD')).toBe(
      "-ERR users.acl:1: Error in applying operation '+nope': Unknown command or category name in ACL. users.acl:1: Error in applying operation '+nope2': Unknown command or category name in ACL. "
      + "users.acl:1: Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns. "
      + "users.acl:2 should start with user keyword followed by the username. users.acl:4 should start with user keyword followed by the username. WARNING: Duplicate user 'ann' found on line 5. users.acl:6: Unmatched parenthesis in selector definition."
      + 'users.acl:7: Syntax error. WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n');
    expect(world.send('ACL USERS')).toBe('*1\r\n$7\r\ndefault\r\n');
  });

  test('is written as it is read', () => {
    const world = made('');
    world.send('ACL SETUSER ann on >p ~a* (%R~b* +get)');
    expect(world.send('ACL SAVE')).toBe('+OK\r\n');
    const written = world.disk.files.get(path) as string;
    expect(written).toContain('user ann on sanitize-payload #148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940 ~a* resetchannels -@all (%R~b* resetchannels -@all +get)\nuser default on nopass sanitize-payload ~* &* +@all\n');
    world.send('ACL DELUSER ann');
    world.send('ACL LOAD');
    world.send('ACL SAVE');
    expect(world.disk.files.get(path)).toBe(written);
  });

  test('keeps clients whose users are still there', () => {
    const world = made('user ann on nopass +@all\n');
    world.send('ACL SETUSER ann on nopass +@all');
    world.send('ACL SETUSER bob on nopass +@all');
    world.client('b').send('AUTH ann x');
    world.client('c').send('AUTH bob x');
    world.send('ACL LOAD');
    expect([...world.server.clients.values()].map((each) => each.user.name)).toEqual(['default', 'ann']);
    expect(world.client('b').send('ACL WHOAMI')).toBe('$3\r\nann\r\n');
  });

  test('that is not there', () => {
    expect(new TestServer({ config: { aclfile: 'none.acl' } }).send('ACL LOAD')).toBe("-ERR Error loading ACLs, opening file 'none.acl': No such file or directory\r\n");
  });
});

test('renamed commands keep their names for rules', () => {
  const world = new TestServer({ renamings: [{ from: 'get', to: 'fetch' }] });
  world.send('ACL SETUSER ann on nopass ~* +get');
  world.client('b').send('AUTH ann x');
  expect(world.client('b').send('FETCH k')).toBe('$-1\r\n');
  expect(world.send('ACL SETUSER ann +fetch')).toContain(UNKNOWN);
  expect(world.send('ACL DRYRUN ann FETCH k')).toBe('+OK\r\n');
});

