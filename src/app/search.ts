/*
 * Search over lessons, their parts, exercises, quizzes, glossary and commands. The index is built in the
 * page when the palette is first opened: the documents are small and their chunk is fetched only then.
 */
import type { CommandDoc } from './reference/command-docs.ts';

export interface Found {
  id: string;
  kind: string;
  title: string;
  place: string;
  href: string;
}

type Entry = Found & { text: string; commands: string };

const KINDS: Record<string, string> = { module: 'Week', lesson: 'Lesson', exercise: 'Exercise', quiz: 'Quiz', section: 'Part', concept: 'Concept', term: 'Term', command: 'Command' };

export interface Index {
  find(words: string): Found[];
  /** Kept once the commands are in it too; they come from a server and may take a moment longer. */
  whole: Promise<void>;
}

let building: Promise<Index> | undefined;

/** `commands`: asks for all commands. Handed in, because the first page has that function already. */
export function searchIndex(commands: () => Promise<readonly CommandDoc[]>): Promise<Index> {
  building ??= build(commands);
  building.catch(() => { building = undefined; });
  return building;
}

async function build(commands: () => Promise<readonly CommandDoc[]>): Promise<Index> {
  // Asked first: a server has to start for it, which takes longer than all that is fetched meanwhile.
  const asked = commands();
  asked.catch(() => undefined);
  const { default: MiniSearch } = await import('minisearch');
  const mini = new MiniSearch<Entry>({
    fields: ['title', 'commands', 'text'],
    storeFields: ['kind', 'title', 'place', 'href'],
    searchOptions: { prefix: (term) => term.length > 1, fuzzy: (term) => (term.length > 3 ? 0.2 : false), boost: { title: 4, commands: 2 }, combineWith: 'AND', boostDocument: (_id, _term, stored) => (stored?.['kind'] === 'Command' ? 1.4 : stored?.['kind'] === 'Lesson' ? 1.2 : 1) },
  });
  const { documents } = await import('virtual:search');
  mini.addAll(documents.map((document) => ({ id: `${document.kind}:${document.id}`, kind: KINDS[document.kind] ?? document.kind, title: document.title, place: document.place, href: document.href, text: document.text, commands: document.commands.join(' ') })));
  const whole = asked.then((docs) => {
    mini.addAll(docs.map((doc) => ({ id: `command:${doc.name}`, kind: 'Command', title: doc.name.toUpperCase(), place: doc.summary, href: `/reference/${doc.name.toUpperCase().replaceAll(' ', '-')}`, text: doc.summary, commands: doc.group })));
  });
  return {
    whole,
    find: (words) => {
      const hits = mini.search(words);
      // Nothing found may be a word misspelt in two places, letters swapped for instance.
      return (hits.length > 0 ? hits : mini.search(words, { fuzzy: (term) => (term.length > 3 ? 2 : false) })).slice(0, 30).map((hit) => ({ id: String(hit.id), kind: String(hit['kind']), title: String(hit['title']), place: String(hit['place']), href: String(hit['href']) }));
    },
  };
}
