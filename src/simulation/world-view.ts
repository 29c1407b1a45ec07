/*
 * The data centre, to be looked at
 * --------------------------------
 * Machines with what runs on them, and what lies between them, as plain data. Looking changes nothing.
 */
import type { Bytes } from '../engine/index.ts';
import { replicationPlace, type ReplicationPlace } from '../engine/inspect/index.ts';
import type { HostState } from './host.ts';
import type { LinkSettings, Rule } from './links.ts';
import type { Simulation } from './simulation.ts';

/** A machine, as it is shown. */
export interface HostView {
  readonly name: string;
  readonly address: string;
  readonly state: HostState;
  /** What its wall clock is ahead of the simulation's. */
  readonly clockAheadUs: number;
  readonly diskUsedBytes: number;
  /** What is wrong with its disk, in words; '' when nothing is. */
  readonly diskFault: string;
  /** What other programs leave to its processes; null: all of it. */
  readonly memoryLeftBytes: number | null;
  /** Its packet filter may keep something from passing. */
  readonly isFiltered: boolean;
  readonly processes: readonly { readonly pid: number; readonly argv: readonly Bytes[]; readonly ports: readonly number[]; readonly state: 'running' | 'stopped' }[];
  /** Its servers that are no Sentinels. */
  readonly servers: readonly ServerPart[];
}

/** A server's part among the others. */
export interface ServerPart {
  readonly port: number;
  readonly role: 'master' | 'replica';
  readonly offset: number;
  readonly slots: number;
  /** Name of the machine that it follows, or what it calls it when it is none of these; '' for a master. */
  readonly follows: string;
  readonly link: NonNullable<ReplicationPlace['link']>['state'] | '';
  /** Bytes of the stream that its master has and it has not; 0 where that is not known. */
  readonly behind: number;
}

/** So many connections are told one by one. */
const MOST_CONNECTIONS = 400;

export interface LinksView {
  /** Connections of the cluster bus that are counted instead of told: where all are connected with all, a number says more than a list. */
  readonly busConnections: number;
  readonly connections: readonly { readonly from: string; readonly to: string; readonly port: number; readonly count: number }[];
  /** Links, directed, whose settings are not those of a plain data centre. */
  readonly settings: readonly { readonly from: string; readonly to: string; readonly settings: LinkSettings }[];
  /** What may come late or in pieces does so now and then. */
  readonly isBuggified: boolean;
  /** `from` and `to` are hosts. */
  readonly rules: readonly { readonly id: number; readonly barrier: Rule['barrier']; readonly from: readonly string[]; readonly to: readonly string[]; readonly text: string }[];
}

/** Every machine, in the order of the scenario. */
export function hostViews(simulation: Simulation): HostView[] {
  const { world } = simulation;
  const nameOf = new Map(simulation.hostNames.map((name) => [world.addressOf(name) ?? name, name]));
  const places = world.hosts().flatMap(({ name, servers }) => servers.filter(({ server }) => server.sentinel === undefined).map(({ port, server }) => ({ name, port, place: replicationPlace(server) })));
  const offsets = new Map(places.map(({ name, port, place }) => [`${name}:${port}`, place.offset]));
  const parts = new Map<string, ServerPart[]>();
  for (const { name, port, place: { role, offset, slots, link } } of places) {
    const follows = link === null ? '' : link.host === 'localhost' || link.host.startsWith('127.') ? name : nameOf.get(link.host) ?? link.host;
    const behind = link === null ? 0 : (offsets.get(`${follows}:${link.port}`) ?? offset) - offset;
    parts.set(name, [...(parts.get(name) ?? []), { port, role, offset, slots, follows, link: link?.state ?? '', behind }]);
  }
  return simulation.hostNames.flatMap((name) => hostView(simulation, name, parts.get(name) ?? []));
}

function hostView(simulation: Simulation, name: string, servers: readonly ServerPart[]): HostView[] {
  const host = simulation.host(name);
  if (host === undefined) return [];
  const { disk } = host;
  const faults = [
    disk.capacityBytes < disk.sizeBytes ? 'full' : '',
    disk.faults.failWrites ? 'fails to write' : '',
    disk.faults.slowSyncUs > 0 ? `each sync takes ${disk.faults.slowSyncUs / 1000} ms longer` : '',
  ];
  return [{
    name, address: host.address, state: host.state, clockAheadUs: host.clockAheadUs, diskUsedBytes: disk.usedBytes,
    diskFault: faults.filter((fault) => fault !== '').join(', '),
    memoryLeftBytes: host.memoryLeftBytes ?? null,
    isFiltered: simulation.network.links.closedFilters.has(name),
    processes: host.processList().map(({ pid, argv, listening, state }) => ({ pid, argv, ports: listening, state })),
    servers,
  }];
}

export function linksView({ network, hostNames, world }: Simulation): LinksView {
  const { links } = network;
  const all = network.connections();
  const isCrowded = all.length > MOST_CONNECTIONS;
  const buses = new Set(isCrowded ? world.hosts().flatMap(({ name, servers }) => servers.map(({ server }) => `${name}:${replicationPlace(server).busPort}`)) : []);
  const isBus = ({ to, port }: { to: string; port: number }): boolean => buses.has(`${to}:${port}`);
  return {
    busConnections: all.reduce((sum, each) => sum + (isBus(each) ? each.count : 0), 0),
    connections: all.filter((each) => !isBus(each)).slice(0, MOST_CONNECTIONS),
    settings: links.areAllPlain ? [] : hostNames.flatMap((from) => hostNames.flatMap((to) => (from === to || links.isPlain(from, to) ? [] : [{ from, to, settings: links.of(from, to) }]))),
    isBuggified: network.whim !== undefined,
    rules: links.rules.map(({ id, barrier, from, to, text }) => ({ id, barrier, from: [...from], to: [...to], text })),
  };
}
