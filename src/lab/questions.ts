/*
 * Questions about the state
 * -------------------------
 * Answers for the key browser, the reference pages and the files panel. Everything is read through the
 * engine's inspector or from the disk; nothing here runs a command on a server. The shapes of the answers
 * stand in protocol.ts (`Answers`).
 */
import { commandTable, isDiskError } from '../engine/index.ts';
import type { Command } from '../engine/index.ts';
import { inspect } from '../engine/inspect/index.ts';
import { HOME, resolvePath } from '../simulation/index.ts';
import type { History } from './history.ts';
import type { Answers, CommandDoc, Question } from './protocol.ts';
import type { Session } from './session.ts';
import { worldAnswer } from './world-questions.ts';

const MAX_KEYS = 1000;
const MAX_VALUE_BYTES = 1_048_576;
const MAX_FILE_BYTES = 4_194_304;
const MAX_FILES = 2000;

/** What the lab has besides its session. */
export interface Asked {
  readonly session: Session;
  readonly history: History;
  transcript(tty: string): string | undefined;
  /** Writes a file as an input of the recording; says what went wrong. */
  writeFile(host: string, path: string, content: string): string | undefined;
}

export type Answer = { readonly value: unknown } | { readonly problem: string };

/** The answer, or why there is none, as a sentence. */
export function answer(question: Question, asked: Asked): Answer {
  const { session } = asked;
  switch (question.about) {
    case 'recording':
      return { value: session.recording() satisfies Answers['recording'] };
    case 'log':
      return { value: asked.history.logSince(question.since, Math.min(question.limit, MAX_KEYS)) satisfies Answers['log'] };
    case 'transcript': {
      const text = asked.transcript(question.tty);
      return text === undefined ? { problem: `There is no terminal ${question.tty}.` } : { value: text satisfies Answers['transcript'] };
    }
    case 'commandDocs':
      return { value: commandDocs() satisfies Answers['commandDocs'] };
    case 'hosts':
    case 'links':
    case 'inFlight':
    case 'pending':
    case 'events':
    case 'why':
    case 'faults':
    case 'goals':
      return worldAnswer(question, session.simulation);
    case 'files':
    case 'file':
    case 'writeFile':
      return fileAnswer(question, asked);
    default:
      return serverAnswer(question, session);
  }
}

function serverAnswer(question: Extract<Question, { about: 'keys' | 'key' | 'databases' }>, session: Session): Answer {
  const server = session.serverAt(question.host, question.port);
  if (server === undefined) return { problem: `No Redis server runs on ${question.host}:${question.port}.` };
  const inspector = inspect(server);
  if (question.about === 'databases') {
    return { value: inspector.databases().map((view) => ({ ...view, db: view.id })) satisfies Answers['databases'] };
  }
  if (server.databases[question.db] === undefined) return { problem: `There is no database ${question.db}; this server has ${server.databases.length}.` };
  if (question.about === 'keys') {
    const page = inspector.keys(question.db, { pattern: question.pattern, limit: Math.min(question.limit, MAX_KEYS) });
    return { value: { ...page, keys: page.keys.map((key) => ({ ...key, sizeBytes: key.memoryBytes })) } satisfies Answers['keys'] };
  }
  return { value: (inspector.key(question.db, question.key, Math.min(question.limit, MAX_VALUE_BYTES)) ?? null) satisfies Answers['key'] };
}

function fileAnswer(question: Extract<Question, { about: 'files' | 'file' | 'writeFile' }>, asked: Asked): Answer {
  const host = asked.session.simulation.host(question.host);
  if (host === undefined) return { problem: `There is no host ${question.host}.` };
  const path = resolvePath(HOME, question.path);
  if (question.about === 'writeFile') {
    const problem = asked.writeFile(question.host, path, question.content);
    return problem === undefined ? { value: true satisfies Answers['writeFile'] } : { problem: `${path}: ${problem}` };
  }
  if (question.about === 'file') {
    const content = host.disk.read(path);
    if (isDiskError(content)) return { problem: `${path}: ${content.message}` };
    return { value: { path, content: content.slice(0, question.limit ?? MAX_FILE_BYTES), sizeBytes: content.length } satisfies Answers['file'] };
  }
  const names = host.disk.list(path);
  if (isDiskError(names)) return { problem: `${path}: ${names.message}` };
  const files: Answers['files']['files'] = names.slice(0, MAX_FILES).flatMap((name) => {
    const stat = host.disk.stat(`${path === '/' ? '' : path}/${name}`);
    return isDiskError(stat) ? [] : [{ name, ...stat }];
  });
  return { value: { path, files } satisfies Answers['files'] };
}

let docs: CommandDoc[] | undefined;

/** Every command of the engine as plain data: specs without their handlers. Made once; it never changes. */
function commandDocs(): CommandDoc[] {
  docs ??= [...commandTable.all()].map(docOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  return docs;
}

function docOf(command: Command): CommandDoc {
  const { spec } = command;
  return {
    name: command.fullName.toUpperCase().replace('|', ' '),
    group: spec.group,
    since: spec.since,
    summary: spec.summary,
    complexity: spec.complexity ?? '',
    arity: spec.arity,
    flags: [...(spec.flags ?? [])],
    args: [...(spec.args ?? [])],
    history: (spec.history ?? []).map(([version, change]) => ({ version, change })),
    replies: [...(spec.replies ?? [])],
    examples: [...(spec.examples ?? [])],
    differs: spec.differs ?? '',
    deprecated: spec.deprecated ?? null,
    subcommands: [...(command.subcommands?.values() ?? [])].map(docOf),
  };
}
