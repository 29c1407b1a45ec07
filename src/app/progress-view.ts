/* What pages show of the progress: the state of an item, where to go on, the weeks. */
import { isPassed, itemState as stateOf } from '../lessons/index.ts';
import type { PageOutline, ItemSummary, Progress } from '../lessons/index.ts';
import type { ItemState } from '../ui/index.ts';
import { courseOrder } from './course.ts';

export function itemState(of: Progress, item: ItemSummary): ItemState {
  const found = stateOf(of, item.id, item.hash);
  if (found === 'new') return 'none';
  if (found === 'begun') return 'begun';
  return of.items[item.id]?.solutionSeen === undefined ? 'done' : 'seen';
}

/** Where to go on: the last item if it is open, else the first open one after it, else the first open one at all. */
export function nextItem(of: Progress): ItemSummary | undefined {
  const at = courseOrder.findIndex((item) => item.id === of.last?.item);
  const open = (item: ItemSummary) => !isPassed(of, item.id);
  return courseOrder.slice(Math.max(0, at)).find(open) ?? courseOrder.find(open) ?? courseOrder[0];
}

export function weekStates(course: PageOutline, of: Progress): ItemState[] {
  return Array.from({ length: course.weeks }, (_, i) => {
    const ids = course.modules.filter((module) => module.hasLessons && module.weeks.includes(i + 1)).flatMap((module) => module.items).filter((id) => course.items[id]?.kind !== 'module');
    if (ids.length === 0) return 'none';
    if (ids.every((id) => isPassed(of, id))) return 'done';
    return ids.some((id) => of.items[id] !== undefined) ? 'begun' : 'none';
  });
}
