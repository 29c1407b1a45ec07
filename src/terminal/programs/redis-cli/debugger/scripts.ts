/* The scripts of the recorded sessions with the debugger, on the disk of a test's host. */
import type { TestWorld } from '../../../testing.ts';
import scripts from './scripts.json' with { type: 'json' };

export function writeScripts(world: TestWorld): void {
  const disk = world.simulation.host('local')?.disk;
  for (const [name, script] of Object.entries(scripts)) disk?.write(`/home/learner/${name}`, script, 0);
}
