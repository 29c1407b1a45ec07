/*
 * A selector: which commands, keys and channels
 * ---------------------------------------------
 * A user has one set of permissions that every plain rule changes (the root selector) and any number of
 * further ones in brackets; a request passes when a single selector allows all of it.
 *
 * Rules apply in order, and the last word counts: `+@all -@dangerous +keys`. What is kept is the outcome
 * (which commands are allowed) and, beside it, the rules that led there since the last `+@all` or `-@all`,
 * which is how the selector is shown and written to files. A later rule for the same command or category
 * removes the earlier one from that list; one for a container removes those for its subcommands.
 */
import { cText, equalsFolded, fold, isSpace, own, type Bytes } from '../bytes.ts';
import type { Command, CommandTable, KeyFlag } from '../command.ts';
import { lookupByFullName } from '../commands/server/facts.ts';
import { globMatch } from '../glob.ts';
import { aclCategories, categoryNamed } from './categories.ts';

/** What rules rest on besides the user they change. */
export interface AclSetting {
  /** The commands by the names they were born with: `rename-command` does not count here. */
  readonly commands: CommandTable;
  /** Whether a new selector allows all channels (acl-pubsub-default). */
  readonly allChannels: boolean;
  /** A rule that still works, and one day may not. */
  deprecated(rule: Bytes): void;
}

/** Texts for rules that cannot be applied. */
export const UNKNOWN_COMMAND = 'Unknown command or category name in ACL';
export const RULE_SYNTAX = 'Syntax error';
const AFTER_ALL_KEYS =
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
const AFTER_ALL_CHANNELS =
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels";
const FIRST_WORD_OF_SUBCOMMAND = 'Allowing first-arg of a subcommand is not supported';

interface KeyPattern {
  readonly pattern: Bytes;
  read: boolean;
  write: boolean;
}

/** Names and patterns are shown in lists that blanks divide. */
export function hasBlanks(bytes: Bytes): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) === 0 || isSpace(bytes.charCodeAt(i))) return true;
  return false;
}

/** Patterns of channels are compared up to a zero byte. */
export const sameCText = (a: Bytes, b: Bytes): boolean => cText(a) === cText(b);

export class Selector {
  allKeys = false;
  allChannels: boolean;
  private keys: KeyPattern[] = [];
  channels: Bytes[] = [];
  /** Whether commands that no rule has named are allowed, those of the future included. */
  private rest = false;
  /** The commands for which it is the other way. */
  private readonly exceptions = new Set<Command>();
  /** Commands that are allowed only with one of these first words (`+select|0`). */
  private readonly firstWords = new Map<Command, readonly Bytes[]>();
  /** As shown: `+get`, `-@dangerous`. */
  private rules: Bytes[] = [];

  constructor(allChannels: boolean) {
    this.allChannels = allChannels;
  }

  /** Allows everything. */
  static ofAll(): Selector {
    const all = new Selector(true);
    all.allKeys = true;
    all.rest = true;
    return all;
  }

  copy(): Selector {
    const copy = new Selector(this.allChannels);
    copy.allKeys = this.allKeys;
    copy.keys = this.keys.map((each) => ({ ...each }));
    copy.channels = [...this.channels];
    copy.rest = this.rest;
    for (const each of this.exceptions) copy.exceptions.add(each);
    for (const [command, words] of this.firstWords) copy.firstWords.set(command, words);
    copy.rules = [...this.rules];
    return copy;
  }

  // --- rules ---------------------------------------------------------------------------------

  /** Applies one rule; what is wrong with it, when it is wrong. */
  apply(rule: Bytes, setting: AclSetting): Bytes | undefined {
    const word = fold(cText(rule));
    if (word === 'allkeys' || word === '~*') {
      this.allKeys = true;
      this.keys = [];
    } else if (word === 'resetkeys') {
      this.allKeys = false;
      this.keys = [];
    } else if (word === 'allchannels' || word === '&*') {
      this.allChannels = true;
      this.channels = [];
    } else if (word === 'resetchannels') {
      this.allChannels = false;
      this.channels = [];
    } else if (word === 'allcommands' || word === '+@all') this.startFrom(true);
    else if (word === 'nocommands' || word === '-@all') this.startFrom(false);
    else if (rule.startsWith('~') || rule.startsWith('%')) return this.addKeyPattern(rule);
    else if (rule.startsWith('&')) return this.addChannel(rule.slice(1));
    else if (word.startsWith('+') || word.startsWith('-')) return this.applyCommandRule(word.startsWith('+'), word.slice(1), setting);
    else return RULE_SYNTAX;
    return undefined;
  }

  private startFrom(rest: boolean): void {
    this.rest = rest;
    this.exceptions.clear();
    this.firstWords.clear();
    this.rules = [];
  }

  /** `~pattern`, or `%R~`, `%W~`, `%RW~`. */
  private addKeyPattern(rule: Bytes): Bytes | undefined {
    if (this.allKeys) return AFTER_ALL_KEYS;
    let read = rule.startsWith('~');
    let write = read;
    let at = 1;
    for (; !rule.startsWith('~') && at < rule.length; at++) {
      const letter = fold(rule.charAt(at));
      if (letter === 'r' && !read) read = true;
      else if (letter === 'w' && !write) write = true;
      else if (letter === '~' && (read || write)) {
        at++;
        break;
      } else return RULE_SYNTAX;
    }
    if (!read && !write) return RULE_SYNTAX;
    const pattern = rule.slice(at);
    if (hasBlanks(pattern)) return RULE_SYNTAX;
    const known = this.keys.find((each) => each.pattern === pattern);
    if (known === undefined) this.keys.push({ pattern: own(pattern), read, write });
    else {
      known.read ||= read;
      known.write ||= write;
    }
    return undefined;
  }

  private addChannel(pattern: Bytes): Bytes | undefined {
    if (this.allChannels) return AFTER_ALL_CHANNELS;
    if (hasBlanks(pattern)) return RULE_SYNTAX;
    if (!this.channels.includes(pattern)) this.channels.push(own(pattern));
    return undefined;
  }

  private applyCommandRule(allows: boolean, name: Bytes, setting: AclSetting): Bytes | undefined {
    const { commands } = setting;
    if (name.startsWith('@')) {
      const category = categoryNamed(name.slice(1));
      if (category === undefined) return UNKNOWN_COMMAND;
      this.note(allows, name);
      for (const each of commands.all()) {
        if (aclCategories(each).includes(category)) this.allow(each, allows);
        for (const sub of each.subcommands?.values() ?? []) if (aclCategories(sub).includes(category)) this.allow(sub, allows);
      }
      return undefined;
    }
    const bar = name.lastIndexOf('|');
    if (!allows || bar === -1) {
      const command = lookupByFullName(commands, name);
      if (command === undefined) return UNKNOWN_COMMAND;
      this.allow(command, allows);
      this.note(allows, command.fullName);
      return undefined;
    }
    const first = lookupByFullName(commands, name.slice(0, bar));
    if (first === undefined) return UNKNOWN_COMMAND;
    if (first.parent !== undefined) return FIRST_WORD_OF_SUBCOMMAND;
    const second = name.slice(bar + 1);
    if (second === '') return RULE_SYNTAX;
    if (first.subcommands !== undefined) {
      const sub = first.subcommands.get(second);
      if (sub === undefined) return UNKNOWN_COMMAND;
      this.allow(sub, true);
    } else {
      setting.deprecated(`+${name}`);
      const words = this.firstWords.get(first) ?? [];
      if (!words.includes(second)) this.firstWords.set(first, [...words, own(second)]);
    }
    this.note(true, name);
    return undefined;
  }

  /** A container takes its subcommands with it. */
  private allow(command: Command, allows: boolean): void {
    if (allows === this.rest) this.exceptions.delete(command);
    else this.exceptions.add(command);
    this.firstWords.delete(command);
    for (const sub of command.subcommands?.values() ?? []) this.allow(sub, allows);
  }

  /** Keeps the rule for showing; earlier rules that it outdoes go. */
  private note(allows: boolean, name: Bytes): void {
    this.rules = this.rules.filter((each) => each.slice(1) !== name && !each.startsWith(`${name}|`, 1));
    this.rules.push(own(`${allows ? '+' : '-'}${name}`));
  }

  // --- questions -----------------------------------------------------------------------------

  /** Nothing is refused: what most servers' only user may do. */
  get allowsAll(): boolean {
    return this.allKeys && this.allChannels && this.rest && this.exceptions.size === 0;
  }

  allowsCommand(command: Command, argv: readonly Bytes[]): boolean {
    // Whoever is outside must be able to come in.
    if (command.flags.has('no_auth') || this.rest !== this.exceptions.has(command)) return true;
    const first = argv[1];
    return first !== undefined && (this.firstWords.get(command)?.some((each) => equalsFolded(first, each)) ?? false);
  }

  /** Whether what the flags say may be done with the key. A key that is only named (EXISTS) needs any pattern. */
  allowsKey(key: Bytes, flags: readonly KeyFlag[]): boolean {
    if (this.allKeys) return true;
    const reads = flags.includes('access');
    const writes = flags.includes('insert') || flags.includes('delete') || flags.includes('update');
    return this.keys.some((each) => (each.read || !reads) && (each.write || !writes) && globMatch(each.pattern, key));
  }

  /** Whether every key may be read: SORT's BY and GET look at keys that nobody has named. */
  get readsAllKeys(): boolean {
    return this.allKeys || this.keys.some((each) => each.pattern === '*' && each.read);
  }

  /** A pattern that is subscribed must be listed as it stands; a channel must match one that is listed. */
  allowsChannel(channel: Bytes, isPattern: boolean): boolean {
    return this.allChannels || this.channels.some((each) => (isPattern ? sameCText(each, channel) : globMatch(each, channel)));
  }

  // --- as shown --------------------------------------------------------------------------------

  get shownKeys(): Bytes {
    return this.allKeys ? '~*' : this.keys.map((each) => `${each.read && each.write ? '' : each.write ? '%W' : '%R'}~${each.pattern}`).join(' ');
  }

  get shownChannels(): Bytes {
    return this.allChannels ? '&*' : this.channels.map((each) => `&${each}`).join(' ');
  }

  get shownCommands(): Bytes {
    return [this.rest ? '+@all' : '-@all', ...this.rules].join(' ');
  }

  describe(): Bytes {
    const channels = this.allChannels ? '&*' : ['resetchannels', ...this.channels.map((each) => `&${each}`)].join(' ');
    return `${this.shownKeys === '' ? '' : `${this.shownKeys} `}${channels} ${this.shownCommands}`;
  }
}
