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
