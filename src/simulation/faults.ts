/*
 * What can go wrong
 * -----------------
 * One line of text is one fault: `partition r1 | r2 r3`, `delay r1 - r2 200ms`, `power-loss r2`. The same lines
 * are typed after `fault` in a terminal, chosen in a menu, and stand in the timeline of a scenario; a recording
 * keeps them as they were given. Lines are read strictly, and what is wrong is said in a sentence.
 *
 * A fault is carried out at once and says what it has done. Some stay (a partition, a slow disk) until another line
 * takes them away, or for as long as they say themselves: `isolate r1 for 5s`. What stands in the way of messages has
 * a number by which `heal` takes away that one alone.
 */
import type { Micros } from '../engine/index.ts';
import { isDiskError } from '../engine/index.ts';
import type { Host } from './host.ts';
import type { Barrier, LinkSettings } from './links.ts';
import type { Network } from './network.ts';
import { SeededRandom } from './random.ts';

export type FaultOutcome = { readonly said: string } | { readonly problem: string };

/** What faults may reach. */
export interface FaultyWorld {
  readonly network: Network;
  readonly hostNames: readonly string[];
  host(name: string): Host | undefined;
  /** Does something later, as an event; `what` is for people. */
  after(us: Micros, what: string, fn: () => void): void;
}

/** A longer line is none: a recording has a bound for it. */
export const LONGEST_FAULT = 2000;

/** A line that cannot be carried out, with the reason. */
class FaultProblem extends Error {}

interface Fault {
  readonly name: string;
  /** Its line, for help: words in capitals stand for something. */
  readonly usage: string;
  readonly summary: string;
  /** It stays, and can be given an end. */
  readonly lasts?: boolean;
  run(words: readonly string[], world: FaultyWorld): string | Lasting;
}

/** What stays until it is ended. */
interface Lasting {
  readonly said: string;
  end(): void;
}

/** Carries out one line; nothing has changed when it has a problem. */
export function carryOutFault(text: string, world: FaultyWorld): FaultOutcome {
  const words = text.trim().split(/\s+/);
  const fault = faults().find(({ name }) => name === words[0]);
  if (fault === undefined) return { problem: text.trim() === '' ? 'Say what is to go wrong.' : `There is no fault named "${words[0]}". There are: ${faults().map(({ name }) => name).join(', ')}.` };
  try {
    const until = words.at(-2) === 'for' ? words.length - 2 : undefined;
    const us = until === undefined ? 0 : durationOf(words.at(-1), 'How long it lasts');
    if (us < 0) throw new FaultProblem('It lasts longer than nothing.');
    if (until !== undefined && (fault.lasts !== true || ['off', 'ok'].includes(words[until - 1] ?? ''))) throw new FaultProblem('This has no end that "for" could tell.');
    const done = fault.run(words.slice(1, until), world);
    if (typeof done === 'string' || until === undefined) return { said: typeof done === 'string' ? done : done.said };
    world.after(us, `the end of ${words.slice(0, until).join(' ')}`, () => done.end());
    return { said: `${done.said.replace(/\.$/, '')}, for ${words.at(-1)}.` };
  } catch (fault_) {
    if (fault_ instanceof FaultProblem) return { problem: `${fault_.message} Write: ${fault.usage}` };
    throw fault_;
  }
}

/** Every fault with its line and what it does, for help and menus. */
export function faultHelp(): readonly { readonly name: string; readonly usage: string; readonly summary: string }[] {
  return faults().map(({ name, usage, summary }) => ({ name, usage, summary }));
}

/** A machine that is alone comes back by itself after so long. */
const BOOTS_AFTER_US: Micros = 3_000_000;

// --- reading words --------------------------------------------------------------------------------------

const UNITS: Readonly<Record<string, Micros>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };

function durationOf(word: string | undefined, what: string): Micros {
  const read = /^([+-]?\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(word ?? '');
  if (read === null) throw new FaultProblem(`${what} is a number with us, ms, s, m or h, such as 200ms${word === undefined ? '' : `, not "${word}"`}.`);
  return Math.round(Number(read[1]) * (UNITS[read[2] ?? 's'] ?? 1));
}

function countOf(word: string | undefined, what: string): number {
  if (word === undefined || !/^\d{1,15}$/.test(word)) throw new FaultProblem(`${what} is a whole number${word === undefined ? '' : `, not "${word}"`}.`);
  return Number(word);
}

function hostOf(word: string | undefined, world: FaultyWorld): Host {
  const host = word === undefined ? undefined : world.host(word);
  if (host === undefined) throw new FaultProblem(`${word === undefined ? 'A host is missing.' : `There is no host "${word}".`} There are: ${world.hostNames.join(', ')}.`);
  return host;
}

function groupOf(words: readonly string[], world: FaultyWorld): Set<string> {
  return new Set((words.length === 1 && words[0] === '*' ? world.hostNames : words).map((word) => hostOf(word, world).name));
}

/** `A B - C D` (both ways) or `A -> B` (one way), and what comes after the last host. */
function wayOf(words: readonly string[], world: FaultyWorld): { readonly from: Set<string>; readonly to: Set<string>; readonly both: boolean; readonly rest: readonly string[] } {
  const at = words.findIndex((word) => word === '-' || word === '->');
  if (at < 1) throw new FaultProblem('Two groups of hosts are wanted with - (both ways) or -> (one way) between them.');
  let end = at + 1;
  while (end < words.length && (words[end] === '*' || world.host(words[end] ?? '') !== undefined)) end++;
  if (end === at + 1) hostOf(words[end], world);
  return { from: groupOf(words.slice(0, at), world), to: groupOf(words.slice(at + 1, end), world), both: words[at] === '-', rest: words.slice(end) };
}

const named = (hosts: ReadonlySet<string>): string => [...hosts].join(' ');

function nothingAfter(words: readonly string[]): void {
  if (words.length > 0) throw new FaultProblem(`"${words.join(' ')}" is one word too many.`);
}

// --- what stands in the way --------------------------------------------------------------------------------

function bar(world: FaultyWorld, barrier: Barrier, ways: readonly (readonly [ReadonlySet<string>, ReadonlySet<string>])[], text: string): number[] {
  const ids = ways.map(([from, to]) => world.network.links.add({ barrier, from, to, text }));
  if (barrier === 'refuse') for (const [from, to] of ways) world.network.reset(from, to);
  return ids;
}

/** Rules that stand until they are taken away. */
function barred(world: FaultyWorld, ways: Parameters<typeof bar>[2], text: string, say: (rules: string) => string, barrier: Barrier = 'black hole'): Lasting {
  const ids = bar(world, barrier, ways, text);
  return {
    said: say(numbers(ids)),
    end() {
      for (const id of ids) world.network.links.remove(id);
      world.network.rulesChanged();
    },
  };
}

const numbers = (ids: readonly number[]): string => `${ids.length === 1 ? 'rule' : 'rules'} ${ids.join(', ')}`;

/** Every pair of groups, both ways. */
function between(groups: readonly ReadonlySet<string>[]): (readonly [ReadonlySet<string>, ReadonlySet<string>])[] {
  return groups.flatMap((from, i) => groups.flatMap((to, j) => (i === j ? [] : [[from, to] as const])));
}

function barrierFault(name: 'cut' | 'refuse' | 'hold', barrier: Barrier, summary: string): Fault {
  return {
    name, usage: `${name} HOST… -> HOST…   or   ${name} HOST… - HOST…`, summary, lasts: true,
    run(words, world) {
      const { from, to, both, rest } = wayOf(words, world);
      nothingAfter(rest);
      return barred(world, both ? [[from, to], [to, from]] : [[from, to]], `${name} ${words.join(' ')}`, (rules) =>
        `From ${named(from)} to ${named(to)}${both ? ' and back' : ''}: ${barrier === 'hold' ? 'messages stop on their way' : barrier === 'refuse' ? 'connections are refused' : 'nothing gets through'} (${rules}).`, barrier);
    },
  };
}

/** A setting of links, for `HOST - HOST VALUE`; the value `off` takes it away. */
function linkFault(name: string, value: string, summary: string, read: (word: string | undefined) => Partial<LinkSettings>): Fault {
  return {
    name, usage: `${name} HOST… - HOST… ${value}   (-> for one way; off takes it away)`, summary, lasts: true,
    run(words, world) {
      const { from, to, both, rest } = wayOf(words, world);
      nothingAfter(rest.slice(1));
      const { links } = world.network;
      const change = rest[0] === 'off' ? undefined : read(rest[0]);
      const before: (() => void)[] = [];
      for (const [a, b] of both ? [[from, to], [to, from]] as const : [[from, to]] as const) {
        for (const one of a) {
          for (const other of b) {
            if (one === other) continue;
            const [isPlain, was] = [links.isPlain(one, other), links.of(one, other)];
            before.push(() => (isPlain ? links.restore(one, other) : links.change(one, other, was)));
            if (change === undefined) links.restore(one, other);
            else links.change(one, other, change);
          }
        }
      }
      if (change === undefined) return `The link from ${named(from)} to ${named(to)} is plain again.`;
      return { said: `${name} ${rest[0]} from ${named(from)} to ${named(to)}${both ? ' and back' : ''}.`, end: () => before.forEach((undo) => undo()) };
    },
  };
}

function latencyOf(word: string | undefined): Partial<LinkSettings> {
  const range = /^(.+)\.\.(.+)$/.exec(word ?? '');
  if (range !== null) {
    const [fromUs, toUs] = [durationOf(range[1], 'A delay'), durationOf(range[2], 'A delay')];
    if (fromUs < 0 || toUs < fromUs) throw new FaultProblem('A range goes from the shorter to the longer delay, such as 1ms..20ms.');
    return { latency: { kind: 'between', fromUs, toUs } };
  }
  const around = word?.startsWith('~') === true;
  const us = durationOf(around ? word?.slice(1) : word, 'A delay');
  if (us < 0) throw new FaultProblem('A delay is not negative.');
  return { latency: around ? { kind: 'around', medianUs: us } : { kind: 'constant', us } };
}

function rateOf(word: string | undefined): Partial<LinkSettings> {
  const read = /^(\d+(?:\.\d+)?)(kb|mb|gb|b)\/s$/i.exec(word ?? '');
  const unit = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }[(read?.[2] ?? '').toLowerCase()];
  const bytesPerSecond = Math.round(Number(read?.[1]) * (unit ?? NaN));
  if (!(bytesPerSecond >= 1)) throw new FaultProblem(`A bandwidth is a number with b/s, kb/s, mb/s or gb/s${word === undefined ? '' : `, not "${word}"`}.`);
  return { bytesPerSecond };
}

function lossOf(word: string | undefined): Partial<LinkSettings> {
  const read = /^(\d+(?:\.\d+)?)%$/.exec(word ?? '');
  const lossPerMillion = Math.round(Number(read?.[1]) * 10_000);
  if (!(lossPerMillion >= 0 && lossPerMillion <= 1_000_000)) throw new FaultProblem(`A loss is a percentage from 0% to 100%${word === undefined ? '' : `, not "${word}"`}.`);
  return { lossPerMillion };
}

// --- machines ----------------------------------------------------------------------------------------------

/** A fault of each host that is named. */
function hostFault(name: string, summary: string, run: (host: Host) => string, end?: (host: Host) => void): Fault {
  return {
    name, usage: `${name} HOST…`, summary, lasts: end !== undefined,
    run(words, world) {
      if (words.length === 0) hostOf(undefined, world);
      const hosts = words.map((word) => hostOf(word, world));
      const said = hosts.map(run).join(' ');
      return end === undefined ? said : { said, end: () => hosts.forEach(end) };
    },
  };
}

/** Its services are there again, unless they are already. */
function comesBack(host: Host): void {
  if (host.state === 'off' || host.serverViews().length === 0) host.restart(false);
}

function bytesOf(word: string | undefined, what: string): number {
  const read = /^(\d+)(b|kb|mb|gb)$/i.exec(word ?? '');
  if (read === null) throw new FaultProblem(`${what} is a number with b, kb, mb or gb, such as 64kb${word === undefined ? '' : `, not "${word}"`}.`);
  return Number(read[1]) * 1024 ** ['b', 'kb', 'mb', 'gb'].indexOf((read[2] ?? '').toLowerCase());
}

function needsPower(host: Host): void {
  if (host.state === 'off') throw new FaultProblem(`${host.name} is without power: restart ${host.name}.`);
}

/** The whole list, made when it is asked for. */
function faults(): readonly Fault[] {
  return [
    {
      name: 'partition', usage: 'partition HOST… | HOST… [| HOST…]', summary: 'the groups cannot reach one another; nobody is told', lasts: true,
      run(words, world) {
        const groups = words.join(' ').split('|').map((part) => part.trim().split(/\s+/).filter((word) => word !== ''));
        if (groups.length < 2 || groups.some((group) => group.length === 0)) throw new FaultProblem('At least two groups of hosts are wanted, with | between them.');
        const sets = groups.map((group) => groupOf(group, world));
        const all = sets.flatMap((set) => [...set]);
        const twice = all.find((name, i) => all.indexOf(name) !== i);
        if (twice !== undefined) throw new FaultProblem(`${twice} stands in two groups.`);
        return barred(world, between(sets), `partition ${words.join(' ')}`, (rules) => `Cut apart: ${sets.map(named).join(' | ')} (${rules}).`);
      },
    },
    {
      name: 'isolate', usage: 'isolate HOST…', summary: 'these hosts cannot reach the others, nor be reached', lasts: true,
      run(words, world) {
        const inside = groupOf(words.length === 0 ? [''] : words, world);
        const outside = new Set(world.hostNames.filter((name) => !inside.has(name)));
        return barred(world, between([inside, outside]), `isolate ${words.join(' ')}`, (rules) => `${named(inside)} is alone (${rules}).`);
      },
    },
    {
      name: 'bridge', usage: 'bridge HOST | HOST… | HOST…', summary: 'two groups that cannot reach each other, and one host that reaches both', lasts: true,
      run(words, world) {
        const [middle, left, right, more] = words.join(' ').split('|').map((part) => part.trim().split(/\s+/));
        if (middle?.length !== 1 || left === undefined || right === undefined || more !== undefined) throw new FaultProblem('One host and two groups are wanted, with | between them.');
        hostOf(middle[0], world);
        return barred(world, between([groupOf(left, world), groupOf(right, world)]), `bridge ${words.join(' ')}`, (rules) => `Only ${middle[0]} reaches both sides (${rules}).`);
      },
    },
    {
      name: 'ring', usage: 'ring HOST HOST HOST…', summary: 'each host reaches only the two beside it in this order', lasts: true,
      run(words, world) {
        const names = words.map((word) => hostOf(word, world).name);
        if (names.length < 4) throw new FaultProblem('A ring needs four hosts at least: with three everybody is beside everybody.');
        const apart = names.flatMap((from, i) => names.filter((_, j) => ![0, 1, names.length - 1].includes(Math.abs(i - j))).map((to) => [new Set([from]), new Set([to])] as const));
        return barred(world, apart, `ring ${words.join(' ')}`, (rules) => `A ring of ${names.join(' ')} (${rules}).`);
      },
    },
    barrierFault('cut', 'black hole', 'nothing gets through from the first to the second; nobody is told'),
    barrierFault('refuse', 'refuse', 'connections are refused, and those that stand are reset'),
    barrierFault('hold', 'hold', 'messages stop on their way; release lets them pass one by one'),
    {
      name: 'heal', usage: 'heal [RULE…]', summary: 'takes away what stands in the way: all of it, or the rules with these numbers',
      run(words, world) {
        const { links } = world.network;
        const ids = words.map((word) => countOf(word, 'A rule'));
        const missing = ids.find((id) => !links.rules.some((rule) => rule.id === id));
        if (missing !== undefined) throw new FaultProblem(`There is no rule ${missing}. There are: ${links.rules.map((rule) => rule.id).join(', ') || 'none'}.`);
        if (ids.length === 0) links.removeAll();
        for (const id of ids) links.remove(id);
        world.network.rulesChanged();
        const filters = [...links.closedFilters.keys()];
        const left = filters.length === 0 ? '' : ` but the packet ${filters.length === 1 ? 'filter' : 'filters'} of ${filters.join(' and ')}: iptables -F there`;
        return ids.length === 0 ? `Nothing stands in the way any more${left}.` : `Taken away: ${numbers(ids)}.`;
      },
    },
    {
      name: 'release', usage: 'release MESSAGE', summary: 'lets one held message pass',
      run: ([word, ...more], world) => {
        nothingAfter(more);
        const problem = world.network.release(countOf(word, 'A message'));
        if (problem !== undefined) throw new FaultProblem(`${problem}.`);
        return `Message ${word} goes on.`;
      },
    },
    {
      name: 'drop', usage: 'drop MESSAGE', summary: 'throws a held message away, which breaks its connection',
      run: ([word, ...more], world) => {
        nothingAfter(more);
        const problem = world.network.drop(countOf(word, 'A message'));
        if (problem !== undefined) throw new FaultProblem(`${problem}.`);
        return `Message ${word} is gone, and its connection with it.`;
      },
    },
    {
      name: 'reset', usage: 'reset HOST… - HOST…', summary: 'breaks the connections between them; new ones can be made at once',
      run(words, world) {
        const { from, to, rest } = wayOf(words, world);
        nothingAfter(rest);
        const count = world.network.reset(from, to);
        return `${count} ${count === 1 ? 'connection is' : 'connections are'} broken.`;
      },
    },
    linkFault('delay', 'DELAY', 'messages take so long: 200ms, 1ms..20ms (anything between), ~5ms (around)', latencyOf),
    linkFault('bandwidth', 'RATE', 'the line carries no more than this: 100kb/s', rateOf),
    linkFault('loss', 'PERCENT', 'so many packets are lost and sent again: 5%', lossOf),
    linkFault('send-buffer', 'BYTES', 'the kernels take no more than this for a receiver that does not read: 16kb (256kb unless told)', (word) => ({ bufferBytes: bytesOf(word, 'A buffer') })),
    hostFault('crash', 'its services are killed (kill -9)', (host) => {
      needsPower(host);
      const count = host.crash();
      return `${host.name}: ${count} ${count === 1 ? 'process' : 'processes'} killed.`;
    }, comesBack),
    hostFault('stop', 'its services are asked to end (SIGTERM)', (host) => {
      needsPower(host);
      return `${host.name}: ${host.stopServices()} asked to end.`;
    }, comesBack),
    {
      name: 'power-loss', usage: 'power-loss HOST…', summary: 'power fails: everything vanishes, unsynced bytes are lost', lasts: true,
      run(words, world) {
        if (words.length === 0) hostOf(undefined, world);
        const hosts = words.map((word) => hostOf(word, world));
        hosts.forEach(needsPower);
        for (const host of hosts) {
          host.powerOff();
          // Nobody would be left to boot a machine that is alone.
          if (world.hostNames.length === 1) host.scheduler.schedule(host.scheduler.now + BOOTS_AFTER_US, host.name, 'boot', `${host.name} boots`, () => host.restart(false));
        }
        return { said: `${hosts.map(({ name }) => name).join(' and ')} ${hosts.length === 1 ? 'is' : 'are'} without power.`, end: () => hosts.forEach(comesBack) };
      },
    },
    {
      name: 'restart', usage: 'restart HOST [empty]', summary: 'boots: its services start again, on the same disk or on an empty one',
      run([name, how, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(how === 'empty' || how === undefined ? more : [how, ...more]);
        host.restart(how === 'empty');
        return `${host.name} boots${how === 'empty' ? ' with an empty disk' : ''}.`;
      },
    },
    hostFault('pause', 'nothing of it runs; connections stand and bytes pile up', (host) => {
      needsPower(host);
      host.pause();
      return `${host.name} stands still.`;
    }, (host) => host.state === 'paused' && host.resume()),
    hostFault('resume', 'it goes on', (host) => {
      needsPower(host);
      host.resume();
      return `${host.name} goes on.`;
    }),
    {
      name: 'busy', usage: 'busy HOST DURATION', summary: 'its servers are kept from their work for so long, as by a slow command',
      run([name, duration, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(more);
        const us = durationOf(duration, 'The time');
        if (us <= 0) throw new FaultProblem('The time is longer than nothing.');
        const views = host.serverViews();
        if (views.length === 0) throw new FaultProblem(`No server runs on ${host.name}.`);
        for (const { pid } of views) host.process(pid)?.occupy(us);
        return `${host.name} is busy for ${duration}.`;
      },
    },
    {
      name: 'clock', usage: 'clock HOST +5s   or   clock HOST drift PPM', summary: 'sets its wall clock forward or back, or lets it gain so many millionths',
      run([name, how, ppm, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(how === 'drift' ? more : ppm === undefined ? more : [ppm, ...more]);
        if (how === 'drift') {
          if (!/^-?\d{1,6}$/.test(ppm ?? '')) throw new FaultProblem('A drift is a whole number of millionths, such as 200 or -50.');
          host.setClock(0, Number(ppm));
          return `The clock of ${host.name} gains ${ppm} millionths.`;
        }
        host.setClock(durationOf(how, 'The step'), host.driftPpm);
        return `The clock of ${host.name} was moved by ${how}.`;
      },
    },
    {
      name: 'disk', usage: 'disk HOST full | failing | slow DURATION | ok', summary: 'its disk is full, fails, takes longer for each sync, or is well again', lasts: true,
      run([name, how, duration, ...more], world) {
        const { disk, name: hostName } = hostOf(name, world);
        nothingAfter(how === 'slow' || duration === undefined ? more : [duration, ...more]);
        const end = (): void => disk.mend();
        switch (how) {
          case 'full':
            disk.capacityBytes = disk.usedBytes;
            return { said: `The disk of ${hostName} is full.`, end };
          case 'failing':
            disk.faults.failWrites = true;
            return { said: `The disk of ${hostName} fails to write.`, end };
          case 'slow':
            disk.faults.slowSyncUs = Math.max(0, durationOf(duration, 'The time'));
            return { said: `Each sync on ${hostName} takes ${duration} longer.`, end };
          case 'ok':
            end();
            return `The disk of ${hostName} is well.`;
          default:
            throw new FaultProblem(`A disk can be full, failing, slow or ok${how === undefined ? '' : `, not "${how}"`}.`);
        }
      },
    },
    {
      name: 'memory', usage: 'memory HOST BYTES | ok', summary: 'others leave its services so much memory: who needs more is killed by the kernel, the largest first', lasts: true,
      run([name, left, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(more);
        if (left === 'ok') {
          host.leaveMemory(undefined);
          return `The services of ${host.name} have all memory of the machine.`;
        }
        host.leaveMemory(bytesOf(left, 'What is left'));
        return { said: `The services of ${host.name} have ${left} left.`, end: () => host.leaveMemory(undefined) };
      },
    },
    {
      name: 'buggify', usage: 'buggify SEED | off', summary: 'what may happen happens: streams come in odd pieces, messages and timers now and then late', lasts: true,
      run([seed, ...more], world) {
        nothingAfter(more);
        const end = (): void => {
          world.network.whim = undefined;
        };
        if (seed === 'off') {
          end();
          return 'Messages and timers are as they were.';
        }
        world.network.whim = new SeededRandom(countOf(seed, 'A seed') >>> 0, 'buggify');
        return { said: `Whatever may come late or in pieces does so now and then, by seed ${seed}.`, end };
      },
    },
    {
      name: 'flip', usage: 'flip HOST PATH BYTE', summary: 'one bit of the byte at this place of a file changes',
      run([name, path, at, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(more);
        const content = contentOf(host, path);
        const place = countOf(at, 'The place of the byte');
        if (place >= content.length) throw new FaultProblem(`${path} has ${content.length} bytes, so the last is at ${content.length - 1}.`);
        return damage(host, path ?? '', content.slice(0, place) + String.fromCharCode(content.charCodeAt(place) ^ 1) + content.slice(place + 1), `Byte ${place} of ${path} on ${host.name} is damaged.`);
      },
    },
    {
      name: 'truncate', usage: 'truncate HOST PATH BYTES', summary: 'a file loses so many bytes at its end',
      run([name, path, count, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(more);
        const content = contentOf(host, path);
        const lost = Math.min(content.length, countOf(count, 'The number of bytes'));
        return damage(host, path ?? '', content.slice(0, content.length - lost), `${path} on ${host.name} has lost its last ${lost} bytes.`);
      },
    },
    {
      name: 'kill-child', usage: 'kill-child HOST', summary: 'the process that saves for a server is killed',
      run([name, ...more], world) {
        const host = hostOf(name, world);
        nothingAfter(more);
        const killed = host.serverViews().filter(({ server }) => server.fork.killedFromOutside());
        if (killed.length === 0) throw new FaultProblem(`No server of ${host.name} is saving.`);
        return `The saving child of ${host.name}:${killed.map(({ port }) => port).join(', ')} was killed.`;
      },
    },
  ];
}

function contentOf(host: Host, path: string | undefined): string {
  const content = host.disk.read(path ?? '');
  if (isDiskError(content)) throw new FaultProblem(`${path ?? 'A path is missing'}: ${content.message}.`);
  return content;
}

function damage(host: Host, path: string, content: string, said: string): string {
  const problem = host.disk.write(path, content, host.scheduler.now);
  if (problem !== undefined) throw new FaultProblem(`${path}: ${problem.message}.`);
  return said;
}
