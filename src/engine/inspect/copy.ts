/*
 * A second server like the first
 * ------------------------------
 * What a process has in common with its fork: data, users and files as they are at that moment. Whatever the copy
 * writes, to its memory or to its disk, it writes for itself.
 */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import type { Disk, DiskError } from '../env.ts';
import { duplicateObject } from '../keyspace/types.ts';

/** Puts all that `original` knows, its scripts aside, into `copy`, which is new and has the same configuration. */
export function copyData(original: ServerForCommands, copy: ServerForCommands): void {
  for (const { id, keys, expires } of original.databases) {
    const target = copy.databases[id];
    if (target === undefined || keys.size === 0) continue;
    target.keys.expand(keys.size);
    for (let table: 0 | 1 = 0; table < 2; table++) {
      const from = table === 0 ? 0 : 1;
      for (let bucket = 0; bucket < keys.buckets(from); bucket++) {
        for (let entry = keys.chainAt(from, bucket); entry !== undefined; entry = entry.next) target.keys.add(entry.key, duplicateObject(entry.value));
      }
      for (let bucket = 0; bucket < expires.buckets(from); bucket++) {
        for (let entry = expires.chainAt(from, bucket); entry !== undefined; entry = entry.next) target.expires.add(entry.key, entry.value);
      }
    }
  }
  copy.acl.replaceAll(original.acl.all());
}

/** Reads go through to `below` until a path is written; writes stay here. */
export function overlay(below: Disk): Disk {
  const written = new Map<string, Bytes | undefined>();
  const missing: DiskError = { code: 'ENOENT', message: 'No such file or directory' };
  const read = (path: string): Bytes | DiskError => (written.has(path) ? (written.get(path) ?? missing) : below.read(path));
  return {
    read,
    write: (path, content) => void written.set(path, content),
    append: (path, content) => {
      const before = read(path);
      written.set(path, (typeof before === 'string' ? before : '') + content);
      return undefined;
    },
    rename: (from, to) => {
      const content = read(from);
      if (typeof content !== 'string') return content;
      written.set(to, content);
      written.set(from, undefined);
      return undefined;
    },
    remove: (path) => {
      if (typeof read(path) !== 'string') return missing;
      written.set(path, undefined);
      return undefined;
    },
    makeDirectory: () => undefined,
    list: (path) => below.list(path),
    stat: (path) => {
      const content = written.has(path) ? read(path) : undefined;
      if (content === undefined) return below.stat(path);
      return typeof content === 'string' ? { kind: 'file', sizeBytes: content.length, modifiedMs: 0 } : content;
    },
    sync: () => {},
    open: () => missing,
  };
}
