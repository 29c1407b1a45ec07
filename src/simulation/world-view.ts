/*
 * The data centre, to be looked at
 * --------------------------------
 * Machines with what runs on them, and what lies between them, as plain data. Looking changes nothing.
 */
import type { Bytes } from '../engine/index.ts';
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
  /** Its packet filter may keep something from passing. */
  readonly isFiltered: boolean;
  readonly processes: readonly { readonly pid: number; readonly argv: readonly Bytes[]; readonly ports: readonly number[]; readonly state: 'running' | 'stopped' }[];
}

export interface LinksView {
  readonly connections: readonly { readonly from: string; readonly to: string; readonly port: number; readonly count: number }[];
  /** Links, directed, whose settings are not those of a plain data centre. */
  readonly settings: readonly { readonly from: string; readonly to: string; readonly settings: LinkSettings }[];
  /** `from` and `to` are hosts. */
  readonly rules: readonly { readonly id: number; readonly barrier: Rule['barrier']; readonly from: readonly string[]; readonly to: readonly string[]; readonly text: string }[];
}

/** Every machine, in the order of the scenario. */
export function hostViews(simulation: Simulation): HostView[] {
  return simulation.hostNames.flatMap((name) => hostView(simulation, name));
}

function hostView(simulation: Simulation, name: string): HostView[] {
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
    isFiltered: simulation.network.links.closedFilters.has(name),
    processes: host.processList().map(({ pid, argv, listening, state }) => ({ pid, argv, ports: listening, state })),
  }];
}

export function linksView({ network, hostNames }: Simulation): LinksView {
  const { links } = network;
  return {
    connections: network.connections(),
    settings: hostNames.flatMap((from) => hostNames.flatMap((to) => (from === to || links.isPlain(from, to) ? [] : [{ from, to, settings: links.of(from, to) }]))),
    rules: links.rules.map(({ id, barrier, from, to, text }) => ({ id, barrier, from: [...from], to: [...to], text })),
  };
}
