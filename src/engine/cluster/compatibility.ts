/*
 * What would not work in a cluster
 * --------------------------------
 * A server that is in none can count the commands that a cluster would refuse: keys in several slots, other databases
 * than the first, scripts that say so themselves. `cluster-compatibility-sample-ratio` tells how many of a hundred
 * commands have their keys looked at, which takes its time; 0 of them, usually.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import type { Command } from '../command.ts';
import type { ScriptRun } from '../scripting/run.ts';
import type { Server } from '../server.ts';
import { keysIn, queuedRequests } from './redirection.ts';
import { keyHashSlot, patternHashSlot } from './slots.ts';

/** The running command is not looked at (any more), or has shown no slot so far. */
const [OVER, NO_SLOT] = [-2, -1];

export class ClusterCompatibility {
  /** Is anything looked at? */
  isOn = false;
  private ratio = 0;
  /** The slot of the running command's keys; what its script does is compared with it. */
  private slot = OVER;
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
    server.config.follow('cluster-compatibility-sample-ratio', () => {
      this.ratio = server.config.number('cluster-compatibility-sample-ratio');
      this.isOn = this.ratio > 0 && server.cluster === undefined;
      this.slot = OVER;
    });
  }

  private sample(): boolean {
    return this.ratio === 100 || this.server.env.random.below(100) < this.ratio;
  }

  /** One more command that a cluster would refuse. */
  count(): void {
    this.server.statistics.clusterIncompatible++;
  }

  /** A client sends a command. */
  look(client: Client, command: Command, argv: readonly Bytes[]): void {
    this.slot = OVER;
    const isExec = command.fullName === 'exec';
    if ((isExec && client.queue === undefined) || !this.sample()) return;
    this.slot = this.slotOf(isExec ? queuedRequests(this.server, client) : [{ command, argv }]);
  }

  /** A script calls a command. One command counts once, whatever its script does. */
  lookInScript({ rights }: ScriptRun, command: Command, argv: readonly Bytes[]): void {
    if (this.slot === OVER) return;
    const slot = this.slotOf([{ command, argv }]);
    if (slot === NO_SLOT || (slot !== OVER && (rights.compat || rights.flags.has('allow-cross-slot-keys')))) return;
    if (slot !== OVER && this.slot !== NO_SLOT && this.slot !== slot) {
      this.count();
      this.slot = OVER;
    } else this.slot = slot;
  }

  /** SORT names other keys by a pattern. */
  lookAtPattern(pattern: Bytes, key: Bytes): void {
    if (this.isOn && patternHashSlot(pattern) !== keyHashSlot(key) && this.sample()) this.count();
  }

  private slotOf(requests: readonly { readonly command: Command; readonly argv: readonly Bytes[] }[]): number {
    let found = NO_SLOT;
    for (const { command, argv } of requests) {
      for (const key of keysIn(command, argv)) {
        const slot = keyHashSlot(key);
        if (found !== NO_SLOT && slot !== found) {
          this.count();
          return OVER;
        }
        found = slot;
      }
    }
    return found;
  }
}
