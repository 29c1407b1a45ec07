/*
 * Sessions for tests
 * ------------------
 * A host with the real programs in the real simulation, and terminals on it: type, let it happen, look at
 * the screen. Nothing is faked; time is virtual.
 */
import { createSimulation, type Scenario, type Simulation, type Terminal } from '../simulation/index.ts';
import { programs } from './index.ts';

export interface TestTerminal {
  readonly terminal: Terminal;
  /** What was written since the last look, with plain line ends. */
  look(): string;
  /** All bytes since the last call: what a terminal would draw. */
  raw(): string;
  /** Types, lets everything happen that follows, and looks. */
  type(keys: string, us?: number): string;
  /** Exit code once the session is over. */
  readonly code: number | undefined;
}

export interface TestWorld {
  readonly simulation: Simulation;
  open(argv?: readonly string[], size?: { columns: number; rows: number }): TestTerminal;
  file(path: string): string | undefined;
  advance(us: number): void;
}

/** Time given to each thing typed: enough for anything that does not wait on purpose. */
const A_MOMENT_US = 20_000;

export function testWorld(scenario: Partial<Scenario['hosts'][number]> = {}): TestWorld {
  const simulation = createSimulation({ scenario: { seed: 1, hosts: [{ name: 'local', ...scenario }] }, programs });
  let count = 0;
  simulation.advance(A_MOMENT_US);
  return {
    simulation,
    advance: (us) => simulation.advance(us),
    file: (path) => {
      const content = simulation.host('local')?.disk.read(path);
      return typeof content === 'string' ? content : undefined;
    },
    open(argv, size = { columns: 80, rows: 24 }) {
      let screen = '';
      let bytes = '';
      let code: number | undefined;
      const terminal = simulation.openTerminal({
        id: `t${++count}`, host: 'local', ...size, ...(argv === undefined ? {} : { argv }),
        output: (chunk) => {
          screen += chunk;
          bytes += chunk;
        },
        closed: (ended) => (code = ended),
      });
      if (terminal === undefined) throw new Error('no terminal');
      simulation.advance(A_MOMENT_US);
      const look = (): string => {
        const seen = screen;
        screen = '';
        return seen.replaceAll('\r\n', '\n');
      };
      return {
        terminal,
        look,
        raw() {
          const all = bytes;
          bytes = '';
          return all;
        },
        type(keys, us = A_MOMENT_US) {
          terminal.type(keys);
          simulation.advance(us);
          return look();
        },
        get code() {
          return code;
        },
      };
    },
  };
}

/** The text of a screen without its colours and cursor movements. */
export function plain(screen: string): string {
  return screen.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\r\b\x07]/g, '');
}
