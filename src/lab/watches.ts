/*
 * Watches
 * -------
 * Pictures that the page wants to be kept up to date. An event that wakes a visualizer makes its watches
 * stale; at the next flush each stale one looks again, and the page is told if the view is another. A
 * picture that fails is given up with a sentence; the lab goes on.
 */
import { MissingPart, type Micros, type ServerEventType } from '../engine/index.ts';
import type { World } from '../simulation/index.ts';
import type { Watchable } from './context.ts';
import type { Notice } from './protocol.ts';

interface Watch {
  readonly visualizer: Watchable;
  readonly params: unknown;
  stale: boolean;
  /** The view that the page has, as text. */
  shown: string;
}

export class Watches {
  private readonly watches = new Map<string, Watch>();

  add(name: string, visualizer: Watchable, params: unknown): void {
    this.watches.set(name, { visualizer, params, stale: true, shown: '' });
  }

  remove(name: string): void {
    this.watches.delete(name);
  }

  wake(type: ServerEventType): void {
    for (const watch of this.watches.values()) {
      if (!watch.stale && watch.visualizer.wakes.includes(type)) watch.stale = true;
    }
  }

  /** The world is another: every picture looks again, and is told even if it looks the same. */
  wakeAll(): void {
    for (const watch of this.watches.values()) {
      watch.stale = true;
      watch.shown = '';
    }
  }

  get hasNews(): boolean {
    for (const watch of this.watches.values()) if (watch.stale) return true;
    return false;
  }

  /** Throws MissingPart when a picture cannot look yet: `wakeAll` makes it look again. */
  flush(lab: string, world: World, atUs: Micros, post: (notice: Notice) => void): void {
    let missing: MissingPart | undefined;
    for (const [name, watch] of this.watches) {
      if (!watch.stale) continue;
      watch.stale = false;
      try {
        const view = watch.visualizer.look(world, watch.params);
        const shown = JSON.stringify(view) ?? '';
        if (shown === watch.shown) continue;
        watch.shown = shown;
        post({ type: 'view', lab, watch: name, view, described: watch.visualizer.describe(view), atUs });
      } catch (fault) {
        if (fault instanceof MissingPart) {
          missing = fault;
          continue;
        }
        this.watches.delete(name);
        const what = `The picture "${watch.visualizer.title}" failed: ${fault instanceof Error ? fault.message : String(fault)}.`;
        post({ type: 'problem', lab, what, remedy: 'The lab itself goes on. Close the picture and open it again.' });
      }
    }
    if (missing !== undefined) throw missing;
  }
}
