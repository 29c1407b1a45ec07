/* Servers by the names of their machines. */
import type { World } from '../simulation/index.ts';

/** A server by the name of its machine here; by its address when it is on none of this world's. */
export function placeAt(world: World, ip: string, port: number): string {
  const host = world.hosts().find(({ name }) => world.addressOf(name) === ip)?.name;
  return `${host ?? ip}:${port}`;
}
