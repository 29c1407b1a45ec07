/* The page's one database: small records by name. */
import { openDB, type IDBPDatabase } from 'idb';

const STORE = 'records';
let database: Promise<IDBPDatabase> | undefined;

function open(): Promise<IDBPDatabase> {
  database ??= openDB('keyspace', 1, { upgrade: (db) => { db.createObjectStore(STORE); } });
  // A refusal may be lifted (a setting of the site): ask again next time.
  database.catch(() => { database = undefined; });
  return database;
}

export async function readRecord(name: string): Promise<unknown> {
  return (await open()).get(STORE, name) as Promise<unknown>;
}

export async function writeRecord(name: string, value: unknown): Promise<void> {
  await (await open()).put(STORE, value, name);
}

export async function removeRecord(name: string): Promise<void> {
  await (await open()).delete(STORE, name);
}
