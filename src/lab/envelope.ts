/*
 * What crosses the worker's port
 * ------------------------------
 * The lab's messages in batches, a ping that is answered once everything sent before it was handled, and
 * the recordings as they grow: the page keeps them, so that a worker which hangs can be ended and its
 * labs opened again.
 */
import type { RecordedInput, Recording, Scenario } from '../simulation/index.ts';
import type { Notice, Request } from './protocol.ts';

export type ToWorker =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'ping'; readonly n: number };

export type FromWorker =
  | { readonly kind: 'notices'; readonly notices: readonly Notice[] }
  | { readonly kind: 'pong'; readonly n: number }
  | SavedPiece;

/** Inputs from index `from` on; those before are known. */
export interface SavedPiece {
  readonly kind: 'saved';
  readonly lab: string;
  readonly format: Recording['format'];
  readonly engineVersion: string;
  readonly scenario: Scenario;
  readonly from: number;
  readonly inputs: readonly RecordedInput[];
  readonly untilUs: number;
  readonly executed: number;
}
