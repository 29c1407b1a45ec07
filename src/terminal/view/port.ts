/* What a terminal view needs of the terminal behind it, whoever provides it. */
import type { Bytes } from '../../engine/index.ts';

export interface TtyPort {
  /** Keys, as bytes. */
  input(bytes: Bytes): void;
  resize(columns: number, rows: number): void;
  /** What was put out so far, within a bound; a view that opens late draws this first. */
  history(): Bytes;
  /** Hears new output; returns its own removal. */
  onOutput(heard: (bytes: Bytes) => void): () => void;
  /** Hears that everything is to be drawn anew (undo, reset): take history() again. */
  onRedraw(heard: () => void): () => void;
}
