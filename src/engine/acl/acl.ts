/*
 * The users of a server
 * ---------------------
 * There is always a user called default: every connection begins as him, and without a password it stays so.
 * `requirepass` is his password under its old name; it speaks when it is set, and what rules do to him later
 * holds. A change is first made to a copy, so that a wrong rule leaves a user as he was.
 */
import { cText, compare, own, type Bytes } from '../bytes.ts';
import type { CommandTable } from '../command.ts';
import type { Config } from '../config/config.ts';
import { AclLog } from './log.ts';
import type { AclSetting } from './selector.ts';
import { joinSelectors, openUser, User } from './user.ts';

export const DEFAULT_USER = 'default';

export class Acl {
  readonly defaultUser = openUser(DEFAULT_USER);
  readonly log = new AclLog();
  readonly setting: AclSetting;
  private users = new Map<Bytes, User>([[DEFAULT_USER, this.defaultUser]]);

  /** `commands` are those of a server that renames nothing. */
  constructor(config: Config, commands: CommandTable, deprecated: (rule: Bytes) => void) {
    this.setting = {
      commands,
      deprecated,
      get allChannels() {
        return config.text('acl-pubsub-default') === 'allchannels';
      },
    };
    let password: Bytes = '';
    config.follow('requirepass', () => {
      // What did not change has nothing to say.
      if (config.text('requirepass') === password) return;
      password = config.text('requirepass');
      for (const rule of password === '' ? ['resetpass', 'nopass'] : ['resetpass', `>${password}`]) this.defaultUser.apply(rule, this.setting);
    });
    for (const each of config.users) this.put(each.copy());
  }

  /** Clients hold on to the default user: he is changed, never exchanged. */
  private put(user: User): void {
    if (user.name === DEFAULT_USER) this.defaultUser.become(user);
    else this.users.set(user.name, user);
  }

  user(name: Bytes): User | undefined {
    return this.users.get(name);
  }

  /** In the order of their names. */
  all(): User[] {
    return [...this.users.values()].sort((a, b) => compare(a.name, b.name));
  }

  /** The user that this pair names, when it is right. */
  authenticated(name: Bytes, password: Bytes): User | undefined {
    const user = this.users.get(name);
    if (user === undefined || !user.enabled) return undefined;
    return user.nopass || user.hasPassword(password) ? user : undefined;
  }

  /**
   * Changes a user, or makes one. `before` is called when all rules are good and none has come true yet, with
   * the user as he is and as he will be. The error's text when a rule is wrong.
   */
  change(name: Bytes, words: readonly Bytes[], before: (present: User, future: User) => void): Bytes | undefined {
    const joined = joinSelectors(words);
    if ('unclosed' in joined) return `Unmatched parenthesis in acl selector starting at '${cText(joined.unclosed)}'.`;
    const present = this.users.get(name);
    const future = new User(own(name), this.setting.allChannels);
    if (present !== undefined) future.become(present);
    for (const rule of joined.rules) {
      const problem = future.apply(rule, this.setting);
      if (problem !== undefined) return `Error in ACL SETUSER modifier '${cText(rule)}': ${problem}`;
    }
    if (present === undefined) this.users.set(future.name, future);
    else {
      before(present, future);
      present.become(future);
    }
    return undefined;
  }

  /** False when there is none. */
  remove(name: Bytes): boolean {
    return this.users.delete(name);
  }

  /** Takes copies of these users in place of all there are. Without a default user among them there is a new one. */
  replaceAll(users: readonly User[]): void {
    this.defaultUser.become(openUser(DEFAULT_USER));
    this.users = new Map([[DEFAULT_USER, this.defaultUser]]);
    for (const each of users) this.put(each.copy());
  }
}
