/*
 * Addresses of a data centre that clients outside can use
 * -------------------------------------------------------
 * Simulated servers live at 10.0.0.11:6379 and the like, and tell these addresses to clients: where a slot has moved,
 * who is the master. A client on this machine reaches a server at 127.0.0.1 and a port of its own. It is the problem
 * of every container behind a translation of addresses, and Redis has the answer to it: a server is told by
 * directives what to announce. So the scenario is written anew: each server announces its outer address, whoever names
 * another by address names the outer one, and inside the simulation the outer addresses lead to the same servers.
 * No byte that passes is changed.
 */
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
      const own = servers.filter((server) => server.host === host.name);
      let next = 0;
      const run = host.run?.map((line) => (SERVER_LINE.test(line) ? translate(line).replace(SERVER_LINE, (start) => `${start.trimEnd()}${announcement(own[next++])}`) : line));
      const sentinel = own.find(({ kind }) => kind === 'sentinel');
      const files = host.files === undefined ? undefined : Object.fromEntries(Object.entries(host.files).map(([path, text]) => [path, /^sentinel monitor/m.test(text) && sentinel !== undefined
        ? `sentinel announce-ip ${OUTER_HOST}\nsentinel announce-port ${sentinel.outerPort}\n${translate(text)}` : translate(text)]));
      return { ...host, ...(run === undefined ? {} : { run }), ...(files === undefined ? {} : { files }) };
    }),
  };
}

function announcement(server: PublishedServer | undefined): string {
  if (server === undefined || server.kind === 'sentinel') return '';
  const { outerPort } = server;
  const node = server.kind === 'cluster node' ? ` --cluster-announce-ip ${OUTER_HOST} --cluster-announce-port ${outerPort} --cluster-announce-bus-port ${outerPort + BUS_DISTANCE}` : '';
  return ` --replica-announce-ip ${OUTER_HOST} --replica-announce-port ${outerPort}${node}`;
}
