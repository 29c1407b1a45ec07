/*
 * Consumer groups
 * ---------------
 * A group remembers how far it has read its stream and who was given what and has not acknowledged it:
 *
 *     group    last delivered id, number of entries read, pending: id ─► delivery
 *     consumer  name, when it was seen and when it last got something, pending: id ─► delivery
 *
 * A delivery stands in two trees, the group's and its consumer's, and is one object: claiming it for
 * another consumer moves it from one consumer's tree to the other's.
 */
import type { Bytes } from '../bytes.ts';
import { narrow, own } from '../bytes.ts';
import { Rax } from '../structures/rax.ts';
import type { Moment } from './database.ts';
import type { StreamId } from './stream-id.ts';

/** Milliseconds since `moment`, in 64 bits and exact: XCLAIM can set moments as far away as that. Never below 0. */
export function idleSince(moment: Moment, nowMs: number): number | bigint {
  if (typeof moment === 'number') return Math.max(0, nowMs - moment);
  const idle = narrow(BigInt.asIntN(64, BigInt(nowMs) - moment));
  return idle > 0 ? idle : 0;
}

/** The number of entries that a group has read is not known. */
export const UNKNOWN_ENTRIES_READ = -1n;

/** A message that was delivered and not acknowledged. */
export interface Delivery {
  consumer: Consumer;
  /** When it was delivered last. */
  atMs: Moment;
  /** How often. */
  count: number | bigint;
}

export class Consumer {
  readonly name: Bytes;
  /** When it last tried to read or claim. */
  seenMs: Moment;
  /** When it last got something; −1 for never. */
  activeMs: Moment = -1;
  readonly pending = new Rax<Delivery>();

  constructor(name: Bytes, seenMs: Moment) {
    this.name = own(name);
    this.seenMs = seenMs;
  }
}

export class ConsumerGroup {
  lastId: StreamId;
  /** As many entries lie before and at lastId, deleted ones included. */
  entriesRead: bigint;
  readonly pending = new Rax<Delivery>();
  readonly consumers = new Rax<Consumer>();

  constructor(lastId: StreamId, entriesRead: bigint) {
    this.lastId = lastId;
    this.entriesRead = entriesRead;
  }

  /** A new consumer; undefined when there is one of that name. */
  createConsumer(name: Bytes, nowMs: Moment): Consumer | undefined {
    if (this.consumers.has(name)) return undefined;
    const consumer = new Consumer(name, nowMs);
    this.consumers.set(consumer.name, consumer);
    return consumer;
  }

  /** Removes a consumer and all that was pending for it. */
  deleteConsumer(consumer: Consumer): void {
    for (const { key } of consumer.pending.entries()) this.pending.delete(key);
    this.consumers.delete(consumer.name);
  }

  /** Takes a pending message away; false when there is none of that id. */
  acknowledge(id: StreamId): boolean {
    const delivery = this.pending.delete(id);
    delivery?.consumer.pending.delete(id);
    return delivery !== undefined;
  }

  /** Gives a message to a consumer, whoever had it before. */
  assign(id: StreamId, delivery: Delivery, consumer: Consumer): void {
    if (delivery.consumer !== consumer) delivery.consumer.pending.delete(id);
    delivery.consumer = consumer;
    consumer.pending.set(id, delivery);
    this.pending.set(id, delivery);
  }

  /** Puts down that a consumer was given a message now, for the first time as far as the group knows. */
  deliver(id: StreamId, consumer: Consumer, nowMs: number): Delivery {
    const delivery = this.pending.get(id) ?? { consumer, atMs: nowMs, count: 1 };
    this.assign(id, delivery, consumer);
    delivery.atMs = nowMs;
    delivery.count = 1;
    return delivery;
  }

  /** A copy that shares nothing. */
  clone(): ConsumerGroup {
    const copy = new ConsumerGroup(this.lastId, this.entriesRead);
    for (const { value } of this.consumers.entries()) {
      const consumer = new Consumer(value.name, value.seenMs);
      consumer.activeMs = value.activeMs;
      copy.consumers.set(consumer.name, consumer);
      for (const { key, value: delivery } of value.pending.entries()) copy.assign(key, { ...delivery, consumer }, consumer);
    }
    return copy;
  }
}
