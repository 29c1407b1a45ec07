/*
 * Looking a field up, which removes one whose time has passed
 */
import type { Bytes } from '../../bytes.ts';
import type { Ctx } from '../../command.ts';
import { isFieldPast } from '../../keyspace/hash-expiry.ts';
import { hashGet, hashLength } from '../../keyspace/hash-value.ts';
import type { HashObject } from '../../keyspace/object.ts';

/** The value of a field. One past its time is removed, with everything that says so, and the hash with its last field. */
export function lookupField({ db, server }: Ctx, name: Bytes, object: HashObject | undefined, field: Bytes): Bytes | undefined {
  if (object === undefined) return undefined;
  // While a file is read, its commands find what they found when they were written.
  if (!server.mayExpire || !isFieldPast(object, field, server.nowMs)) return hashGet(object, field);
  if (!server.expiryPaused) {
    db.expireField(name, object, field);
    server.notify('h', 'hexpired', name, db.id);
    if (hashLength(object) === 0) {
      server.notify('g', 'del', name, db.id);
      db.remove(name, 'expired');
    }
    db.signalModified(name);
  }
  return undefined;
}

/** The values of several fields, in their order. All that are past their time are told of at once, and the hash with the last of them. */
export function lookupFields(ctx: Ctx, name: Bytes, object: HashObject | undefined, fields: readonly Bytes[]): (Bytes | undefined)[] {
  if (object === undefined) return fields.map(() => undefined);
  const { db, server } = ctx;
  let expired = false;
  const values = fields.map((field) => {
    if (!server.mayExpire || !isFieldPast(object, field, server.nowMs)) return hashGet(object, field);
    if (expireQuietly(ctx, name, object, field)) expired = true;
    return undefined;
  });
  if (expired) {
    server.notify('h', 'hexpired', name, db.id);
    if (hashLength(object) === 0) {
      server.notify('g', 'del', name, db.id);
      db.remove(name, 'expired');
    }
  }
  return values;
}

/** The same for a command that tells of it when it has looked all its fields up; true when a field was removed. */
export function expireQuietly({ db, server }: Ctx, name: Bytes, object: HashObject, field: Bytes): boolean {
  if (!server.mayExpire || !isFieldPast(object, field, server.nowMs) || server.expiryPaused) return false;
  db.expireField(name, object, field);
  db.signalModified(name);
  return true;
}
