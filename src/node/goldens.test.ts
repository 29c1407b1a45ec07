/*
 * Our engine against recordings of the real server
 * ------------------------------------------------
 * Each session of src/node/goldens/*.json is replayed on an engine in process, and every reply must be
 * the recorded one, byte for byte but for what conformance compares by meaning (clock, numbers of
 * connections). What the specs tell of commands must be what the real server tells.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REDIS_VERSION } from '../engine/index.ts';
import { ReplyParser } from '../engine/protocol/index.ts';
import { TestServer } from '../engine/testing.ts';
import { docsFacts, firstPart, infoFacts, knownCommands, type Facts } from './conformance/command-facts.ts';
import { firstDifference } from './conformance/differences.ts';
import { shownStep } from './conformance/scenario.ts';
import { textOf, type FinalState } from './conformance/side.ts';
import { replayOf, type GoldenFile } from './goldens/golden.ts';
import { runInProcess } from './goldens/in-process.ts';

const FOLDER = new URL('./goldens/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && name !== 'commands.json').map((name) => name.slice(0, -'.json'.length));
/** The recordings tell of replies; how things stand at the end is conformance's to compare. */
const NO_STATE: FinalState = { digest: '', keys: new Map(), commandStats: [], errorStats: [] };

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));

test('there are recordings', () => expect(FILES.length).toBeGreaterThan(10));

describe.each(FILES)('the recorded sessions: %s', (file) => {
  const { redisVersion, atMs, sessions } = read(file) as GoldenFile;

  test('come from the version that this engine follows', () => expect(redisVersion).toBe(REDIS_VERSION));

  test.each(sessions.map((session) => [session.title, session] as const))('%s', (_, session) => {
    const { scenario, turns } = replayOf(session);
    const ours = runInProcess(scenario, atMs);
    const found = firstDifference(scenario, { tookMs: 0, turns, state: NO_STATE }, { tookMs: 0, turns: ours, state: NO_STATE }, undefined);
    if (found === undefined) return;
    if (found === 'unsure') throw new Error('a recording has one step a turn');
    throw new Error(`${found.step === undefined ? found.command : shownStep(found.step)}\n  real: ${found.real}\n  ours: ${found.ours}`);
  });
});

describe('what the server tells of its commands', () => {
  const golden = read('commands') as { readonly info: Readonly<Record<string, Facts>>; readonly docs: Readonly<Record<string, Facts>> };
  const replies = new ReplyParser().feed(new TestServer().client().raw('HELLO 3\r\nCOMMAND\r\nCOMMAND DOCS\r\n'));
  const [, info, docs] = replies;
  if (info === undefined || docs === undefined) throw new Error('COMMAND was not answered');
  const ours = { info: infoFacts(info), docs: docsFacts(docs) };

  test.each([...knownCommands].sort())('COMMAND INFO %s is as in the real server', (name) => {
    expect(golden.info[name], 'the real server has no such command').toBeDefined();
    expect(firstPart(golden.info[name], ours.info[name])).toBeUndefined();
  });

  const listedBy = (line: string): string[] => {
    const [listed] = new ReplyParser().feed(new TestServer().send(line));
    return listed?.type === 'array' ? listed.items.map(textOf) : [];
  };

  test.each(listedBy('ACL CAT'))('ACL CAT %s lists the commands that the real server puts there', (category) => {
    const known = [...knownCommands].filter((name) => (golden.info[name] as { categories?: readonly string[] } | undefined)?.categories?.includes(`@${category}`) === true);
    expect(listedBy(`ACL CAT ${category}`).sort()).toEqual(known.sort());
  });

  test.each([...knownCommands].sort())('COMMAND DOCS %s has the grammar of the real server', (name) => {
    expect(golden.docs[name], 'the real server has no such command').toBeDefined();
    expect(firstPart(golden.docs[name], ours.docs[name])).toBeUndefined();
  });
});
