/*
 * What a deployment looks like, as plain data and in words
 * --------------------------------------------------------
 * The lab tells of machines, links, messages and events; the servers tell their part in replication. Here these are
 * put together: what each machine is, what lies between two of them, where a message is on its way. Drawings and
 * words both come from the same facts.
 */
import type { Answers } from '../../lab/protocol.ts';
import type { HostView, LinksView, Scenario } from '../../simulation/index.ts';
import type { ReplicationView } from '../../visualizers/index.ts';

export interface DeploymentFacts {
  readonly hosts: Answers['hosts'];
  readonly links: LinksView;
  readonly inFlight: Answers['inFlight'];
  readonly events: Answers['events'];
  readonly replication: ReplicationView | undefined;
}

export const NO_FACTS: DeploymentFacts = { hosts: [], links: { connections: [], settings: [], rules: [] }, inFlight: [], events: [], replication: undefined };

/** Shape by part played: filled square, outlined square, hexagon, circle; dashed where nothing runs. */
export type Part = 'master' | 'replica' | 'sentinel' | 'client' | 'none';

export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly state: HostView['state'];
  readonly part: Part;
  /** The port of its server or Sentinel, when one runs. */
  readonly port: number | undefined;
  /** One line: what it is and how far. */
  readonly says: string;
  /** Something is wrong that one has to see. */
  readonly trouble: string;
}

/** `ledgers` tell what clients have seen. */
export function machinesOf({ hosts, replication }: DeploymentFacts, ledgers: Answers['goals']['ledgers'] = []): Machine[] {
  return hosts.map((host) => {
    const sentinel = host.processes.find((each) => isSentinel(each.argv));
    const server = sentinel !== undefined ? undefined : replication?.servers.find((each) => each.place.startsWith(`${host.name}:`));
    const services = host.processes.map((each) => nameOf(each.argv)).filter((name) => !AT_TERMINALS.has(name));
    const part: Part = sentinel !== undefined ? 'sentinel' : services.length === 0 ? 'none' : server?.role ?? (services.includes('redis-server') ? 'master' : 'client');
    return {
      name: host.name, address: host.address, state: host.state, part,
      port: server === undefined ? sentinel?.ports[0] : Number(server.place.slice(server.place.lastIndexOf(':') + 1)),
      says: server === undefined ? (sentinel !== undefined ? 'Sentinel' : ledgerWords(ledgers.find((each) => each.host === host.name)) ?? services[0] ?? 'nothing runs') : serverWords(server, replication),
      trouble: [host.state === 'up' ? '' : host.state, host.diskFault === '' ? '' : `disk ${host.diskFault}`, host.isFiltered ? 'packet filter' : '', host.clockAheadUs === 0 ? '' : `clock ${host.clockAheadUs > 0 ? '+' : ''}${host.clockAheadUs / 1e6} s`, ...host.processes.filter((each) => each.state === 'stopped').map((each) => `${nameOf(each.argv)} stopped`)].filter((each) => each !== '').join(', '),
    };
  });
}

function ledgerWords(ledger: Answers['goals']['ledgers'][number] | undefined): string | undefined {
  if (ledger === undefined) return undefined;
  const more = [[ledger.lostCount, 'lost'], [ledger.failed, 'failed'], [ledger.unknown, 'unknown']] as const;
  return [`${ledger.acked.toLocaleString('en')} writes acknowledged`, ...more.flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString('en')} ${word}`]))].join(', ');
}

/** Which kinds of servers there are, or should be: pictures of others would be empty. */
export function kindsOf(scenario: Scenario, hosts: DeploymentFacts['hosts']): { readonly sentinel: boolean; readonly cluster: boolean } {
  const lines = [...scenario.hosts.flatMap(({ run = [] }) => run), ...hosts.flatMap(({ processes }) => processes.map(({ argv }) => argv.join(' ')))];
  return { sentinel: lines.some((line) => /redis-sentinel|--sentinel/.test(line)), cluster: lines.some((line) => /cluster-enabled yes|\[cluster\]/.test(line)) };
}

/** What stands in terminals, which every machine may have. */
const AT_TERMINALS: ReadonlySet<string> = new Set(['sh', 'redis-cli']);
const nameOf = (argv: readonly string[]): string => (argv[0] ?? '').split('/').at(-1) ?? '';
const isSentinel = (argv: readonly string[]): boolean => nameOf(argv) === 'redis-sentinel' || argv.includes('--sentinel');

function serverWords(server: ReplicationView['servers'][number], replication: ReplicationView | undefined): string {
  if (server.role === 'master') return `master at ${server.offset.toLocaleString('en')}`;
  const follower = replication?.followers.find((each) => each.place === server.place);
  const master = replication?.servers.find((each) => each.place === server.follows);
  const where = server.follows?.split(':')[0] ?? '';
  if (follower?.link === 'sync') return `replica of ${where}, gets a snapshot`;
  if (follower !== undefined && follower.link !== 'connected') return `replica of ${where}, no link, at ${server.offset.toLocaleString('en')}`;
  const behind = master === undefined ? 0 : master.offset - server.offset;
  return `replica of ${where}, ${behind === 0 ? 'in step' : `${Math.abs(behind).toLocaleString('en')} bytes ${behind > 0 ? 'behind' : 'ahead'}`}`;
}

/** What lies between two machines. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly connections: number;
  /** What stands in the way from a to b, and back: '' for nothing. */
  readonly there: string;
  readonly back: string;
  /** Settings that are not plain, in words. */
  readonly settings: string;
}

export function pairsOf({ hosts, links }: DeploymentFacts): Pair[] {
  const pairs: Pair[] = [];
  hosts.forEach((a, i) => {
    for (const b of hosts.slice(i + 1)) {
      const isBetween = (each: { from: string; to: string }): boolean => (each.from === a.name && each.to === b.name) || (each.from === b.name && each.to === a.name);
      const barrier = (from: string, to: string): string => links.rules.find((rule) => rule.from.includes(from) && rule.to.includes(to))?.barrier ?? '';
      const pair: Pair = {
        a: a.name, b: b.name,
        connections: links.connections.filter(isBetween).reduce((sum, each) => sum + each.count, 0),
        there: barrier(a.name, b.name), back: barrier(b.name, a.name),
        settings: [...new Set(links.settings.filter(isBetween).map(({ settings }) => settingWords(settings)))].join(' / '),
      };
      if (pair.connections > 0 || pair.there !== '' || pair.back !== '' || pair.settings !== '') pairs.push(pair);
    }
  });
  return pairs;
}

/** Settings that most links share are said once, not at each of them. */
export function withoutCommon(pairs: readonly Pair[]): { readonly pairs: readonly Pair[]; readonly common: string } {
  const counts = new Map<string, number>();
  for (const { settings } of pairs) if (settings !== '') counts.set(settings, (counts.get(settings) ?? 0) + 1);
  const common = [...counts].find(([, count]) => count > 2 && count > pairs.length / 2)?.[0] ?? '';
  return { common, pairs: common === '' ? pairs : pairs.map((pair) => (pair.settings === common ? { ...pair, settings: '' } : pair)) };
}

function settingWords({ latency, bytesPerSecond, lossPerMillion }: LinksView['settings'][number]['settings']): string {
  const ms = (us: number): string => `${us / 1000} ms`;
  const words = [latency.kind === 'constant' ? ms(latency.us) : latency.kind === 'between' ? `${latency.fromUs / 1000}–${ms(latency.toUs)}` : `about ${ms(latency.medianUs)}`];
  if (bytesPerSecond !== undefined) words.push(`${Math.round(bytesPerSecond / 1024)} KB/s`);
  if (lossPerMillion !== undefined && lossPerMillion > 0) words.push(`${lossPerMillion / 10_000} % lost`);
  return words.join(', ');
}

const BARRIERS: Readonly<Record<string, string>> = { 'black hole': 'cut', refuse: 'refused', hold: 'held' };
/** One word for what stands in the way. */
export function barrierWord({ there, back }: Pair): string {
  if (there === '' && back === '') return '';
  if (there === back) return BARRIERS[there] ?? there;
  return `${BARRIERS[there === '' ? back : there] ?? ''} one way`;
}

export function pairWords(pair: Pair): string {
  const word = barrierWord(pair);
  const direction = pair.there === pair.back ? '' : pair.there !== '' ? ` from ${pair.a} to ${pair.b}` : ` from ${pair.b} to ${pair.a}`;
  return `${pair.a} and ${pair.b}: ${[pair.connections === 0 ? 'no connection' : `${pair.connections} ${pair.connections === 1 ? 'connection' : 'connections'}`, word === '' ? '' : word + direction, pair.settings].filter((each) => each !== '').join(', ')}`;
}

/** The whole deployment in words: as much as the picture says. */
export function describeDeployment(facts: DeploymentFacts, ledgers: Answers['goals']['ledgers'] = []): string {
  const lines = machinesOf(facts, ledgers).map((each) => `${each.name} (${each.address}): ${each.says}${each.trouble === '' ? '' : `; ${each.trouble}`}.`);
  lines.push(...pairsOf(facts).map((pair) => `${pairWords(pair)}.`));
  const messages = facts.inFlight.filter((each) => !each.isBackground);
  lines.push(messages.length === 0 ? 'No message is on its way.' : `On their way: ${messages.slice(0, 8).map((each) => `${each.label} from ${each.from} to ${each.to}${each.stopped === null ? '' : ` (${each.stopped})`}`).join('; ')}${messages.length > 8 ? ` and ${messages.length - 8} more` : ''}.`);
  return lines.join('\n');
}

/** How far a message has come at this moment, 0 … 1; one that is stopped stays in the middle. */
export function progressOf(message: Answers['inFlight'][number], nowUs: number): number {
  if (message.stopped !== null || message.arrivesAtUs === null) return 0.5;
  const whole = message.arrivesAtUs - message.sentAtUs;
  return whole <= 0 ? 1 : Math.max(0, Math.min(1, (nowUs - message.sentAtUs) / whole));
}

// --- places on the screen -----------------------------------------------------------------------------------

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Centres of the machines: on a ring where there is room, in two columns where there is not. */
export function placesOf(names: readonly string[], width: number, height: number, card: { readonly width: number; readonly height: number }): Map<string, Point> {
  const places = new Map<string, Point>();
  const isNarrow = width < 3 * card.width + 40;
  names.forEach((name, i) => {
    if (isNarrow) {
      const rows = Math.ceil(names.length / 2);
      const isLast = i === names.length - 1 && names.length % 2 === 1;
      places.set(name, { x: isLast && names.length === 1 ? width / 2 : i % 2 === 0 ? card.width / 2 + 4 : width - card.width / 2 - 4, y: card.height / 2 + 4 + Math.floor(i / 2) * ((height - card.height - 8) / Math.max(1, rows - 1)) });
      return;
    }
    const angle = -Math.PI / 2 + (2 * Math.PI * i) / names.length;
    places.set(name, { x: width / 2 + Math.cos(angle) * (Math.min(width, 900) / 2 - card.width / 2 - 12), y: height / 2 + Math.sin(angle) * (height / 2 - card.height / 2 - 10) });
  });
  return places;
}

/** Where on a link its menu stands, tried in this order: in the middle, or nearer to one end. */
const ALONG_A_LINK = [0.5, 0.35, 0.65, 0.25, 0.75];

/** The place of a link's menu: in the middle, unless a machine that it passes behind lies there. */
export function menuPlaceOf(a: Point, b: Point, machines: Iterable<Point>, card: { readonly width: number; readonly height: number }): Point {
  const at = (part: number): Point => ({ x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part });
  const centres = [...machines];
  const isFree = ({ x, y }: Point): boolean => centres.every((centre) => Math.abs(centre.x - x) > card.width / 2 || Math.abs(centre.y - y) > card.height / 2);
  return at(ALONG_A_LINK.find((part) => isFree(at(part))) ?? 0.5);
}
