/* The course, as the build compiled it. The outline comes with the page; bodies are fetched when opened. */
import { useEffect, useState } from 'react';
import type { Item, ItemSummary } from '../lessons/index.ts';
import { loadItem, outline } from 'virtual:course';

export { outline };

const loading = new Map<string, Promise<Item>>();

/** The item's body; asked for once per visit. */
export function itemBody(id: string): Promise<Item> {
  let body = loading.get(id);
  if (body === undefined) {
    body = loadItem(id);
    // A failed fetch may succeed later; forget it.
    body.catch(() => loading.delete(id));
    loading.set(id, body);
  }
  return body;
}

export function summaryOf(id: string): ItemSummary | undefined {
  return Object.hasOwn(outline.items, id) ? outline.items[id] : undefined;
}

/** The body of `id` when it is there; `fault` when it could not be fetched. */
export function useItem(id: string): { item: Item | undefined; fault: Error | undefined } {
  const [state, setState] = useState<{ id: string; item: Item | undefined; fault: Error | undefined }>({ id, item: undefined, fault: undefined });
  useEffect(() => {
    let gone = false;
    if (summaryOf(id) === undefined) return;
    itemBody(id).then(
      (item) => { if (!gone) setState({ id, item, fault: undefined }); },
      (fault: unknown) => { if (!gone) setState({ id, item: undefined, fault: fault instanceof Error ? fault : new Error(String(fault)) }); },
    );
    return () => { gone = true; };
  }, [id]);
  return state.id === id ? state : { item: undefined, fault: undefined };
}

/** Crumbs of an item: week, section. */
export function placeOf(item: ItemSummary): { label: string; href?: string }[] {
  const module = outline.modules.find((candidate) => candidate.id === item.module);
  if (module === undefined) return [];
  const section = module.sections.find((candidate) => candidate.id === item.section);
  return [
    { label: `Week ${module.weeks[0] ?? module.number}`, href: `/learn/${module.id}` },
    ...(section === undefined ? [] : [{ label: section.title, href: `/learn/${module.id}#section-${section.id}` }]),
  ];
}

/** Lessons and exercises, in course order. */
export const courseOrder: readonly ItemSummary[] = outline.modules.flatMap((module) => module.items.map((id) => outline.items[id]).filter((item) => item !== undefined && item.kind !== 'module')) as ItemSummary[];
