/*
 * What servers announce, in words
 * -------------------------------
 * The turns of a deployment's story: who is suspected, who is elected, which link is down. They stand in the event log
 * beside the messages and timers that led to them, and a story goes slowly at them.
 */
import type { Bytes, ServerEvent } from '../engine/index.ts';

/** Sentinels tell these whenever they learn something; they are no turn. */
const ROUTINE: ReadonlySet<string> = new Set(['+monitor', '+slave', '+sentinel', '+role-change', '-role-change', '+slave-reconf-inprog']);

/** The announcement as a clause with its server as the subject; undefined when it is no turn of a story. `placeOf` names a node of a cluster. */
export function announcementWords(event: ServerEvent, placeOf: (node: Bytes) => string): string | undefined {
  switch (event.type) {
    case 'sentinelEvent':
      return ROUTINE.has(event.event) ? undefined : `${event.event} ${event.text}`;
    case 'replicaSynced':
      return `a replica is in step from byte ${event.offset + 1} on`;
    case 'replicaLost':
      return 'a replica is gone';
    case 'masterLinkUp':
      return `the link to its master ${event.master} stands`;
    case 'masterLinkDown':
      return `the link to its master ${event.master} is down`;
    case 'nodeSuspected':
      return `cannot reach ${placeOf(event.node)} (PFAIL)`;
    case 'nodeFailed':
      return `marks ${placeOf(event.node)} as failed (FAIL)`;
    case 'nodeRecovered':
      return `takes ${placeOf(event.node)} back`;
    case 'electionScheduled':
      return `will ask for votes in ${event.delayMs} ms, rank ${event.rank}`;
    case 'electionStarted':
      return `asks for votes in epoch ${event.epoch}`;
    case 'electionWon':
      return `has won epoch ${event.epoch} and takes the slots of ${placeOf(event.replaced)}`;
    case 'voteGranted':
      return `votes for ${placeOf(event.node)} in epoch ${event.epoch}`;
    case 'clusterStateChanged':
      return `calls the cluster ${event.state === 'ok' ? 'ok' : 'down'}`;
    case 'serverReady':
      return `is ready on port ${event.port}`;
    case 'serverStopped':
      return 'has stopped';
    default:
      return undefined;
  }
}
