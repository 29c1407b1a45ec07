/*
 * Questions about the data centre
 * -------------------------------
 * Machines, what lies between them, what is on its way, what happened and why. Looking changes nothing.
 */
import { faultHelp, type Simulation } from '../simulation/index.ts';
import type { Answer } from './questions.ts';
import type { Answers, HostView, LinksView, Question } from './protocol.ts';

const MOST_ROWS = 1000;

/** The answer to a question about the world of a session. */
export function worldAnswer(question: Extract<Question, { about: 'hosts' | 'links' | 'inFlight' | 'pending' | 'events' | 'why' | 'faults' }>, simulation: Simulation): Answer {
  switch (question.about) {
    case 'hosts':
      return { value: simulation.hostNames.flatMap((name) => hostView(simulation, name)) satisfies Answers['hosts'] };
    case 'links':
      return { value: linksView(simulation) satisfies Answers['links'] };
    case 'inFlight':
      return { value: simulation.network.inFlight(bounded(question.limit)) satisfies Answers['inFlight'] };
    case 'pending':
      return { value: simulation.pending(bounded(question.limit)) satisfies Answers['pending'] };
    case 'events':
      return { value: (simulation.eventLog?.latest(bounded(question.limit), question.background) ?? []) satisfies Answers['events'] };
    case 'why':
      return { value: (simulation.eventLog?.why(question.seq) ?? []) satisfies Answers['why'] };
    case 'faults':
      return { value: faultHelp() satisfies Answers['faults'] };
  }
}

const bounded = (limit: number): number => Math.min(MOST_ROWS, Math.max(0, Math.floor(limit)));

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
    processes: host.processList().map(({ pid, argv, listening, state }) => ({ pid, argv, ports: listening, state })),
  }];
}

function linksView({ network, hostNames }: Simulation): LinksView {
  const { links } = network;
  return {
    connections: network.connections(),
    settings: hostNames.flatMap((from) => hostNames.flatMap((to) => (from === to || links.isPlain(from, to) ? [] : [{ from, to, settings: links.of(from, to) }]))),
    rules: links.rules.map(({ id, barrier, from, to, text }) => ({ id, barrier, from: [...from], to: [...to], text })),
  };
}
