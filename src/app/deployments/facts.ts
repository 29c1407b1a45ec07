/*
 * What a deployment looks like, as plain data and in words
 * --------------------------------------------------------
 * The lab tells of machines with their servers, links, messages and events. Here these are put together: what each
 * machine is, what lies between two of them, where a message is on its way. Drawings and words both come from the same
 * facts. Nothing here may take longer than the machines and links are many: it is done anew at every look.
 */
import type { Answers } from '../../lab/protocol.ts';
import type { HostView, LinksView, Scenario, ServerPart } from '../../simulation/index.ts';

export interface DeploymentFacts {
  /** The moment of the look. */
  readonly atUs: number;
  readonly hosts: Answers['hosts'];
  readonly links: LinksView;
  readonly inFlight: Answers['inFlight'];
  readonly events: Answers['events'];
}

export const NO_FACTS: DeploymentFacts = { atUs: 0, hosts: [], links: { busConnections: 0, connections: [], settings: [], isBuggified: false, rules: [] }, inFlight: [], events: [] };

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
  /** The machine that its server follows; '' for none. */
  readonly follows: string;
  /** A replica that does not have what its master has. */
  readonly isBehind: boolean;
  /** Slots of the cluster that its server serves. */
  readonly slots: number;
  /** Something is wrong that one has to see. */
  readonly trouble: string;
}

/** Programs that the scenario runs as services. */
const SERVICE = /^(redis-server|redis-sentinel|workload)\b/;

/** By machine, the service of the scenario that should run on it and does not. */
export function missingServices({ hosts, atUs }: Pick<DeploymentFacts, 'hosts' | 'atUs'>, scenario: Scenario): Map<string, string> {
  const missing = new Map<string, string>();
  if (atUs === 0) return missing;
  const linesOf = new Map(scenario.hosts.map(({ name, run = [] }) => [name, run]));
  for (const { name, state, processes } of hosts) {
    if (state === 'off') continue;
    const there = processes.map(({ argv }) => nameOf(argv));
    const service = linesOf.get(name)?.map((line) => SERVICE.exec(line)?.[1]).find((each) => each !== undefined && !there.includes(each));
    if (service !== undefined) missing.set(name, service);
  }
  return missing;
}

/** `ledgers` tell what clients have seen, `missing` what should run and does not. */
export function machinesOf({ hosts }: Pick<DeploymentFacts, 'hosts'>, ledgers: Answers['goals']['ledgers'] = [], missing: ReadonlyMap<string, string> = new Map()): Machine[] {
  return hosts.map((host) => {
    const sentinel = host.processes.find((each) => isSentinel(each.argv));
    const server = sentinel !== undefined ? undefined : host.servers[0];
    const services = host.processes.map((each) => nameOf(each.argv)).filter((name) => !AT_TERMINALS.has(name));
    const part: Part = sentinel !== undefined ? 'sentinel' : services.length === 0 ? 'none' : server?.role ?? (services.includes('redis-server') ? 'master' : 'client');
    return {
      name: host.name, address: host.address, state: host.state, part,
      port: server?.port ?? sentinel?.ports[0],
      says: server === undefined ? (sentinel !== undefined ? 'Sentinel' : ledgerWords(ledgers.find((each) => each.host === host.name)) ?? services[0] ?? 'nothing runs') : serverWords(server),
      follows: server?.follows ?? '', isBehind: server !== undefined && server.role === 'replica' && (server.link !== 'connected' || server.behind !== 0), slots: server?.slots ?? 0,
      trouble: [host.state === 'up' ? '' : STATES[host.state], missing.has(host.name) ? `${missing.get(host.name)} is down` : '', host.diskFault === '' ? '' : `disk ${host.diskFault}`, host.isFiltered ? 'packet filter' : '', host.clockAheadUs === 0 ? '' : `clock ${secondsAhead(host.clockAheadUs)}`, ...host.processes.filter((each) => each.state === 'stopped').map((each) => `${nameOf(each.argv)} stopped`)].filter((each) => each !== '').join(', '),
    };
  });
}

/** Tenths are enough: a clock that drifts is another at each look. */
export const secondsAhead = (us: number): string => `${us > 0 ? '+' : ''}${Math.round(us / 1e5) / 10} s`;

const STATES = { off: 'no power', paused: 'frozen' } as const;

function ledgerWords(ledger: Answers['goals']['ledgers'][number] | undefined): string | undefined {
  if (ledger === undefined) return undefined;
  const more = [[ledger.lostCount, 'lost'], [ledger.failed, 'failed'], [ledger.unknown, 'unknown']] as const;
  const odd = more.some(([count]) => count > 0);
  return [`${ledger.acked.toLocaleString('en')} ${odd ? '' : 'writes '}acknowledged`, ...more.flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString('en')} ${word}`]))].join(', ');
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

function serverWords({ role, offset, follows, link, behind }: ServerPart): string {
  if (role === 'master') return `master at ${offset.toLocaleString('en')}`;
  if (link === 'sync') return `replica of ${follows}, gets a snapshot`;
  if (link !== 'connected') return `replica of ${follows}, no link, at ${offset.toLocaleString('en')}`;
  return `replica of ${follows}, ${behind === 0 ? 'in step' : `${Math.abs(behind).toLocaleString('en')} bytes ${behind > 0 ? 'behind' : 'ahead'}`}`;
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
  /** One of them follows the other, whether there is a connection or not. */
  readonly isFollowed: boolean;
}

/** The pairs of which there is something to tell, in the order of the machines. */
export function pairsOf({ hosts, links }: DeploymentFacts): Pair[] {
  const order = new Map(hosts.map(({ name }, i) => [name, i]));
  const found = new Map<string, { a: string; b: string; connections: number; there: string; back: string; settings: Set<string>; isFollowed: boolean }>();
  const between = (from: string, to: string) => {
    const [a, b] = (order.get(from) ?? 0) < (order.get(to) ?? 0) ? [from, to] : [to, from];
    const pair = found.get(`${a} ${b}`) ?? { a, b, connections: 0, there: '', back: '', settings: new Set<string>(), isFollowed: false };
    found.set(`${a} ${b}`, pair);
    return pair;
  };
  for (const { from, to, count } of links.connections) between(from, to).connections += count;
  // Who follows whom is shown while there is no connection, too.
  for (const { name, servers } of hosts) for (const { follows } of servers) if (follows !== name && order.has(follows)) between(name, follows).isFollowed = true;
  for (const { from, to, settings } of links.settings) between(from, to).settings.add(settingWords(settings));
  for (const { barrier, from, to } of links.rules) {
    for (const one of from) {
      for (const other of to) {
        if (one === other) continue;
        const pair = between(one, other);
        // The first rule that stands in the way is the one that counts.
        if (pair.a === one) pair.there ||= barrier;
        else pair.back ||= barrier;
      }
    }
  }
  const place = (name: string): number => order.get(name) ?? 0;
  return [...found.values()].map(({ settings, ...pair }) => ({ ...pair, settings: [...settings].join(' / ') })).sort((p, q) => place(p.a) - place(q.a) || place(p.b) - place(q.b));
}

/** Settings that most links share are said once, not at each of them; a pair of which nothing else is to be told is left out. */
export function withoutCommon(all: readonly Pair[]): { readonly pairs: readonly Pair[]; readonly common: string } {
  const counts = new Map<string, number>();
  for (const { settings } of all) if (settings !== '') counts.set(settings, (counts.get(settings) ?? 0) + 1);
  const common = [...counts].find(([, count]) => count > 2 && count > all.length / 2)?.[0] ?? '';
  if (common === '') return { common, pairs: all };
  return { common, pairs: all.map((pair) => (pair.settings === common ? { ...pair, settings: '' } : pair)).filter((pair) => pair.connections > 0 || pair.isFollowed || isOdd(pair)) };
}

function settingWords({ latency, bytesPerSecond, lossPerMillion, bufferBytes }: LinksView['settings'][number]['settings']): string {
  const ms = (us: number): string => `${us / 1000} ms`;
  const words = [latency.kind === 'constant' ? ms(latency.us) : latency.kind === 'between' ? `${latency.fromUs / 1000}–${ms(latency.toUs)}` : `about ${ms(latency.medianUs)}`];
  if (bytesPerSecond !== undefined) words.push(`${Math.round(bytesPerSecond / 1024)} KB/s`);
  if (lossPerMillion !== undefined && lossPerMillion > 0) words.push(`${lossPerMillion / 10_000} % lost`);
  if (bufferBytes !== undefined) words.push(`send buffer ${Math.round(bufferBytes / 1024)} KB`);
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

/** So many pairs are told one by one where nothing is wrong with them. */
const TOLD_PAIRS = 40;

/** The whole deployment in words: as much as the picture says. */
export function describeDeployment(facts: DeploymentFacts, ledgers: Answers['goals']['ledgers'] = [], missing: ReadonlyMap<string, string> = new Map()): string {
  const lines = machinesOf(facts, ledgers, missing).map((each) => `${each.name} (${each.address}): ${each.says}${each.slots === 0 ? '' : `, serves ${each.slots.toLocaleString('en')} slots`}${each.trouble === '' ? '' : `; ${each.trouble}`}.`);
  const { pairs, common } = withoutCommon(pairsOf(facts));
  if (common !== '') lines.push(`Links unless told otherwise: ${common}.`);
  const told = pairs.length <= TOLD_PAIRS ? pairs : pairs.filter(isOdd);
  lines.push(...told.slice(0, TOLD_PAIRS).map((pair) => `${pairWords(pair)}.`));
  if (told.length > TOLD_PAIRS) lines.push(`And ${(told.length - TOLD_PAIRS).toLocaleString('en')} more pairs with something in their way.`);
  if (told.length < pairs.length) lines.push(`${(pairs.length - told.length).toLocaleString('en')} pairs are connected with nothing in their way.`);
  if (facts.links.busConnections > 0) lines.push(`${facts.links.busConnections.toLocaleString('en')} connections of the cluster bus.`);
  const messages = facts.inFlight.filter((each) => !each.isBackground);
  lines.push(messages.length === 0 ? 'No message is on its way.' : `On their way: ${messages.slice(0, 8).map((each) => `${each.label} from ${each.from} to ${each.to}${each.stopped === null ? '' : ` (${each.stopped})`}`).join('; ')}${messages.length > 8 ? ` and ${messages.length - 8} more` : ''}.`);
  return lines.join('\n');
}

/** Something stands in the way of the pair, or its link is not as plain as the others. */
export const isOdd = (pair: Pair): boolean => pair.there !== '' || pair.back !== '' || pair.settings !== '';

/** A message that is drawn, or several that wait at the same cut. */
export type Drawn = Answers['inFlight'][number] & { readonly more: number };

/** What is cut waits in a heap: one stands for all of a direction, data before what is said all the time and before the end of a connection. */
export function drawnMessages(messages: Answers['inFlight'], most: number): Drawn[] {
  const rank = ({ isBackground, kind }: Answers['inFlight'][number]): number => (kind === 'close' ? 2 : isBackground ? 1 : 0);
  const heaps = new Map<string, Drawn>();
  const drawn: Drawn[] = [];
  for (const message of messages) {
    if (message.stopped !== 'cut') {
      if (!message.isBackground || messages.length < FEW) drawn.push({ ...message, more: 0 });
      continue;
    }
    const key = `${message.from} ${message.to}`;
    const heap = heaps.get(key);
    heaps.set(key, heap === undefined ? { ...message, more: 0 } : { ...(rank(message) < rank(heap) ? message : heap), more: heap.more + 1 });
  }
  const told = [...heaps.values()].filter((heap) => rank(heap) === 0 || messages.length < FEW);
  return [...told, ...drawn].slice(0, most);
}

/** So many messages leave room for heartbeats. */
const FEW = 12;

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

/** Between a ring and the edge of its field. */
const RIM = 6;
/** Between machines at least. */
const APART = 6;

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
    places.set(name, { x: width / 2 + Math.cos(angle) * (Math.min(width, 900) / 2 - card.width / 2 - 12), y: height / 2 + Math.sin(angle) * (height / 2 - card.height / 2 - RIM) });
  });
  return places;
}

/** The least height in which the machines of a ring lie apart, between `from` and `to`. */
export function ringHeight(names: readonly string[], width: number, from: number, to: number, card: { readonly width: number; readonly height: number }): number {
  const isApart = (height: number): boolean => {
    const centres = [...placesOf(names, width, height, card).values()];
    return centres.every((a, i) => centres.slice(i + 1).every((b) => Math.abs(a.x - b.x) > card.width + APART || Math.abs(a.y - b.y) > card.height + APART));
  };
  let height = from;
  while (height < to && !isApart(height)) height += 10;
  return Math.min(to, height);
}

/** Where on a link its menu stands, tried in this order: in the middle, or nearer to one end. */
const ALONG_A_LINK = [0.5, ...Array.from({ length: 14 }, (_, i) => 0.02 * (i + 1)).flatMap((off) => [0.5 - off, 0.5 + off])];

/** So far beside the link, to either side. */
const BESIDE = [10, -10, 18, -18, 26, -26, 44, -44];

/** Its button is so wide and high. */
const MENU = 26;
/** Between menus, and between a menu and a card, at least. */
const CLEAR = 2;
/** A letter of the word beside it takes at most so much. */
const LETTER = 6.5;

/** Where a menu stands, and how wide it is. */
export interface MenuPlace extends Point {
  readonly width: number;
}

/** How wide the menu of a link is that has this word beside its button. */
export const menuWidth = (word: string): number => (word === '' ? MENU : MENU + 8 + Math.ceil(word.length * LETTER));

/**
 * The place of a link's menu: in the middle, unless a machine that it passes behind lies there, or the menu of another
 * link. Where one of this width finds no such place, it is to have its button alone, and stands beside the link at worst.
 */
export function menuPlaceOf(a: Point, b: Point, machines: Iterable<Point>, card: { readonly width: number; readonly height: number }, others: readonly MenuPlace[] = [], width = MENU): MenuPlace {
  const centres = [...machines];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const places = (beside: number): MenuPlace[] => ALONG_A_LINK.map((part) => ({ x: a.x + (b.x - a.x) * part - ((b.y - a.y) / length) * beside, y: a.y + (b.y - a.y) * part + ((b.x - a.x) / length) * beside, width }));
  const isFree = ({ x, y }: Point): boolean => centres.every((centre) => Math.abs(centre.x - x) > (card.width + width) / 2 + CLEAR || Math.abs(centre.y - y) > (card.height + MENU) / 2 + CLEAR);
  const isAlone = ({ x, y }: Point): boolean => others.every((other) => Math.abs(other.x - x) > (other.width + width) / 2 + CLEAR || Math.abs(other.y - y) > MENU);
  const free = places(0).filter(isFree);
  if (free.length === 0 && width > MENU) return menuPlaceOf(a, b, centres, card, others);
  return free.find(isAlone) ?? BESIDE.flatMap(places).find((place) => isFree(place) && isAlone(place)) ?? free[0] ?? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, width };
}
