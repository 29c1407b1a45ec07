/*
 * What the engine says of its commands. The lab answers from the specs, so the page carries no second list;
 * it is asked once per visit.
 */
import type { Arg } from '../../engine/index.ts';
import type { CommandDoc, LabClient } from '../../lab/protocol.ts';
import { LabSession } from '../lab/session.ts';
import { ONE_SERVER, SERVER } from '../scenarios.ts';

export type { Arg, CommandDoc };

let asked: Promise<readonly CommandDoc[]> | undefined;

/** Every command and subcommand, by name. */
export function commandDocs(client: () => LabClient): Promise<readonly CommandDoc[]> {
  asked ??= ask(client);
  asked.catch(() => { asked = undefined; });
  return asked;
}

async function ask(client: () => LabClient): Promise<readonly CommandDoc[]> {
  const session = new LabSession(client(), 'reference-docs');
  session.open({ scenario: ONE_SERVER });
  try {
    const docs = await session.ask({ about: 'commandDocs', ...SERVER });
    return docs.flatMap((doc) => (doc.subcommands.length === 0 ? [doc] : [doc, ...doc.subcommands]));
  } finally {
    session.close();
  }
}

/** The address of a command's page: 'CONFIG GET' → '/reference/CONFIG-GET'. */
export function commandHref(name: string): string {
  return `/reference/${name.toUpperCase().replaceAll(' ', '-')}`;
}

const NEAR = 6;
const STEM = 3;

/**
 * Names that somebody may have meant who wrote `name`: those a slip or two away, the nearest first, then those that
 * begin alike, the longest likeness first.
 */
export function namesLike(name: string, names: readonly string[]): string[] {
  // A slip in every third letter is still a slip; more, and it is another word.
  const allowed = Math.min(2, Math.floor(name.length / 3));
  const slipped = names.map((other) => ({ other, by: slips(name, other) })).filter(({ by }) => by <= allowed).sort((a, b) => a.by - b.by).map(({ other }) => other);
  const alike = (other: string): number => {
    let at = 0;
    while (at < name.length && name[at] === other[at]) at++;
    return at;
  };
  const far = (other: string): number => Math.abs(other.length - name.length) - 2 * alike(other);
  const begun = names.filter((other) => alike(other) >= Math.min(STEM, name.length)).sort((a, b) => far(a) - far(b));
  return [...new Set([...slipped, ...begun])].slice(0, NEAR);
}

/** Letters left out, added, taken for another or swapped with the next one on the way from one word to another. */
function slips(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[to.length] ?? 0;
}

/** One piece of a syntax line. */
export interface SyntaxPiece {
  kind: 'command' | 'token' | 'argument' | 'sign';
  text: string;
}

/** The syntax line from the declared arguments: SET key value [NX | XX] … */
export function syntaxOf(doc: CommandDoc): SyntaxPiece[] {
  const pieces: SyntaxPiece[] = [{ kind: 'command', text: doc.name }];
  if (doc.subcommands.length > 0) return [...pieces, { kind: 'argument', text: 'subcommand' }, { kind: 'sign', text: '[' }, { kind: 'argument', text: 'argument …' }, { kind: 'sign', text: ']' }];
  for (const arg of doc.args) pieces.push(...argument(arg));
  return pieces;
}

function argument(arg: Arg): SyntaxPiece[] {
  const inner = body(arg);
  const token: SyntaxPiece[] = arg.token !== undefined && arg.type !== 'pure-token' ? [{ kind: 'token', text: arg.token === '' ? '""' : arg.token }] : [];
  const sign = (text: string): SyntaxPiece => ({ kind: 'sign', text });
  let out: SyntaxPiece[] = [...token, ...inner];
  if (arg.multiple === true) out = [...out, sign('['), ...(arg.multipleToken === true ? token : []), ...inner, sign('…'), sign(']')];
  return arg.optional === true ? [sign('['), ...out, sign(']')] : out;
}

function body(arg: Arg): SyntaxPiece[] {
  if (arg.type === 'pure-token') return [{ kind: 'token', text: arg.token ?? arg.name.toUpperCase() }];
  if (arg.type === 'oneof') {
    const choices = (arg.args ?? []).flatMap((choice, i): SyntaxPiece[] => [...(i === 0 ? [] : [{ kind: 'sign' as const, text: '|' }]), ...argument({ ...choice, optional: false })]);
    return arg.optional === true ? choices : [{ kind: 'sign', text: '<' }, ...choices, { kind: 'sign', text: '>' }];
  }
  if (arg.type === 'block') return (arg.args ?? []).flatMap(argument);
  return [{ kind: 'argument', text: arg.displayText ?? arg.name }];
}
