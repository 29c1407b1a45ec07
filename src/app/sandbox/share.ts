/*
 * Sharing a sandbox
 * -----------------
 * What is shared is the recording: the scenario and what was typed, which makes the same state again. It
 * is compressed and travels in the part of the address after `#`, which no server sees. Where that would be
 * longer than about 8,000 characters (chat programs cut long links) it becomes a file.
 *
 * Opening is strict: a bound on the size before and after unpacking, then the recording's own check.
 */
import type { Recording } from '../../simulation/index.ts';

/** Longest part after `#s=`, characters. */
const LONGEST_LINK = 8000;
const LONGEST_PACKED = 12_000_000;
const LONGEST_TEXT = 32 * 1024 * 1024;

export type Shared = { link: string } | { file: Blob; name: string };

export type Opened = { recording: Recording } | { what: string; remedy: string };

export async function shareRecording(recording: Recording): Promise<Shared> {
  const { encodeRecording } = await import('./recording-codec.ts');
  const text = encodeRecording(recording);
  const packed = await pipe(new Blob([text]), new CompressionStream('deflate-raw'), LONGEST_TEXT);
  const part = base64url(packed);
  if (part.length <= LONGEST_LINK) return { link: `${location.origin}/sandbox#s=${part}` };
  return { file: new Blob([text], { type: 'text/plain' }), name: 'sandbox.keyspace' };
}

export async function openLink(hash: string): Promise<Opened> {
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

export async function openFile(file: Blob): Promise<Opened> {
  if (file.size > LONGEST_TEXT) return { what: 'This file is larger than 32 MiB.', remedy: 'It cannot be a sandbox that was saved here.' };
  return openText(await file.text());
}

export async function openText(text: string): Promise<Opened> {
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
