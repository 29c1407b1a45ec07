import { describe, expect, test } from 'vitest';
import type { Check, CheckResult } from '../model.ts';
import { parseChecks } from '../compiler/authored-checks.ts';
import { Reporter, type Problem } from '../compiler/problems.ts';
import type { Probe } from '../probe.ts';
import { evaluateChecks, isSolved } from './index.ts';
import { probeAfter } from './test-probe.ts';

/** Checks as an author writes them. */
function checks(yaml: string): Check[] {
  const problems: Problem[] = [];
  const made = parseChecks(yaml, new Reporter('test', problems), 1, 'local', 'c');
  expect(problems).toEqual([]);
  return made.map((each) => each.check);
}

/** The result of one check that is written without id and say. */
function check(yaml: string, probe: Probe): CheckResult {
  const [result] = evaluateChecks(checks(`- say: it is so\n  ${yaml.replaceAll('\n', '\n  ')}`), probe);
  if (result === undefined) throw new Error('no result');
  return result;
}

describe('each kind of check', () => {
  test.each<[name: string, check: string, commands: string[], passed: boolean, found: string]>([
    ['a string reply', 'run: GET a\nreply: "1"', ['SET a 1'], true, 'it replies `"1"`'],
    ['a string where another is', 'run: GET a\nreply: "1"', ['SET a 2'], false, 'it replies `"2"`'],
    ['a number fits a string of digits', 'run: GET a\nreply: 1', ['SET a 1'], true, 'it replies `"1"`'],
    ['an integer reply', 'run: STRLEN a\nreply: 3', ['SET a abc'], true, 'it replies `(integer) 3`'],
    ['an integer reply as a string', 'run: STRLEN a\nreply: "3"', ['SET a abc'], true, 'it replies `(integer) 3`'],
    ['nil', 'run: GET a\nreply: null', [], true, 'it replies `(nil)`'],
    ['nil is not the text nil', 'run: GET a\nreply: null', ['SET a nil'], false, 'it replies `"nil"`'],
    ['a list in order', 'run: MGET a b\nreply: ["1", null]', ['SET a 1'], true, 'it replies `1) "1" 2) (nil)`'],
    ['a list in another order', 'run: MGET b a\nreply: ["1", null]', ['SET a 1'], false, 'it replies `1) (nil) 2) "1"`'],
    ['a map as pairs', 'run: CONFIG GET maxmemory\nreply: [maxmemory, "0"]', [], true, 'it replies `1) "maxmemory" 2) "0"`'],
    ['members in any order', 'run: MGET a b c\nreply: { set: ["3", "1", "2"] }', ['MSET a 1 b 2 c 3'], true, 'it replies `1) "1" 2) "2" 3) "3"`'],
    ['members of which one is there twice', 'run: MGET a b c\nreply: { set: ["1", "2", "2"] }', ['MSET a 1 b 2 c 1'], false, 'it replies `1) "1" 2) "2" 3) "1"`'],
    ['a regular expression', 'run: GET a\nreply: "/^(3|13)$/"', ['SET a 13'], true, 'it replies `"13"`'],
    ['a number between', 'run: TTL a\nreply: { between: [1, 10] }', ['SET a 1 EX 10'], true, 'it replies `(integer) 10`'],
    ['a text that contains', 'run: INFO server\nreply: { contains: "redis_version:8.0" }', [], true, ''],
    ['an error that is expected', 'run: INCR a\nreply: { error: ERR }', ['SET a x'], true, 'it replies `(error) ERR value is not an integer or out of range`'],
    ['an error fits no value', 'run: INCR a\nreply: "/ERR/"', ['SET a x'], false, 'it replies `(error) ERR value is not an integer or out of range`'],
    ['UTF-8 text', 'run: GET a\nreply: "\\u00e9"', ['SET a \xc3\xa9'], true, 'it replies `"é"`'],
    ['bytes that are no text', 'run: GET a\nreply: x', ['SET a "\\xff\\x00"'], false, 'it replies `"\\xff\\x00"`'],
    ['a key that exists', 'key: a', ['SET a 1'], true, '`a` exists'],
    ['a key that is missing', 'key: a', ['SET b 1'], false, '`a` does not exist; there is `b`'],
    ['a key that must be missing', 'key: a\nexists: false', ['SET a 1'], false, '`a` exists, a string'],
    ['a type', 'key: a\ntype: hash', ['SET a 1'], false, 'it is a string'],
    ['a lifetime that is missing', 'key: a\nttl: { between: [50, 60] }', ['SET a 1'], false, 'it has no lifetime'],
    ['a lifetime within', 'key: a\nttl: { between: [50, 60] }', ['SET a 1 EX 60', '@wait 9s'], true, 'it expires in 51 seconds'],
    ['a lifetime too short', 'key: a\nttl: { between: [50, 60] }', ['SET a 1 EX 60', '@wait 20s'], false, 'it expires in 40 seconds'],
    ['no lifetime', 'key: a\nttl: none', ['SET a 1 EX 60'], false, 'it expires in 60 seconds'],
    ['an encoding', 'key: a\nencoding: embstr', ['SET a 12'], false, 'its encoding is `int`'],
    ['a length', 'key: a\nlength: 4', ['SET a abcd'], true, 'its length is 4'],
    ['a value', 'key: a\nvalue: "7"', ['SET a 8'], false, 'it holds `"8"`'],
    ['a key in another database', 'key: a\ndb: 3', ['SELECT 3', 'SET a 1'], true, '`a` exists'],
    ['no key that matches', 'absent: "tmp:*"', ['SET tmp:1 x', 'SET tmp:2 x'], false, 'there is `tmp:1`, `tmp:2`'],
    ['a command that was used', 'used: INCR', ['incr a'], true, ''],
    ['a subcommand that was used', 'used: CONFIG SET', ['CONFIG GET maxmemory'], false, 'it was not executed'],
    ['a command that must not be used', 'not_used: [KEYS]', ['SET a 1', 'KEYS *'], false, '`KEYS *` was executed'],
    ['too many commands', 'max_commands: 1', ['SET a 1', 'SET b 1'], false, '2 were executed'],
    ['one transaction is atomic', 'atomic: true', ['GET a', 'MULTI', 'SET a 1', 'SET b 1', 'EXEC'], true, ''],
    ['two writes are not', 'atomic: true', ['SET a 1', 'SET b 1'], false, '2 separate changes'],
    ['a port where nobody listens', 'port: 6380', ['SET a 1'], false, 'nothing answers'],
    ['a port that answers', 'port: 6379', [], true, 'a server answers'],
    ['a reply of a server that is not there', 'run: GET a\nreply: "1"\nport: 6380', ['SET a 1'], false, 'no server answers at port 6380'],
  ])('%s', (_name, yaml, commands, passed, found) => {
    const result = check(yaml, probeAfter([], commands));
    expect(result.found).toContain(found);
    expect(result.passed).toBe(passed);
  });

  test('files', () => {
    const files = { 'redis.conf': 'port 6380\nmaxmemory 200mb\n' };
    expect(check('file: redis.conf\nmatches: "^port +6380"', probeAfter([], [], { files })).passed).toBe(true);
    expect(check('file: redis.conf\nmatches: "^port +6381"', probeAfter([], [], { files }))).toMatchObject({ passed: false, state: 'failed', found: 'it has `port 6380`, `maxmemory 200mb`' });
    expect(check('file: redis.conf\ncontains: maxmemory-policy', probeAfter([], [], { files })).passed).toBe(false);
    expect(check('file: other.conf', probeAfter([], []))).toMatchObject({ passed: false, state: 'untried', found: 'there is no file `other.conf`' });
    expect(check('file: other.conf\nexists: false', probeAfter([], [])).passed).toBe(true);
  });

  test('a question with choices', () => {
    const yaml = 'ask: Why?\nchoices:\n  - right: because\n    say: Indeed.\n  - wrong: by chance\n    say: "Run it twice."\nid: why';
    expect(check(yaml, probeAfter([], []))).toMatchObject({ passed: false, state: 'untried' });
    expect(check(yaml, probeAfter([], [], { answers: { why: 1 } }))).toMatchObject({ passed: false, state: 'failed', because: 'Run it twice.', specific: true });
    expect(check(yaml, probeAfter([], [], { answers: { why: 0 } }))).toMatchObject({ passed: true, because: 'Indeed.' });
  });
});

describe('keys that must be as they were', () => {
  const start = ['SET a 1', 'SET b 2 EX 100', 'SET other x'];
  test.each<[name: string, commands: string[], found: string | undefined]>([
    ['nothing happened', [], undefined],
    ['others were changed', ['SET other y', 'SET c 1'], undefined],
    ['the same value was written again', ['SET a 1'], undefined],
    ['a value was changed', ['SET a 3'], '`a` was `"1"` and is `"3"`'],
    ['a key was deleted', ['DEL a'], '`a` is gone'],
    ['a lifetime was lost', ['SET b 2'], '`b` has lost its lifetime'],
    ['a lifetime was added', ['EXPIRE a 100'], '`a` has got a lifetime'],
    ['a lifetime was changed', ['EXPIRE b 500'], '`b` has got another lifetime'],
    ['a key whose time came is as it should be', ['@wait 200s'], undefined],
    ['time passes', ['@wait 10s'], undefined],
  ])('%s', (_name, commands, found) => {
    const result = check('unchanged: "[ab]"', probeAfter(start, commands));
    expect(result.passed ? undefined : result.found).toBe(found);
  });
});

describe('messages', () => {
  const session = `- id: ttl
  say: it expires in about 30 minutes
  key: session:s:91
  ttl: { between: [1795, 1800] }
  when:
    - found: { ttl: none, cause: lost }
      say: "It had a lifetime until \`{{cause.command}}\` (step {{cause.step}}) replaced the whole key."
    - found: { ttl: { between: [29, 30] } }
      say: "{{found.ttl}} seconds, not minutes."
    - found: { key: missing, similar: "session*" }
      say: "There is no such key, but \`{{found.similar}}\`."
    - found: { ttl: none }
      say: "It has {{found.ttl}}."
`;
  const because = (...commands: string[]): CheckResult => {
    const [result] = evaluateChecks(checks(session), probeAfter(['SET session:old x'], commands));
    if (result === undefined) throw new Error('no result');
    return result;
  };

  test('the command that took the lifetime away is named', () => {
    expect(because('SET session:s:91 a', 'EXPIRE session:s:91 1800', 'GET session:s:91', 'SET session:s:91 b', 'GET session:s:91')).toMatchObject({
      specific: true,
      because: 'It had a lifetime until `SET session:s:91 b` (step 4) replaced the whole key.',
      cause: { command: 'SET session:s:91 b', step: 4 },
    });
  });

  test('a key that was deleted and made again lost its lifetime by the deletion', () => {
    expect(because('SET session:s:91 a EX 1800', 'DEL session:s:91', 'SET session:s:91 a').cause?.command).toBe('DEL session:s:91');
  });

  test('a lifetime that never was is another message', () => {
    expect(because('SET session:s:91 a')).toMatchObject({ because: 'It has no lifetime.', specific: true });
  });

  test('a slip in the unit', () => {
    expect(because('SET session:s:91 a EX 30').because).toBe('30 seconds, not minutes.');
  });

  test('a similar name is one that the learner made, not one of the start', () => {
    expect(because('SET session:91 a EX 1800').because).toBe('There is no such key, but `session:91`.');
    expect(because('SET other a').specific).toBe(false);
  });

  test('without a fitting message one is made from what was expected and found', () => {
    expect(because('SET session:s:91 a EX 700')).toMatchObject({
      specific: false,
      because: 'Expected: `session:s:91` expires in 1795 to 1800 seconds. Found: it expires in 700 seconds.',
      cause: { command: 'SET session:s:91 a EX 700', step: 1 },
    });
  });

  test('values that a learner typed cannot become markup', () => {
    const [result] = evaluateChecks(checks('- id: a\n  say: x\n  run: GET a\n  reply: "1"\n  when:\n    - found: { key: exists }\n      say: "It is `{{found.value}}`."\n'), probeAfter([], ['SET a "`[[SET]]`"']));
    expect(result?.because).toBe("It is `'[[SET]]'`.");
  });
});

describe('wrong, not tried, broken', () => {
  const two = '- { id: a, say: a is 1, run: GET a, reply: "1" }\n- { id: b, say: b is 2, run: GET b, reply: "2" }\n';

  test('before the first command everything is untried', () => {
    expect(evaluateChecks(checks(two), probeAfter([], [])).map((result) => result.state)).toEqual(['untried', 'untried']);
  });

  test('a task that was not begun is untried, one that was is failed', () => {
    expect(evaluateChecks(checks(two), probeAfter([], ['SET a 3'])).map((result) => result.state)).toEqual(['failed', 'untried']);
    expect(evaluateChecks(checks(two), probeAfter([], ['SET a 1', 'GET b'])).map((result) => result.state)).toEqual(['passed', 'failed']);
  });

  test('only the first failing check carries a cause', () => {
    const results = evaluateChecks(checks(two), probeAfter([], ['SET a 3', 'SET b 3']));
    expect(results.map((result) => result.cause?.command)).toEqual(['SET a 3', undefined]);
  });

  test('all passed is solved, none to pass is not', () => {
    expect(isSolved(evaluateChecks(checks(two), probeAfter([], ['MSET a 1 b 2'])))).toBe(true);
    expect(isSolved([])).toBe(false);
  });

  test('a checker fault reads as broken and never as a wrong answer', () => {
    const probe = probeAfter([], ['SET a 1']);
    const broken: Probe = { ...probe, now: { run: () => { throw new Error('the copy failed'); }, file: () => undefined } };
    expect(evaluateChecks(checks(two), broken)[0]).toMatchObject({ state: 'broken', passed: false, because: expect.stringContaining('no fault of yours: the copy failed') as string });
  });

  test('what programs send by themselves counts for nothing', () => {
    const probe = probeAfter([], ['HELLO 3', 'SET a 1']);
    const marked: Probe = { ...probe, history: probe.history.map((entry) => ({ ...entry, automatic: entry.argv[0] === 'HELLO' })) };
    expect(evaluateChecks(checks('- { id: one, say: one command, max_commands: 1 }\n'), marked)[0]?.passed).toBe(true);
    expect(evaluateChecks(checks('- { id: one, say: one command, max_commands: 1 }\n'), probe)[0]?.passed).toBe(false);
  });

  test('looking changes nothing: the same probe gives the same results again', () => {
    const probe = probeAfter(['SET a 1 EX 10'], ['GET a', '@wait 3s']);
    const yaml = '- { id: a, say: x, key: a, ttl: { between: [7, 7] } }\n- { id: b, say: x, unchanged: a }\n';
    expect(evaluateChecks(checks(yaml), probe)).toEqual(evaluateChecks(checks(yaml), probe));
  });
});

test('what held at the start and was broken tells its command, also after a check that fails before it', () => {
  const results = evaluateChecks(checks('- say: a is 1\n  run: GET a\n  reply: "1"\n- say: note is as it was\n  unchanged: note\n- say: c is 3\n  run: GET c\n  reply: "3"'), probeAfter(['SET note keep'], ['SET a 2', 'DEL note', 'SET c 2']));
  expect(results.map((result) => result.cause?.command)).toEqual(['SET a 2', 'DEL note', undefined]);
});
