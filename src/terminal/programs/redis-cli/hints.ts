/*
 * The grammar of a command, and how much of it is typed
 * -----------------------------------------------------
 * `syntaxOf` writes a command's arguments as help shows them: `key value [NX|XX] [EX seconds|…]`. A hint
 * is the same text less what the words on the line already stand for. So the words are laid against the
 * grammar first, and each node of it remembers what it got.
 *
 * Neighbouring options may come in any order. An option that was begun and wants more (`EX`) is shown
 * before those that were not; one that is complete disappears. A word that fits nowhere means that we
 * cannot tell what comes next, and then there is no hint at all.
 */
import { type Bytes, equalsFolded, fold, parseDouble } from '../../../engine/index.ts';
import { splitArguments } from '../../../engine/protocol/index.ts';
import type { ArgumentDoc, CommandDoc } from './command-docs.ts';

/** An argument of the grammar with what the line has given to it. */
interface Node {
  readonly doc: ArgumentDoc;
  parts: Node[];
  /** Some word was taken. */
  begun: boolean;
  tokenTyped: boolean;
  nameTyped: boolean;
  /** Nothing is missing. An argument that repeats is never complete. */
  complete: boolean;
}

const fresh = (doc: ArgumentDoc): Node => ({
  doc, parts: doc.arguments.map(fresh), begun: false, tokenTyped: false, nameTyped: false, complete: false,
});

/** The whole argument list, as `help` prints it. */
export function syntaxOf(args: readonly ArgumentDoc[]): Bytes {
  return list(args.map(fresh), ' ');
}

/** What to show behind `line`, or undefined. */
export function hintFor(line: Bytes, docs: readonly CommandDoc[]): Bytes | undefined {
  const words = splitArguments(line);
  if (words === undefined || words.length === 0) return undefined;
  const endsInBlank = line.endsWith(' ');
  // The word at the cursor is still being typed: it stands for nothing yet.
  if (!endsInBlank) words.pop();
  const doc = longestCommand(words, docs);
  if (doc === undefined) return undefined;
  const typed = words.slice(doc.name.split(' ').length);
  const nodes = doc.arguments.map(fresh);
  if (matchList(nodes, typed, 0) !== typed.length) return undefined;
  const rest = list(nodes, ' ');
  return rest === '' ? undefined : (endsInBlank ? '' : ' ') + rest;
}

function longestCommand(words: readonly Bytes[], docs: readonly CommandDoc[]): CommandDoc | undefined {
  let found: CommandDoc | undefined;
  for (const doc of docs) {
    const name = doc.name.split(' ');
    if (name.length > words.length || (found !== undefined && name.length <= found.name.split(' ').length)) continue;
    if (name.every((word, i) => equalsFolded(words[i] ?? '', fold(word)))) found = doc;
  }
  return found;
}

// --- laying the words against the grammar ------------------------------------------------------

/** Gives words from `at` on to the arguments in order; returns how many were taken. */
function matchList(nodes: readonly Node[], words: readonly Bytes[], at: number): number {
  const start = at;
  for (let i = 0; i < nodes.length && at < words.length; ) {
    const node = nodes[i];
    if (node === undefined) break;
    if (!node.doc.optional) {
      const taken = matchOne(node, words, at);
      if (taken === 0) break;
      // Their time is over: an option that was passed by cannot come any more.
      for (const passed of nodes.slice(0, i)) if (passed.doc.optional) passed.complete = true;
      at += taken;
      i++;
      continue;
    }
    const run = optionsFrom(nodes, i);
    for (let taken = 1; taken > 0 && at < words.length; at += taken) {
      taken = 0;
      for (const option of run) {
        if (!option.begun) taken = matchOne(option, words, at);
        if (taken > 0) break;
      }
    }
    i += run.length;
  }
  return at - start;
}

/** The options that stand next to each other, beginning at `i`. */
function optionsFrom(nodes: readonly Node[], i: number): Node[] {
  let end = i;
  while (nodes[end]?.doc.optional === true) end++;
  return nodes.slice(i, end);
}

/** How many words from `at` on belong to this argument, its repetitions included; 0 when it does not fit. */
function matchOne(node: Node, words: readonly Bytes[], at: number): number {
  let taken = matchTurn(node, words, at, true);
  if (taken === 0) {
    reset(node);
    return 0;
  }
  if (!node.doc.multiple) return taken;
  while (node.complete && at + taken < words.length) {
    const next = fresh(node.doc);
    const more = matchTurn(next, words, at + taken, node.doc.multipleToken);
    if (more === 0) break;
    taken += more;
    Object.assign(node, next, { begun: true, tokenTyped: true });
  }
  node.complete = false;
  return taken;
}

function matchTurn(node: Node, words: readonly Bytes[], at: number, withToken: boolean): number {
  const { doc } = node;
  let taken = 0;
  if (doc.token !== undefined && withToken) {
    if (!equalsFolded(words[at] ?? '', fold(doc.token))) return 0;
    node.tokenTyped = true;
    taken = 1;
    if (doc.type === 'pure-token') node.complete = true;
  }
  if (doc.type !== 'pure-token' && at + taken < words.length) {
    const inside = matchBody(node, words, at + taken);
    if (inside === 0) return 0;
    taken += inside;
  }
  node.begun = taken > 0;
  return taken;
}

function matchBody(node: Node, words: readonly Bytes[], at: number): number {
  const word = words[at] ?? '';
  switch (node.doc.type) {
    case 'block': {
      const taken = matchList(node.parts, words, at);
      node.complete = node.parts.every((part) => part.complete);
      return taken;
    }
    case 'oneof':
      for (const part of node.parts) {
        const taken = matchOne(part, words, at);
        if (taken === 0) continue;
        node.complete = part.complete;
        return taken;
      }
      return 0;
    case 'integer':
    case 'unix-time':
      node.nameTyped = /^[+-]?[0-9]+$/.test(word);
      break;
    case 'double':
      node.nameTyped = parseDouble(word) !== undefined;
      break;
    default:
      node.nameTyped = true;
  }
  node.complete = node.nameTyped;
  return node.nameTyped ? 1 : 0;
}

function reset(node: Node): void {
  Object.assign(node, fresh(node.doc));
}

// --- writing what is left ----------------------------------------------------------------------

function list(nodes: readonly Node[], separator: Bytes): Bytes {
  let out = '';
  // Also an empty piece gets its separator, save at the head of a run of options: so does the real program,
  // and so its hints may end in a blank.
  const add = (piece: Bytes): void => {
    if (out !== '' && !out.endsWith(separator)) out += separator;
    out += piece;
  };
  for (let i = 0; i < nodes.length; ) {
    const run = optionsFrom(nodes, i);
    const wanting = run.find((node) => node.begun && !node.complete);
    if (wanting !== undefined) add(one(wanting));
    run.forEach((node, k) => {
      const piece = node === wanting ? '' : one(node);
      if (k > 0 || piece !== '') add(piece);
    });
    i += run.length;
    const node = nodes[i];
    if (run.length === 0 && node !== undefined) {
      add(one(node));
      i++;
    }
  }
  return out;
}

function one(node: Node): Bytes {
  const { doc } = node;
  if (node.complete) return '';
  let out = '';
  if (doc.token !== undefined && !node.tokenTyped) out += visible(doc.token) + (doc.type === 'pure-token' ? '' : ' ');
  if (doc.type === 'oneof') out += node.begun ? node.parts.filter((part) => part.begun).map(one).join('') : list(node.parts, '|');
  else if (doc.type === 'block') out += list(node.parts, ' ');
  else if (doc.type !== 'pure-token' && !node.nameTyped) out += visible(doc.name);
  if (doc.multiple) out += `${out === '' ? '' : ' '}[${doc.multipleToken ? `${doc.token} ` : ''}${body(doc)} ...]`;
  if (!doc.optional) return out;
  // The real program loses track here: of an option that repeats it closes a bracket that it never opened.
  return `${node.begun ? '' : '['}${out}${node.begun && !doc.multiple ? '' : ']'}`;
}

/** MIGRATE has an empty string for a token. */
function visible(text: Bytes): Bytes {
  return text === '' ? '""' : text;
}

/** An argument without its token and its brackets: what repeats. */
function body(doc: ArgumentDoc): Bytes {
  if (doc.type === 'oneof') return list(doc.arguments.map(fresh), '|');
  if (doc.type === 'block') return list(doc.arguments.map(fresh), ' ');
  return doc.type === 'pure-token' ? '' : doc.name;
}
