/*
 * What is heard of a session
 * --------------------------
 * Its screens, its history, and the states that checks may ask for. They belong to one session: while another is made
 * to take its place, that one is heard apart.
 */
import { History } from './history.ts';
import { ProbeKeeper } from './probe.ts';
import { Screens } from './screens.ts';

export class Heard {
  readonly history = new History();
  readonly screens = new Screens();
  readonly keeper = new ProbeKeeper();
}
