/*
 * What a server tells of its commands, as data
 * --------------------------------------------
 * COMMAND INFO and COMMAND DOCS of either server, in an order of our own and without the texts that every
 * author writes for himself. Conformance and the goldens compare these.
 */
import { commandTable } from '../../engine/index.ts';
import type { ReceivedReply } from '../../engine/protocol/index.ts';

/** Names of all commands and subcommands that this engine has. */
export const knownCommands: ReadonlySet<string> = new Set(
  [...commandTable.all()].flatMap((each) => [each.fullName, ...[...(each.subcommands?.values() ?? [])].map((sub) => sub.fullName)]),
);

export type Facts = string | number | null | readonly Facts[] | { readonly [name: string]: Facts };

/** A reply as plain data: sets are sorted, maps are objects. */
function plain(reply: ReceivedReply): Facts {
  switch (reply.type) {
    case 'integer':
      return Number(reply.value);
    case 'status':
    case 'error':
    case 'bulk':
    case 'verbatim':
    case 'double':
      return reply.text;
    case 'set':
      return reply.items.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    case 'array':
    case 'push':
      return reply.items.map(plain);
    case 'map':
      return sortedObject(reply.pairs.map(([name, value]) => [String(plain(name)), plain(value)]));
    default:
      return null;
  }
}

const sortedObject = (entries: readonly (readonly [string, Facts])[]): { readonly [name: string]: Facts } => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

const FIELDS = ['name', 'arity', 'flags', 'firstKey', 'lastKey', 'step', 'categories', 'tips', 'keySpecs', 'subcommands'] as const;

/** A map as RESP3 sends it, or the flat array of RESP2. */
function pairsOf(reply: ReceivedReply | undefined): readonly (readonly [ReceivedReply, ReceivedReply])[] {
  if (reply?.type === 'map') return reply.pairs;
  if (reply?.type !== 'array') return [];
  const pairs: [ReceivedReply, ReceivedReply][] = [];
  for (let i = 0; i + 1 < reply.items.length; i += 2) pairs.push([reply.items[i] as ReceivedReply, reply.items[i + 1] as ReceivedReply]);
  return pairs;
}

const asSet = (reply: ReceivedReply): ReceivedReply => (reply.type === 'array' ? { type: 'set', items: reply.items } : reply);

/** RESP2's flat arrays as the maps that they stand for: `fields` names those whose values are maps again, or lists of maps. */
function asMap(reply: ReceivedReply, fields: readonly string[], sets: readonly string[]): ReceivedReply {
  return {
    type: 'map',
    pairs: pairsOf(reply).map(([name, value]) => {
      const word = String(plain(name));
      if (sets.includes(word)) return [name, asSet(value)];
      if (!fields.includes(word)) return [name, value];
      if (word !== 'arguments') return [name, asMap(value, fields, sets)];
      return [name, { type: 'array', items: value.type === 'array' ? value.items.map((each) => asMap(each, fields, sets)) : [] }];
    }),
  };
}

/** The parts of an entry of COMMAND INFO, in the shapes of RESP3. */
function shaped(part: ReceivedReply, field: string): ReceivedReply {
  if (field === 'flags' || field === 'categories' || field === 'tips') return asSet(part);
  if (field !== 'keySpecs') return part;
  const specs = asSet(part);
  return specs.type === 'set' ? { type: 'set', items: specs.items.map((each) => asMap(each, ['begin_search', 'find_keys', 'spec'], ['flags'])) } : part;
}

/** COMMAND INFO, by full name, subcommands included; of commands that we have, unless `all` is set. */
export function infoFacts(reply: ReceivedReply, all = false): { readonly [name: string]: Facts } {
  const found: [string, Facts][] = [];
  const visit = (entry: ReceivedReply) => {
    if (entry.type !== 'array') return;
    const name = String(plain(entry.items[0] as ReceivedReply));
    if (!all && !knownCommands.has(name)) return;
    found.push([name, sortedObject(FIELDS.slice(1, 9).map((field, index) => [field, withoutNotes(plain(shaped(entry.items[index + 1] as ReceivedReply, field)))]))]);
    const subcommands = entry.items[9];
    if (subcommands?.type === 'array') subcommands.items.forEach(visit);
  };
  if (reply.type === 'array') reply.items.forEach(visit);
  return sortedObject(found);
}

/** Remarks on keys are prose. */
function withoutNotes(facts: Facts): Facts {
  if (Array.isArray(facts)) return facts.map((each: Facts) => withoutNotes(each));
  if (typeof facts !== 'object' || facts === null) return facts;
  return sortedObject(Object.entries(facts).flatMap(([name, value]) => (name === 'notes' ? [] : [[name, withoutNotes(value as Facts)] as const])));
}

/** COMMAND DOCS, by full name, subcommands included; of commands that we have, unless `all` is set. Texts aside. */
export function docsFacts(reply: ReceivedReply, all = false): { readonly [name: string]: Facts } {
  const found: [string, Facts][] = [];
  const visit = (docs: ReceivedReply) => {
    for (const [key, value] of pairsOf(docs)) {
      const name = String(plain(key));
      if (!all && !knownCommands.has(name)) continue;
      const entries: [string, Facts][] = [];
      for (const [field, content] of pairsOf(value)) {
        const word = String(plain(field));
        if (word === 'subcommands') visit(content);
        else if (word === 'arguments') entries.push([word, plain(asMap({ type: 'array', items: [field, content] }, ['arguments'], ['flags'])) as Facts]);
        else if (word === 'doc_flags') entries.push([word, plain(asSet(content))]);
        else if (word === 'history') entries.push([word, historyVersions(content)]);
        else if (word !== 'summary' && word !== 'complexity' && word !== 'replaced_by') entries.push([word, plain(content)]);
      }
      found.push([name, sortedObject(entries)]);
    }
  };
  visit(reply);
  return sortedObject(found);
}

/** The versions in which something changed; what changed is prose. */
function historyVersions(reply: ReceivedReply): Facts {
  const entries = reply.type === 'set' || reply.type === 'array' ? reply.items : [];
  return entries.map((entry) => (entry.type === 'array' ? plain(entry.items[0] as ReceivedReply) : null)).sort();
}

/** Where two facts part first, as a path and both values; undefined when they agree. */
export function firstPart(real: Facts | undefined, ours: Facts | undefined, path = ''): string | undefined {
  if (JSON.stringify(real) === JSON.stringify(ours)) return undefined;
  if (Array.isArray(real) && Array.isArray(ours)) {
    for (let i = 0; i < Math.max(real.length, ours.length); i++) {
      const part = firstPart(real[i] as Facts, ours[i] as Facts, `${path}[${i}]`);
      if (part !== undefined) return part;
    }
  }
  if (typeof real === 'object' && typeof ours === 'object' && real !== null && ours !== null && !Array.isArray(real) && !Array.isArray(ours)) {
    for (const name of new Set([...Object.keys(real), ...Object.keys(ours)])) {
      const part = firstPart((real as Record<string, Facts>)[name], (ours as Record<string, Facts>)[name], path === '' ? name : `${path}.${name}`);
      if (part !== undefined) return part;
    }
  }
  return `${path}: real ${JSON.stringify(real)}, ours ${JSON.stringify(ours)}`;
}
