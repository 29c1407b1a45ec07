/*
 * What redis-cli knows of commands
 * --------------------------------
 * At its start redis-cli asks the server (COMMAND DOCS), so that help, hints and completion speak of
 * the commands which that server has. Without a server, or when it will not tell, it falls back on the
 * command table that it was built with.
 */
import { type Arg, type Bytes, type Command, commandTable, fold, upper } from '../../../engine/index.ts';
import type { ReceivedReply } from '../../../engine/protocol/index.ts';

/** One argument of the grammar, as hints need it. */
export interface ArgumentDoc {
  readonly name: Bytes;
  readonly type: Bytes;
  readonly token: Bytes | undefined;
  readonly optional: boolean;
  readonly multiple: boolean;
  readonly multipleToken: boolean;
  readonly arguments: readonly ArgumentDoc[];
}

export interface CommandDoc {
  /** Upper case, with a blank before the subcommand: `CONFIG GET`. */
  readonly name: Bytes;
  readonly group: Bytes;
  readonly summary: Bytes;
  readonly since: Bytes;
  readonly arguments: readonly ArgumentDoc[];
}

/** The commands of a COMMAND DOCS reply, sorted by name; undefined when the server did not tell. */
export function docsFromReply(reply: ReceivedReply): CommandDoc[] | undefined {
  const commands = fieldsOf(reply);
  if (commands === undefined) return undefined;
  const docs: CommandDoc[] = [];
  for (const [name, fields] of commands) collect(name, fields, docs);
  return sorted(docs);
}

/** The commands that redis-cli was built with. */
export function docsBuiltIn(): CommandDoc[] {
  const docs: CommandDoc[] = [];
  const add = ({ spec, subcommands }: Command, prefix: Bytes): void => {
    const name = prefix + upper(spec.name);
    docs.push({ name, group: spec.group, summary: spec.summary, since: spec.since, arguments: (spec.args ?? []).map(argumentFromSpec) });
    for (const sub of subcommands?.values() ?? []) add(sub, `${name} `);
  };
  for (const command of commandTable.all()) add(command, '');
  return sorted(docs);
}

/** The groups that occur, sorted. */
export function groupsOf(docs: readonly CommandDoc[]): Bytes[] {
  return [...new Set(docs.map((doc) => doc.group))].sort();
}

function sorted(docs: CommandDoc[]): CommandDoc[] {
  return docs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function collect(name: Bytes, reply: ReceivedReply, docs: CommandDoc[]): void {
  const fields = fieldsOf(reply) ?? new Map<Bytes, ReceivedReply>();
  docs.push({
    name: upper(name.replaceAll('|', ' ')),
    group: textOf(fields.get('group')),
    summary: textOf(fields.get('summary')),
    since: textOf(fields.get('since')),
    arguments: itemsOf(fields.get('arguments')).map(argumentFromReply),
  });
  const subcommands = fields.get('subcommands');
  for (const [subname, sub] of (subcommands && fieldsOf(subcommands)) ?? []) collect(subname, sub, docs);
}

function argumentFromReply(reply: ReceivedReply): ArgumentDoc {
  const fields = fieldsOf(reply) ?? new Map<Bytes, ReceivedReply>();
  const flags = itemsOf(fields.get('flags')).map((flag) => fold(textOf(flag)));
  const token = fields.get('token');
  return {
    name: textOf(fields.get('display_text') ?? fields.get('name')),
    type: textOf(fields.get('type')),
    token: token && textOf(token),
    optional: flags.includes('optional'),
    multiple: flags.includes('multiple'),
    multipleToken: flags.includes('multiple_token'),
    arguments: itemsOf(fields.get('arguments')).map(argumentFromReply),
  };
}

function argumentFromSpec(arg: Arg): ArgumentDoc {
  return {
    name: arg.displayText ?? arg.name,
    type: arg.type,
    token: arg.token,
    optional: arg.optional ?? false,
    multiple: arg.multiple ?? false,
    multipleToken: arg.multipleToken ?? false,
    arguments: (arg.args ?? []).map(argumentFromSpec),
  };
}

/** The pairs of a map, or of the flat array that stands for one in RESP2. */
function fieldsOf(reply: ReceivedReply): Map<Bytes, ReceivedReply> | undefined {
  if (reply.type === 'map') return new Map(reply.pairs.map(([key, value]) => [textOf(key), value]));
  if (reply.type !== 'array') return undefined;
  const fields = new Map<Bytes, ReceivedReply>();
  for (let i = 0; i + 1 < reply.items.length; i += 2) {
    const value = reply.items[i + 1];
    if (value !== undefined) fields.set(textOf(reply.items[i]), value);
  }
  return fields;
}

function itemsOf(reply: ReceivedReply | undefined): readonly ReceivedReply[] {
  return reply?.type === 'array' || reply?.type === 'set' ? reply.items : [];
}

function textOf(reply: ReceivedReply | undefined): Bytes {
  return reply?.type === 'bulk' || reply?.type === 'status' || reply?.type === 'verbatim' ? reply.text : '';
}
