/*
 * Users in files
 * --------------
 * A line is `user <name> <rule> …`, in redis.conf among the directives or alone in the file that `aclfile`
 * names. That file knows neither comments nor quotes: a single blank ends a word, so a second one in a row makes an empty rule,
 * which means nothing. All lines are looked at, and everything that is wrong is told at once.
 */
import { cText, trim, type Bytes } from '../bytes.ts';
import type { DiskError } from '../env.ts';
import { hasBlanks, UNKNOWN_COMMAND, type AclSetting } from './selector.ts';
import { joinSelectors, User } from './user.ts';

/** A user as a file declares him. */
export interface DeclaredUser {
  readonly name: Bytes;
  readonly rules: readonly Bytes[];
}

/**
 * A `user` line of redis.conf; what is wrong with it as a text. A command that nobody knows is let pass here,
 * since a module may bring it: `usersDeclared` is where it must be known.
 */
export function readUserLine(words: readonly Bytes[], known: readonly DeclaredUser[], setting: AclSetting): DeclaredUser | Bytes {
  const wrong = (word: Bytes, problem: Bytes) => `Error in user declaration '${cText(word)}': ${problem}`;
  const [keyword, name, ...rest] = words as readonly [Bytes, Bytes, ...Bytes[]];
  if (known.some((each) => each.name === name)) return wrong(name, 'Duplicate user found. A user can only be defined once in config files');
  const joined = joinSelectors(rest);
  if ('unclosed' in joined) return wrong(keyword, 'Wrong format');
  const trial = new User(name, setting.allChannels);
  for (const [index, rule] of joined.rules.entries()) {
    const problem = trial.apply(rule, setting);
    // A habit of the real server: it shows the word two places before the wrong one.
    if (problem !== undefined && problem !== UNKNOWN_COMMAND) return wrong(words[index] ?? '', problem);
  }
  return { name, rules: joined.rules };
}

/** The users that redis.conf declares. `warn` hears of users who are off; the log's line when one cannot be made. */
export function usersDeclared(declared: readonly DeclaredUser[], setting: AclSetting, warn: (text: Bytes) => void): readonly User[] | Bytes {
  const users: User[] = [];
  for (const { name, rules } of declared) {
    if (hasBlanks(name)) return 'Spaces not allowed in ACL usernames';
    const user = new User(name, setting.allChannels);
    for (const rule of rules) {
      const problem = user.apply(rule, setting);
      if (problem !== undefined) return `Error loading ACL rule '${rule}' for the user named '${name}': ${problem}`;
    }
    if (!user.enabled) warn(`The user '${name}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.`);
    users.push(user);
  }
  return users;
}

/** The users of an ACL file, or all that is wrong with it. `path` is shown as it is configured. */
export function readAclFile(content: Bytes, path: Bytes, setting: AclSetting): readonly User[] | Bytes {
  const users = new Map<Bytes, User>();
  let errors = '';
  for (const [index, raw] of content.split('\n').entries()) {
    const line = trim(raw, ' \t\r\n');
    if (line === '') continue;
    const place = `${path}:${index + 1}`;
    const [keyword, name, ...words] = line.split(' ');
    if (keyword !== 'user' || name === undefined) errors += `${place} should start with user keyword followed by the username. `;
    else if (hasBlanks(name)) errors += `'${place}: username '${name}' contains invalid characters. `;
    else if (users.has(name)) errors += `WARNING: Duplicate user '${name}' found on line ${index + 1}. `;
    else {
      const user = new User(name, setting.allChannels);
      users.set(name, user);
      errors += applyLine(user, words, place, setting);
    }
  }
  return errors === '' ? [...users.values()] : `${errors}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`;
}

/**
 * What is wrong with the rules of a line, or ''. Names of commands that do not exist are all told, and of other
 * problems the first: those behind it may follow from it.
 */
function applyLine(user: User, words: readonly Bytes[], place: Bytes, setting: AclSetting): Bytes {
  const joined = joinSelectors(words);
  if ('unclosed' in joined) return `${place}: Unmatched parenthesis in selector definition.`;
  let errors = '';
  let isDoubtful = false;
  for (const word of joined.rules) {
    const rule = trim(word, '\t\r\n');
    const problem = user.apply(rule, setting);
    // A rule may hold a password, so it is shown only where it names a command.
    if (problem === UNKNOWN_COMMAND) errors += `${place}: Error in applying operation '${rule}': ${problem}. `;
    else if (problem !== undefined && !isDoubtful) {
      errors += `${place}: ${problem}. `;
      isDoubtful = true;
    }
  }
  return errors;
}

export function cannotOpenAclFile(path: Bytes, why: DiskError): Bytes {
  return `Error loading ACLs, opening file '${path}': ${why.message}`;
}

/** The text of an ACL file with these users. */
export function aclFile(users: readonly User[]): Bytes {
  return users.map((each) => `user ${each.name} ${each.describe()}\n`).join('');
}
