/*
 * npm run goldens: records what the real server answers
 * -----------------------------------------------------
 * Writes src/node/goldens/*.json. The tests replay them, so they are part of the repository; record anew
 * when commands, tables or generators have changed, and read the difference before committing it.
 *
 *   npm run goldens                          all of them
 *   npm run goldens -- geo random-geo        these files alone
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REDIS_VERSION } from '../../engine/index.ts';
import { FAMILIES, scenarioOf } from '../conformance/families.ts';
import { docsFacts, infoFacts } from '../conformance/command-facts.ts';
import { commandOf } from '../conformance/compare.ts';
import { stepBytes, type Scenario, type Step } from '../conformance/scenario.ts';
import { Side, textOf } from '../conformance/side.ts';
import { freePort, NoReferenceRedis, startRealServer } from '../reference-redis.ts';
import { goldenOf, stepOf, type GoldenSession } from './golden.ts';
import { directiveSession, sessionsByFile, type Session } from './sessions.ts';

const FOLDER = 'src/node/goldens';
/** Directives whose values name places of the machine that recorded. */
const OF_THE_MACHINE = new Set(['dir', 'pidfile', 'logfile', 'aclfile', 'port']);
/** Random scenarios of each family that are kept, and their seed. */
const RANDOM_PER_FAMILY = 4;
const RANDOM_SEED = 8;
/** Long replies, and texts that are the real server's own: nothing of them is kept here. */
const NOT_KEPT = /\|help$|^(lolwut|client\|(list|pause)|info|monitor|command|command\|(docs|info|list)|memory\|(doctor|stats|malloc-stats)|config\|get)$/;

/** Sixteen thousand numbers a reply. */
const isAllRegisters = (step: Step): boolean => step.kind === 'command' && /^pfdebug$/i.test(step.argv[0] ?? '') && /^getreg$/i.test(step.argv[1] ?? '');

/** INFO without values: they tell of the machine that recorded, and only the fields are compared. */
function withoutValues(bytes: string): string {
  const header = /^[$=]\d+\r\n(txt:)?/.exec(bytes)?.[0];
  if (header === undefined) return bytes;
  const text = bytes.slice(header.length, -2).split('\r\n').map((line) => line.replace(/:.*/, ':')).join('\r\n');
  return header.startsWith('=') ? `=${text.length + 4}\r\ntxt:${text}\r\n` : `$${text.length}\r\n${text}\r\n`;
}

const isInfo = (step: Step | undefined): boolean => step?.kind === 'command' && commandOf(step.argv)?.fullName === 'info';

const escaped = (text: string): string => text.replace(/[\x7f-\xff]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);

/** One session a line: a change shows as the lines that changed. */
function write(name: string, atMs: number, sessions: readonly GoldenSession[]): void {
  const body = sessions.map((session) => `    { "title": ${JSON.stringify(session.title)}, "steps": [\n${session.steps.map((step) => `      ${JSON.stringify(step)}`).join(',\n')}\n    ] }`).join(',\n');
  writeFileSync(join(FOLDER, `${name}.json`), escaped(`{\n  "redisVersion": ${JSON.stringify(REDIS_VERSION)},\n  "atMs": ${atMs},\n  "sessions": [\n${body}\n  ]\n}\n`));
  process.stdout.write(`${name}: ${sessions.length} sessions, ${sessions.reduce((sum, each) => sum + each.steps.length, 0)} requests\n`);
}

async function record(only: readonly string[]): Promise<void> {
  const isWanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const isKept = (step: Step): boolean => stepBytes(step).length < 3000 && !isAllRegisters(step) && (step.kind !== 'command' || !NOT_KEPT.test(commandOf(step.argv)?.fullName ?? ''));
  const server = await startRealServer(await freePort(), ['--enable-debug-command', 'yes']);
  const side = new Side(server);
  try {
    const one = async (title: string, scenario: Scenario): Promise<GoldenSession> => {
      const { turns } = await side.run(scenario, true);
      const kept = turns.map((turn) => (isInfo(scenario.steps[turn.from]) ? { ...turn, received: new Map([...turn.received].map(([client, bytes]) => [client, withoutValues(bytes)])) } : turn));
      return goldenOf(title, scenario, kept);
    };
    const all = async (sessions: readonly Session[]): Promise<GoldenSession[]> => {
      const recorded: GoldenSession[] = [];
      for (const { title, lines } of sessions) recorded.push(await one(title, { family: 'golden', name: title, steps: lines.map(stepOf) }));
      return recorded;
    };
    for (const [name, sessions] of Object.entries(sessionsByFile)) if (isWanted(name)) write(name, Date.now(), await all(sessions));

    const [directives] = await side.ask([['CONFIG', 'GET', '*']]);
    const names = directives?.type === 'array' ? directives.items.filter((_, index) => index % 2 === 0).map(textOf).filter((name) => !OF_THE_MACHINE.has(name)).sort() : [];
    if (isWanted('directives')) write('directives', Date.now(), await all(directiveSession(names)));

    for (const family of FAMILIES) {
      if (!isWanted(`random-${family}`)) continue;
      const atMs = Date.now();
      const random: GoldenSession[] = [];
      for (let number = 0; number < RANDOM_PER_FAMILY; number++) {
        const scenario = scenarioOf(family, RANDOM_SEED, number);
        random.push(await one(`random ${family}, ${number}`, { ...scenario, steps: scenario.steps.filter(isKept) }));
      }
      write(`random-${family}`, atMs, random);
    }

    if (!isWanted('commands')) return;
    const [, info, docs] = await side.ask([['HELLO', '3'], ['COMMAND'], ['COMMAND', 'DOCS']]);
    if (info === undefined || docs === undefined) throw new Error('COMMAND was not answered');
    const facts = (entries: object): string => Object.entries(entries).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
    writeFileSync(join(FOLDER, 'commands.json'), escaped(`{\n  "redisVersion": ${JSON.stringify(REDIS_VERSION)},\n  "info": {\n${facts(infoFacts(info, true))}\n  },\n  "docs": {\n${facts(docsFacts(docs, true))}\n  }\n}\n`));
    process.stdout.write('commands: COMMAND INFO and the grammar of COMMAND DOCS, of all commands there are\n');
  } finally {
    side.close();
    await server.stop();
  }
}

try {
  await record(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NoReferenceRedis)) throw error;
  process.stderr.write(`goldens: ${error.message}\n`);
  process.exitCode = 2;
}
