/*
 * Addresses of a data centre that clients outside can use
 * -------------------------------------------------------
 * Simulated servers live at 10.0.0.11:6379 and the like, and tell these addresses to clients: where a slot has moved,
 * who is the master. A client on this machine reaches a server at 127.0.0.1 and a port of its own. It is the problem
 * of every container behind a translation of addresses, and Redis has the answer to it: a server is told by
 * directives what to announce. So every server gets these directives before it begins, the scenario is written anew so
 * that whoever names another by address names the outer one, and inside the simulation the outer addresses lead to the
 * same servers. No byte that passes is changed.
 */
import type { Server } from '../../engine/index.ts';
import type { HostSpec, Scenario } from '../../simulation/index.ts';

/** A server and the port of this machine at which it is found. */
export interface PublishedServer {
  readonly host: string;
  readonly port: number;
  readonly outerPort: number;
  readonly kind: 'server' | 'cluster node' | 'sentinel';
}

export const OUTER_HOST = '127.0.0.1';
/** Between the port of a node and that of its bus, as Redis has it. */
export const BUS_DISTANCE = 10_000;

const FIRST_ADDRESS = 11;
const SERVER_LINE = /\bredis-(server|sentinel)\b[^;&|]*/;

/** The servers that the scenario starts, at ports from `basePort` on in the order of their hosts. */
export function serversOf(scenario: Scenario, basePort: number): PublishedServer[] {
  return scenario.hosts
    .flatMap((host) => (host.run ?? []).flatMap((line) => {
      const found = SERVER_LINE.exec(line);
      if (found === null) return [];
      const kind = found[1] === 'sentinel' || /--sentinel\b/.test(found[0]) ? 'sentinel' as const : /--cluster-enabled yes/.test(found[0]) ? 'cluster node' as const : 'server' as const;
      const port = Number(/--port (\d+)/.exec(found[0])?.[1] ?? (kind === 'sentinel' ? 26379 : 6379));
      return [{ host: host.name, port, kind }];
    }))
    .map((server, i) => ({ ...server, outerPort: basePort + i }));
}

/** The scenario in which servers announce their outer addresses. */
export function published(scenario: Scenario, servers: readonly PublishedServer[]): Scenario {
  const translations = servers.map(({ host, port, outerPort }) => {
    const address = `10.0.0.${scenario.hosts.findIndex(({ name }) => name === host) + FIRST_ADDRESS}`;
    return [new RegExp(`(?:${address.replaceAll('.', '\\.')}|\\b${host}) ${port}\\b`, 'g'), `${OUTER_HOST} ${outerPort}`] as const;
  });
  const translate = (text: string): string => translations.reduce((now, [inner, outer]) => now.replace(inner, outer), text);
  return {
    ...scenario,
    hosts: scenario.hosts.map((host): HostSpec => {
      const run = host.run?.map((line) => (SERVER_LINE.test(line) ? translate(line) : line));
      const files = host.files === undefined ? undefined : Object.fromEntries(Object.entries(host.files).map(([path, text]) => [path, translate(text)]));
      return { ...host, ...(run === undefined ? {} : { run }), ...(files === undefined ? {} : { files }) };
    }),
  };
}

export const kindOf = (server: Server): PublishedServer['kind'] => (server.sentinel !== undefined ? 'sentinel' : server.cluster !== undefined ? 'cluster node' : 'server');

/** Lets a server that has not begun say where it is found from outside. What its configuration says of it already stays. */
export function announce({ config, sentinel }: Server, { outerPort, kind }: PublishedServer): void {
  if (sentinel !== undefined) {
    if (sentinel.announceIp !== undefined || sentinel.announcePort !== 0) return;
    sentinel.announceIp = OUTER_HOST;
    sentinel.announcePort = outerPort;
    return;
  }
  const address = (prefix: string): void => {
    if (config.text(`${prefix}-ip`) !== '' || config.number(`${prefix}-port`) !== 0) return;
    config.put(`${prefix}-ip`, OUTER_HOST);
    config.put(`${prefix}-port`, outerPort);
    if (prefix === 'cluster-announce') config.put('cluster-announce-bus-port', outerPort + BUS_DISTANCE);
  };
  address('replica-announce');
  if (kind === 'cluster node') address('cluster-announce');
}
