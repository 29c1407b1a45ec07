/*
 * Sharing a sandbox
 * -----------------
 * What is shared is the recording: the scenario and what was typed, which makes the same state again. It
 * is compressed and travels in the part of the address after `#`, which no server sees. Where that would be
 * longer than about 8,000 characters (chat programs cut long links) it becomes a file.
 *
 * Opening is strict: a bound on the size before and after unpacking, then the recording's own check.
 */
import type { Recording, Scenario } from '../../simulation/index.ts';
import { fromArray } from '../../terminal/view/index.ts';
import { ONE_SERVER } from '../scenarios.ts';

/** Longest part after `#s=`, characters. */
const LONGEST_LINK = 8000;
const LONGEST_PACKED = 12_000_000;
const LONGEST_TEXT = 32 * 1024 * 1024;

export type Shared = { link: string } | { file: Blob; name: string };

export type Opened = { recording: Recording } | { scenario: Scenario } | { what: string; remedy: string };

/** The longest snapshot that can be opened, bytes: it becomes part of the recording. */
const LONGEST_SNAPSHOT = 4 * 1024 * 1024;
/** What every snapshot of Redis begins with: its name and four digits. */
const SNAPSHOT_MARK = /^REDIS\d{4}/;
/** What the server reads at its start. */
const SNAPSHOT_NAME = 'dump.rdb';

/** `page`: the address of the page that opens it. */
export async function shareRecording(recording: Recording, page = '/sandbox'): Promise<Shared> {
  const { encodeRecording } = await import('./recording-codec.ts');
  const text = encodeRecording(recording);
  const packed = await pipe(new Blob([text]), new CompressionStream('deflate-raw'), LONGEST_TEXT);
  const part = base64url(packed);
  if (part.length <= LONGEST_LINK) return { link: `${location.origin}${page}#s=${part}` };
  return { file: new Blob([text], { type: 'text/plain' }), name: 'sandbox.keyspace' };
}

export async function openLink(hash: string): Promise<Exclude<Opened, { scenario: Scenario }>> {
  const broken = { what: 'This link is damaged: a part of it is missing or changed.', remedy: 'Copy the whole link again. Your own sandbox is untouched.' };
  const part = /^#s=([\w-]+)$/.exec(hash)?.[1];
  if (part === undefined || part.length > LONGEST_PACKED) return broken;
  try {
    const unpacked = await pipe(new Blob([fromBase64url(part)]), new DecompressionStream('deflate-raw'), LONGEST_TEXT);
    return await openText(new TextDecoder().decode(unpacked));
  } catch {
    return broken;
  }
}

/** A sandbox saved here, or a snapshot of any Redis server. */
export async function openFile(file: Blob): Promise<Opened> {
  if (SNAPSHOT_MARK.test(await file.slice(0, 9).text())) return openSnapshot(file);
  if (file.size > LONGEST_TEXT) return { what: 'This file is larger than 32 MiB.', remedy: 'It cannot be a sandbox that was saved here.' };
  return openText(await file.text());
}

/** One server, whose disk holds this snapshot when it starts. */
async function openSnapshot(file: Blob): Promise<Opened> {
  if (file.size > LONGEST_SNAPSHOT) return { what: `This snapshot has ${file.size.toLocaleString('en')} bytes; at most 4 MiB can be opened in the page.`, remedy: 'Make a smaller one, for example of one database, or use the server of this project on your own machine: npm run redis-server.' };
  const content = fromArray(new Uint8Array(await file.arrayBuffer()));
  return { scenario: { ...ONE_SERVER, hosts: ONE_SERVER.hosts.map((host) => ({ ...host, files: { [SNAPSHOT_NAME]: content } })) } };
}

export async function openText(text: string): Promise<Exclude<Opened, { scenario: Scenario }>> {
  const { decodeRecording } = await import('./recording-codec.ts');
  const read = decodeRecording(text);
  return 'problem' in read ? read.problem : read;
}

export async function recordingText(recording: Recording): Promise<string> {
  const { encodeRecording } = await import('./recording-codec.ts');
  return encodeRecording(recording);
}

async function pipe(blob: Blob, through: CompressionStream | DecompressionStream, longest: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = blob.stream().pipeThrough(through as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > longest) {
      await reader.cancel();
      throw new Error('too long');
    }
    pieces.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
