/*
 * redis-cli's own help
 * --------------------
 * `help`, `help @group`, `help COMMAND`, and what Tab completes. The layout is redis-cli's; what is said
 * about a command comes from the server.
 */
import { type Bytes, equalsFolded, fold } from '../../../engine/index.ts';
import { type CommandDoc, groupsOf } from './command-docs.ts';
import { syntaxOf } from './hints.ts';

const BOLD = '\x1b[1m';
const YELLOW = '\x1b[33m';
const GREY = '\x1b[90m';
const PLAIN = '\x1b[0m';

/** `help` without a topic. */
export function helpIntroduction(version: Bytes): Bytes {
  return `redis-cli ${version}
To get help about Redis commands type:
      "help @<group>" to get a list of commands in <group>
      "help <command>" for help on <command>
      "help <tab>" to get a list of possible help topics
      "quit" to exit

To set redis-cli preferences:
      ":set hints" enable online hints
      ":set nohints" disable online hints
Set your preferences in ~/.redisclirc
`;
}

/** Help on the words after `help`: a group (`@string`), a command, or all commands of a container. */
export function helpOn(topic: readonly Bytes[], docs: readonly CommandDoc[]): Bytes {
  const first = topic[0] ?? '';
  let out = '\r\n';
  if (topic.length === 1 && first.startsWith('@')) {
    const group = fold(first.slice(1));
    for (const doc of docs) if (doc.group === group) out += `${entry(doc, false)}\r\n`;
    return out;
  }
  for (const doc of docs) {
    const name = doc.name.split(' ');
    const named = topic.length <= name.length && topic.every((word, i) => equalsFolded(word, fold(name[i] ?? '')));
    if (named) out += `${entry(doc, true)}\r\n`;
  }
  return out;
}

function entry(doc: CommandDoc, withGroup: boolean): Bytes {
  const line = (label: string, text: Bytes): Bytes => `  ${YELLOW}${label}:${PLAIN} ${text}\r\n`;
  return (
    `  ${BOLD}${doc.name}${PLAIN} ${GREY}${syntaxOf(doc.arguments)}${PLAIN}\r\n` +
    line('summary', doc.summary) + line('since', doc.since) + (withGroup ? line('group', doc.group) : '')
  );
}

/** What Tab makes of the text before the cursor: whole lines, in the order in which they are offered. */
export function completionsOf(before: Bytes, docs: readonly CommandDoc[]): Bytes[] {
  const isHelp = fold(before).startsWith('help ');
  const skip = isHelp ? /^help */i.exec(before)?.[0].length ?? 0 : 0;
  const typed = fold(before.slice(skip));
  const topics = isHelp ? [...groupsOf(docs).map((group) => `@${group}`), ...docs.map((doc) => doc.name)] : docs.map((doc) => doc.name);
  return topics.filter((topic) => fold(topic).startsWith(typed)).map((topic) => before.slice(0, skip) + topic);
}
