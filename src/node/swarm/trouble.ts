/*
 * What goes wrong in a plan
 * -------------------------
 * Lines of faults at random moments, most of them with the line that ends them some time later. A line that cannot be
 * carried out then (the machine is off already) is passed over, so any part of a list is a list of its own.
 */
import type { Chance } from '../conformance/chance.ts';
import type { Parts } from './plan.ts';

export interface Trouble {
  readonly atS: number;
  readonly fault: string;
}

/** How long something stays broken, in seconds: mostly about as long as the timeouts are. */
const DWELLS = [0.2, 1, 2, 4, 8, 15, 30];
const MOST = 14;

type Maker = (chance: Chance, parts: Parts) => readonly [fault: string, undo?: string];

export function faultsOf(chance: Chance, parts: Parts, untilS: number): Trouble[] {
  const made: Trouble[] = [];
  // Some runs are nearly calm: what goes wrong then must go wrong in the deployment itself.
  const calm = chance.happens(0.1);
  const makers = makersFor(parts);
  for (let more = calm ? chance.below(2) : chance.between(1, MOST); more > 0; more--) {
    const atS = round(parts.readyS + chance.below((untilS - parts.readyS) * 1000) / 1000);
    const [fault, undo] = chance.weighted(makers)(chance, parts);
    made.push({ atS, fault });
    const endS = round(atS + chance.pick(DWELLS) * (0.5 + chance.below(1000) / 1000));
    if (undo !== undefined && endS < untilS && chance.happens(0.8)) made.push({ atS: endS, fault: undo });
  }
  return made.sort((a, b) => a.atS - b.atS);
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

const everybody = ({ servers, sentinels, clients }: Parts): string[] => [...servers, ...sentinels, ...clients];
const daemons = ({ servers, sentinels }: Parts): string[] => [...servers, ...sentinels];

function split(chance: Chance, names: readonly string[], into: number): string[] {
  const groups: string[][] = Array.from({ length: into }, () => []);
  const mixed = chance.shuffled(names);
  mixed.forEach((name, i) => groups[i < into ? i : chance.below(into)]?.push(name));
  return groups.map((group) => group.join(' '));
}

/** One machine, or sometimes two at once. */
function some(chance: Chance, names: readonly string[]): string {
  return chance.shuffled(names).slice(0, chance.happens(0.2) ? 2 : 1).join(' ');
}

function pair(chance: Chance, names: readonly string[]): string {
  if (chance.happens(0.25)) return '* - *';
  const [from, to] = chance.shuffled(names);
  return `${from} ${chance.pick(['-', '->'])} ${to}`;
}

const setting = (name: string, values: readonly string[]): Maker => (chance, parts) => {
  const way = pair(chance, everybody(parts));
  return [`${name} ${way} ${chance.pick(values)}`, `${name} ${way} off`];
};

const onHosts = (name: string, undo?: string): Maker => (chance, parts) => {
  const hosts = some(chance, daemons(parts));
  return undo === undefined ? [`${name} ${hosts}`] : [`${name} ${hosts}`, `${undo} ${hosts}`];
};

/** Its services begin again; where nobody else would know what it was, on the disk it had. */
const ending = (name: string): Maker => (chance, parts) => {
  const host = chance.pick(daemons(parts));
  return [`${name} ${host}`, `restart ${host}`];
};

const NETWORK: readonly (readonly [number, Maker])[] = [
  [6, (chance, parts) => [`partition ${split(chance, everybody(parts), Math.min(everybody(parts).length, chance.pick([2, 2, 3]))).join(' | ')}`, 'heal']],
  [5, (chance, parts) => [`isolate ${some(chance, everybody(parts))}`, 'heal']],
  [4, (chance, parts) => {
    const [from, to] = chance.shuffled(everybody(parts));
    return [`cut ${from} ${chance.pick(['-', '->'])} ${to}`, 'heal'];
  }],
  [2, (chance, parts) => {
    const [from, to] = chance.shuffled(everybody(parts));
    return [`refuse ${from} ${chance.pick(['-', '->'])} ${to}`, 'heal'];
  }],
  [2, (chance, parts) => [`hold ${pair(chance, everybody(parts))}`, 'heal']],
  [3, (chance, parts) => [`reset ${pair(chance, everybody(parts)).replace('->', '-')}`]],
  [3, setting('delay', ['5ms', '1ms..200ms', '~20ms', '300ms', '2s', '10ms..3s'])],
  [2, setting('bandwidth', ['5kb/s', '50kb/s', '1mb/s'])],
  [2, setting('loss', ['1%', '10%', '40%'])],
  [2, setting('send-buffer', ['0b', '1kb', '16kb'])],
  [2, (chance) => [`buggify ${chance.below(1e9)}`, 'buggify off']],
];

const MACHINES: readonly (readonly [number, Maker])[] = [
  [6, ending('crash')],
  [2, ending('stop')],
  [4, ending('power-loss')],
  [2, (chance, parts) => [`restart ${chance.pick(daemons(parts))}`]],
  [5, onHosts('pause', 'resume')],
  [3, (chance, parts) => [`busy ${chance.pick(daemons(parts))} ${chance.pick(['100ms', '1s', '4s', '12s'])}`]],
  [3, (chance, parts) => {
    const host = chance.pick(daemons(parts));
    return [`clock ${host} ${chance.pick(['+1s', '-1s', '+10s', '-10s', '+1h', '-1h', 'drift 500', 'drift -20000'])}`, `clock ${host} drift 0`];
  }],
  [3, (chance, parts) => {
    const host = chance.pick(daemons(parts));
    return [`disk ${host} ${chance.pick(['full', 'failing', 'slow 300ms', 'slow 3s'])}`, `disk ${host} ok`];
  }],
  // The emptiest server needs about 7 MB: it is killed whenever it begins, after a while, or not at all.
  [2, (chance, parts) => {
    const host = chance.pick(daemons(parts));
    return [`memory ${host} ${chance.pick(['1mb', '7400kb', '8mb'])}`, `memory ${host} ok`];
  }],
  [2, (chance, parts) => [`kill-child ${chance.pick(parts.servers)}`]],
];

function makersFor(parts: Parts): readonly (readonly [number, Maker])[] {
  const bridges: readonly (readonly [number, Maker])[] = everybody(parts).length < 4 ? [] : [
    [1, (chance) => {
      const [middle, ...rest] = chance.shuffled(everybody(parts));
      return [`bridge ${middle} | ${split(chance, rest, 2).join(' | ')}`, 'heal'];
    }],
    [1, (chance) => [`ring ${chance.shuffled(everybody(parts)).join(' ')}`, 'heal']],
  ];
  // Whose data nobody else has, must not lose its disk: a cluster's node is its file, and so is a Sentinel.
  const emptied: readonly (readonly [number, Maker])[] = parts.kind === 'replicas' || parts.kind === 'sentinels' ? [[1, (chance) => [`restart ${chance.pick(parts.servers)} empty`]]] : [];
  return [...NETWORK, ...MACHINES, ...bridges, ...emptied];
}
