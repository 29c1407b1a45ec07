import type { Command } from '../../command.ts';
import { pubsub } from './pubsub.ts';
import { psubscribe, publish, punsubscribe, spublish, ssubscribe, subscribe, sunsubscribe, unsubscribe } from './subscriptions.ts';

export const pubsubCommands: readonly Command[] = [
  psubscribe, publish, pubsub, punsubscribe, spublish, ssubscribe, subscribe, sunsubscribe, unsubscribe,
];
