/*
 * serverCron: what the server does by itself, hz times a second
 * -------------------------------------------------------------
 * Samples rates, moves hash tables along that nobody touches, removes expired keys.
 */
import type { ServerForCommands } from './command.ts';

export function serverCron(server: ServerForCommands): void {
  const { statistics, nowUs } = server;
  statistics.instantaneous.operations.sample(statistics.commandsProcessed, nowUs);
  statistics.instantaneous.input.sample(statistics.netInputBytes, nowUs);
  statistics.instantaneous.output.sample(statistics.netOutputBytes, nowUs);
}
