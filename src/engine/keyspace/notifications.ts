/*
 * Keyspace notifications: which classes are on
 * --------------------------------------------
 * notify-keyspace-events is a string of letters. K and E choose the channels (keyspace, keyevent);
 * the others choose events by kind; A stands for all kinds but m (key miss) and n (new key).
 */
import type { Bytes } from '../bytes.ts';

const ALL = 'g$lshzxetd';

export class NotificationClasses {
  readonly keyspace: boolean;
  readonly keyevent: boolean;
  readonly any: boolean;
  private readonly kinds: ReadonlySet<string>;

  constructor(letters: Bytes) {
    this.keyspace = letters.includes('K');
    this.keyevent = letters.includes('E');
    this.kinds = new Set(letters.includes('A') ? letters + ALL : letters);
    this.any = this.keyspace || this.keyevent;
  }

  wants(kind: Bytes): boolean {
    return this.kinds.has(kind);
  }
}
