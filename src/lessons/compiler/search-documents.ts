/*
 * Documents of the search
 * -----------------------
 * One for each item, one for each step of a lesson (so that a hit leads to the right paragraph), one for
 * each glossary term. The page indexes them with minisearch; the text is plain, code included.
 */
import type { CourseOutline, Item, SearchDocument, Tree } from '../model.ts';
import { plainText } from './tree.ts';

/** Longest text of one document, in characters: enough to find it, not to read it. */
const MAX_TEXT = 4000;

export function searchDocuments(outline: CourseOutline, items: Readonly<Record<string, Item>>): SearchDocument[] {
  const documents: SearchDocument[] = [];
  for (const module of outline.modules) {
    for (const id of module.items) {
      const item = items[id];
      if (item === undefined) continue;
      const section = module.sections.find((each) => each.id === item.section);
      const place = section === undefined ? module.title : `${module.title} › ${section.id} ${section.title}`;
      const whole = documentText(item);
      const names = item.concepts.map((concept) => outline.concepts[concept]?.name ?? '').join('. ');
      documents.push({
        id, kind: item.kind, title: item.title, href: item.href, place,
        text: clip(`${item.objectives.join('. ')}\n${names}\n${item.kind === 'lesson' ? '' : whole}`),
        commands: commandsIn(whole),
      });
      if (item.kind !== 'lesson') continue;
      for (const part of partsOf(item.body)) {
        const text = plainText(part.tree, item.blocks);
        documents.push({ id: `${id}#${part.id}`, kind: 'section', title: part.title, href: `${item.href}#${part.id}`, place: `${place} › ${item.title}`, text: clip(text), commands: commandsIn(text) });
      }
    }
  }
  for (const term of Object.values(outline.glossary)) {
    documents.push({ id: `term:${term.id}`, kind: 'term', title: term.term, href: `/reference#term-${term.id}`, place: 'Glossary', text: clip(`${term.meaning} ${term.also.join(' ')}`), commands: [] });
  }
  return documents;
}

function clip(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}

function documentText(item: Item): string {
  switch (item.kind) {
    case 'module':
    case 'lesson':
      return plainText(item.body, item.blocks);
    case 'exercise':
      return [plainText(item.story, item.blocks), ...item.tasks.map((task) => task.plain), plainText(item.notes, item.blocks)].join('\n');
    case 'quiz':
      return item.questions.map((question) => question.plain).join('\n');
  }
}

/** A body cut at its steps (## headings). */
function partsOf(body: Tree): { id: string; title: string; tree: Tree }[] {
  const parts: { id: string; title: string; tree: Tree }[] = [];
  for (const node of body) {
    if (node.type === 'element' && node.tagName === 'h2') parts.push({ id: String(node.properties['id'] ?? ''), title: plainText(node.children), tree: [] });
    else parts[parts.length - 1]?.tree.push(node);
  }
  return parts.filter((part) => part.tree.length > 0);
}

/** Words in capitals that look like commands. */
function commandsIn(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(/\b[A-Z][A-Z]{2,}\b/g)) found.add(match[0]);
  return [...found].sort();
}
