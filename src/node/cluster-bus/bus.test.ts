/*
 * Messages that real nodes sent, recorded by record.ts: read and written again they are the same bytes.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, messageLength, type BusMessage } from '../../engine/cluster/bus-message.ts';
import { read } from './runs.ts';

const { messages } = JSON.parse(readFileSync('src/node/cluster-bus/recorded.json', 'utf8')) as { readonly messages: Readonly<Record<string, string>> };

function decoded(kind: string): BusMessage {
  const message = decodeMessage(read(messages[kind] ?? ''));
  if ('problem' in message) throw new Error(`${kind}: ${message.problem}`);
  return message;
}

describe('messages of real nodes', () => {
  test.each(Object.entries(messages))('%s', (kind, text) => {
    const bytes = read(text);
    const message = decoded(kind);
    expect(kind.split(', ')[0]).toBe(message.body.type);
    expect(messageLength(bytes)).toBe(bytes.length);
    expect(encodeMessage(message)).toBe(bytes);
    // One byte less or more is another length than the contents have.
    expect(decodeMessage(bytes.slice(0, -1)) as object).toHaveProperty('problem');
    expect(decodeMessage(`${bytes}\0`) as object).toHaveProperty('problem');
  });

  test('all types but that of modules are among them', () => {
    const types = new Set(Object.keys(messages).map((kind) => kind.split(', ')[0]));
    expect([...types].sort()).toEqual(['auth-ack', 'auth-req', 'fail', 'meet', 'mfstart', 'ping', 'pong', 'publish', 'publishshard', 'update']);
  });

  test('say what they say', () => {
    const published = decoded('publish, flags 4');
    expect(published).toMatchObject({ ip: '127.0.0.1', tlsPort: 0, flags: 273, isOk: true, mflags: 4, body: { type: 'publish', channel: 'channel', message: 'a message to all' } });
    expect(published.busPort).toBeGreaterThan(0);
    const ping = decoded('ping, gossip, extension 0, extension 1, extension 2, extension 3, extension 4, flags 4').body;
    expect(ping).toMatchObject({ extensions: [{ kind: 'hostname', value: 'host-b' }, { kind: 'human-nodename', value: 'bee' }, { kind: 'forgotten-node' }, { kind: 'shard-id' }, { kind: 'internal-secret' }] });
    if ('gossip' in ping) for (const entry of ping.gossip) expect(entry.name).toMatch(/^[0-9a-f]{40}$/);
  });
});

test('what is no message is told from one that is not whole yet', () => {
  expect([messageLength(''), messageLength('RCmb\0\0\0'), messageLength('RCmb\0\0\x08\xd0'), messageLength('RCmb\0\0\0\x08'), messageLength('GET / HT')]).toEqual([undefined, undefined, 2256, 'broken', 'broken']);
});
