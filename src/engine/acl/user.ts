/*
 * A user
 * ------
 * Whether he may come in (on or off, passwords or nopass), and what he may do then: selectors, the root one
 * first. Rules are words: those about the user himself stand here, the others go to the root selector.
 * Passwords are kept as their SHA-256, in hex.
 */
import { cText, fold, own, type Bytes } from '../bytes.ts';
import { splitArguments } from '../protocol/split-arguments.ts';
import { hex } from '../sha1.ts';
import { sha256 } from '../sha256.ts';
import { Selector, type AclSetting } from './selector.ts';

const NO_SUCH_PASSWORD = 'The password you are trying to remove from the user does not exist';
const BAD_HASH = 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';

export class User {
  readonly name: Bytes;
  enabled = false;
  nopass = false;
  /** Whether RESTORE looks closely at this user's payloads. */
  sanitizesPayload = true;
  passwords: Bytes[] = [];
  /** The root selector first. */
  selectors: Selector[];

  constructor(name: Bytes, allChannels: boolean) {
    this.name = name;
    this.selectors = [new Selector(allChannels)];
  }

  /** Everything but the name. */
  become(other: User): void {
    this.enabled = other.enabled;
    this.nopass = other.nopass;
    this.sanitizesPayload = other.sanitizesPayload;
    this.passwords = [...other.passwords];
    this.selectors = other.selectors.map((each) => each.copy());
  }

  copy(): User {
    const copy = new User(this.name, false);
    copy.become(this);
    return copy;
  }

  get root(): Selector {
    return this.selectors[0] as Selector;
  }

  /** Anybody may come in under this name without a word. */
  get isOpen(): boolean {
    return this.enabled && this.nopass;
  }

  get allowsAll(): boolean {
    return this.root.allowsAll || this.selectors.some((each) => each.allowsAll);
  }

  hasPassword(password: Bytes): boolean {
    const hash = hex(sha256(password));
    // Every one is compared, each in a time that does not tell how much of it was right.
    let found = false;
    for (const each of this.passwords) found = sameBytes(each, hash) || found;
    return found;
  }

  /** Applies one rule; what is wrong with it, when it is wrong. */
  apply(rule: Bytes, setting: AclSetting): Bytes | undefined {
    if (rule === '') return undefined;
    switch (fold(cText(rule))) {
      case 'on':
        this.enabled = true;
        return undefined;
      case 'off':
        this.enabled = false;
        return undefined;
      case 'nopass':
        this.nopass = true;
        this.passwords = [];
        return undefined;
      case 'resetpass':
        this.nopass = false;
        this.passwords = [];
        return undefined;
      case 'sanitize-payload':
        this.sanitizesPayload = true;
        return undefined;
      case 'skip-sanitize-payload':
        this.sanitizesPayload = false;
        return undefined;
      case 'clearselectors':
        this.selectors = [this.root];
        return undefined;
      case 'reset':
        this.become(new User(this.name, setting.allChannels));
        return undefined;
    }
    if (/^[>#<!]/.test(rule)) return this.changePasswords(rule);
    if (rule.startsWith('(') && rule.endsWith(')')) {
      const selector = new Selector(setting.allChannels);
      // Quotes that do not close leave nothing, and that is no error.
      for (const each of splitArguments(rule.slice(1, -1)) ?? []) {
        const problem = selector.apply(each, setting);
        if (problem !== undefined) return problem;
      }
      this.selectors.push(selector);
      return undefined;
    }
    return this.root.apply(rule, setting);
  }

  /** `>` adds a password and `<` takes one away; `#` and `!` name it by its hash. */
  private changePasswords(rule: Bytes): Bytes | undefined {
    const sign = rule.charAt(0);
    const isHash = sign === '#' || sign === '!';
    if (isHash && !/^.[0-9a-f]{64}$/.test(rule)) return BAD_HASH;
    const hash = isHash ? own(rule.slice(1)) : hex(sha256(rule.slice(1)));
    const at = this.passwords.indexOf(hash);
    if (sign === '>' || sign === '#') {
      if (at === -1) this.passwords.push(hash);
      this.nopass = false;
    } else if (at === -1) return NO_SUCH_PASSWORD;
    else this.passwords.splice(at, 1);
    return undefined;
  }

  /** The flags as ACL GETUSER lists them. */
  get flags(): Bytes[] {
    return [this.enabled ? 'on' : 'off', ...(this.nopass ? ['nopass'] : []), this.sanitizesPayload ? 'sanitize-payload' : 'skip-sanitize-payload'];
  }

  /** The rules that make this user, as ACL LIST and files have them. */
  describe(): Bytes {
    const [root, ...others] = this.selectors;
    return [...this.flags, ...this.passwords.map((each) => `#${each}`), root?.describe() ?? '', ...others.map((each) => `(${each.describe()})`)].join(' ');
  }
}

/** What the default user is before anybody has changed it: open, and free to do everything. */
export function openUser(name: Bytes): User {
  const user = new User(name, true);
  user.enabled = true;
  user.nopass = true;
  user.selectors = [Selector.ofAll()];
  return user;
}

function sameBytes(a: Bytes, b: Bytes): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length));
  return different === 0;
}

/**
 * Puts selectors together that blanks have cut into several words: from one that begins with `(` to one that
 * ends with `)`. The word with which an unclosed one begins, when there is one.
 */
export function joinSelectors(words: readonly Bytes[]): { readonly rules: readonly Bytes[] } | { readonly unclosed: Bytes } {
  const rules: Bytes[] = [];
  for (let i = 0; i < words.length; i++) {
    let rule = words[i] as Bytes;
    if (rule.startsWith('(') && !rule.endsWith(')')) {
      const first = rule;
      for (let last = rule; !last.endsWith(')'); rule += ` ${cText(last)}`) {
        const next = words[++i];
        if (next === undefined) return { unclosed: first };
        last = next;
      }
    }
    rules.push(rule);
  }
  return { rules };
}
