/*
 * How long things take
 * --------------------
 * All in milliseconds. SENTINEL DEBUG shows and changes them, by these names and in this order.
 */
import type { Bytes } from '../bytes.ts';

export interface Times {
  infoPeriod: number;
  pingPeriod: number;
  askPeriod: number;
  publishPeriod: number;
  defaultDownAfter: number;
  defaultFailoverTimeout: number;
  tiltTrigger: number;
  tiltPeriod: number;
  slaveReconfTimeout: number;
  minLinkReconnectPeriod: number;
  electionTimeout: number;
  scriptMaxRuntime: number;
  scriptRetryDelay: number;
}

export function defaultTimes(): Times {
  return {
    infoPeriod: 10000, pingPeriod: 1000, askPeriod: 1000, publishPeriod: 2000, defaultDownAfter: 30000, defaultFailoverTimeout: 180000, tiltTrigger: 2000, tiltPeriod: 30000,
    slaveReconfTimeout: 10000, minLinkReconnectPeriod: 15000, electionTimeout: 10000, scriptMaxRuntime: 60000, scriptRetryDelay: 30000,
  };
}

/** Their names on the wire, in the order of the list. */
export function timeNames(): readonly (readonly [Bytes, keyof Times])[] {
  return [
    ['INFO-PERIOD', 'infoPeriod'], ['PING-PERIOD', 'pingPeriod'], ['ASK-PERIOD', 'askPeriod'], ['PUBLISH-PERIOD', 'publishPeriod'], ['DEFAULT-DOWN-AFTER', 'defaultDownAfter'],
    ['DEFAULT-FAILOVER-TIMEOUT', 'defaultFailoverTimeout'], ['TILT-TRIGGER', 'tiltTrigger'], ['TILT-PERIOD', 'tiltPeriod'], ['SLAVE-RECONF-TIMEOUT', 'slaveReconfTimeout'],
    ['MIN-LINK-RECONNECT-PERIOD', 'minLinkReconnectPeriod'], ['ELECTION-TIMEOUT', 'electionTimeout'], ['SCRIPT-MAX-RUNTIME', 'scriptMaxRuntime'], ['SCRIPT-RETRY-DELAY', 'scriptRetryDelay'],
  ];
}
