/*
 * Many machines as a crowd
 * ------------------------
 * A hundred cards on a ring would cover each other, and a cluster of a hundred has 9,900 connections that all look
 * alike. So a crowd is drawn by what belongs together: a master and those that follow it lie side by side, in the order
 * of the scenario, so that nothing moves when they change their parts. Lines are drawn only where something stands in
 * the way or is on its way; what is well with all is said once, in words.
 */
import { isOdd, type Machine, type Pair, type Point } from './facts.ts';

/** More machines than these are drawn as a crowd. */
export const MOST_CARDS = 14;

export const CELL = { width: 66, height: 28 };
const GAP = 4;
/** Between groups. */
const GUTTER = 12;

/** Machines that lie together. */
export interface Group {
  readonly key: string;
  readonly names: readonly string[];
}

/** Where each machine lay before, by name: what runs no more, and who has just been promoted, stays in its place. */
export type Belonging = ReadonlyMap<string, string>;

/** Where clients, Sentinels and machines lie on which no server has been seen. */
export const NO_SERVERS = '';

/** Who belongs with whom: a server with the master that it follows in the end, anything else with its like; `before` itself when nobody has moved. */
export function belongingOf(machines: readonly Machine[], before: Belonging): Belonging {
  const masterOf = new Map(machines.map(({ name, follows }) => [name, follows]));
  const belongs = new Map<string, string>();
  for (const { name, part } of machines) {
    if (part !== 'master' && part !== 'replica') {
      belongs.set(name, (part === 'none' ? before.get(name) : undefined) ?? NO_SERVERS);
      continue;
    }
    let head = name;
    // Bounded, because servers may follow each other in a circle.
    for (let i = 0; i < machines.length; i++) {
      const next = masterOf.get(head) ?? '';
      if (!masterOf.has(next)) break;
      head = next;
    }
    const place = before.get(head) ?? NO_SERVERS;
    belongs.set(name, place === NO_SERVERS ? head : place);
  }
  return belongs.size === before.size && [...belongs].every(([name, place]) => before.get(name) === place) ? before : belongs;
}

/** Shards in the order of their first machine, then whatever is no server. */
export function groupsOf(belongs: Belonging): Group[] {
  const groups = new Map<string, string[]>();
  for (const [name, key] of belongs) {
    const names = groups.get(key);
    if (names === undefined) groups.set(key, [name]);
    else names.push(name);
  }
  const others = groups.get(NO_SERVERS);
  groups.delete(NO_SERVERS);
  return [...groups, ...(others === undefined ? [] : [[NO_SERVERS, others] as const])].map(([key, names]) => ({ key, names }));
}

export interface CrowdPlan {
  /** Centres. */
  readonly places: ReadonlyMap<string, Point>;
  readonly boxes: readonly { readonly key: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number }[];
  readonly height: number;
}

/** Groups in rows, as many as the width has room for; a group that is wider than all of it goes on below. */
export function crowdPlan(groups: readonly Group[], width: number): CrowdPlan {
  const places = new Map<string, Point>();
  const boxes: { key: string; x: number; y: number; width: number; height: number }[] = [];
  const most = Math.max(1, Math.floor((width - GUTTER) / (CELL.width + GAP)));
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  for (const { key, names } of groups) {
    const columns = Math.min(most, names.length);
    const rows = Math.ceil(names.length / columns);
    const box = { width: columns * (CELL.width + GAP) + GAP, height: rows * (CELL.height + GAP) + GAP };
    if (x > 0 && x + box.width > width) {
      x = 0;
      y += rowHeight + GUTTER;
      rowHeight = 0;
    }
    boxes.push({ key, x, y, ...box });
    names.forEach((name, i) => places.set(name, {
      x: x + GAP + (i % columns) * (CELL.width + GAP) + CELL.width / 2,
      y: y + GAP + Math.floor(i / columns) * (CELL.height + GAP) + CELL.height / 2,
    }));
    x += box.width + GUTTER;
    rowHeight = Math.max(rowHeight, box.height);
  }
  return { places, boxes, height: y + rowHeight };
}

/** The machine to which an arrow key leads from `name`: the nearest that lies in that direction. */
export function neighbour(places: ReadonlyMap<string, Point>, name: string, key: string): string | undefined {
  const from = places.get(name);
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (from === undefined || way === undefined) return undefined;
  const [wx, wy] = way as [number, number];
  let best: string | undefined;
  let least = Infinity;
  for (const [other, { x, y }] of places) {
    const along = (x - from.x) * wx + (y - from.y) * wy;
    const aside = Math.abs((x - from.x) * wy) + Math.abs((y - from.y) * wx);
    // A row is left only by up and down.
    if (along <= 1 || (wx !== 0 && aside > CELL.height / 2)) continue;
    const far = along + 3 * aside;
    if (far < least) [best, least] = [other, far];
  }
  return best;
}

export type Health = 'well' | 'behind' | 'trouble' | 'idle';

/** Where no server has been seen, nothing is missing when nothing runs. */
export function healthOf({ name, part, trouble, isBehind }: Machine, belongs: Belonging): Health {
  if (trouble === '' && part === 'none' && belongs.get(name) === NO_SERVERS) return 'idle';
  return part === 'none' || trouble !== '' ? 'trouble' : isBehind ? 'behind' : 'well';
}

const counted = (count: number, one: string, many: string): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** The whole crowd in a sentence or two: how many of each part, and what is not well. */
export function crowdWords(machines: readonly Machine[], belongs: Belonging, pairs: readonly Pair[], busConnections: number): string {
  const of = (part: Machine['part']): number => machines.filter((each) => each.part === part).length;
  const kinds = ([['master', 'master', 'masters'], ['replica', 'replica', 'replicas'], ['sentinel', 'Sentinel', 'Sentinels'], ['client', 'client', 'clients']] as const)
    .flatMap(([part, one, many]) => (of(part) === 0 ? [] : [counted(of(part), one, many)]));
  const idle = machines.filter((each) => healthOf(each, belongs) === 'idle').length;
  if (idle > 0) kinds.push(counted(idle, 'idle machine', 'idle machines'));
  const down = machines.filter((each) => each.part === 'none').length - idle;
  const ill = machines.filter((each) => each.part !== 'none' && each.trouble !== '').length;
  const behind = machines.filter(({ isBehind }) => isBehind).length;
  const odd = pairs.filter(isOdd).length;
  const said = [`${kinds.join(', ')}.`];
  if (down > 0) said.push(`${counted(down, 'server is', 'servers are')} down.`);
  if (ill > 0) said.push(`${counted(ill, 'machine has', 'machines have')} something wrong.`);
  if (of('replica') > 0) said.push(behind === 0 ? 'All replicas are in step.' : `${counted(behind, 'replica is', 'replicas are')} not in step.`);
  if (odd > 0) said.push(`${counted(odd, 'link is', 'links are')} cut or changed.`);
  if (busConnections > 0) said.push(`${counted(busConnections, 'connection', 'connections')} of the cluster bus.`);
  return said.join(' ');
}

/** One machine, for those who cannot see its mark. */
export function cellWords(machine: Machine): string {
  const { name, part, follows, slots, trouble, isBehind } = machine;
  const what = part === 'master' ? `master${slots === 0 ? '' : `, ${counted(slots, 'slot', 'slots')}`}` : part === 'replica' ? `replica of ${follows}, ${isBehind ? 'not in step' : 'in step'}` : part === 'sentinel' ? 'Sentinel' : part === 'client' ? 'client' : 'nothing runs';
  return `${name}, ${what}${trouble === '' ? '' : `, ${trouble}`}`;
}
