/*
 * Branches of time
 * ----------------
 * Going back does not undo: the run that was left is kept as a recording, under a number and a name, and one can
 * return to its end. Only so many are kept, because a learner who goes back a hundred times wants the last few.
 */
import type { Micros } from '../engine/index.ts';
import type { Recording } from './recording.ts';

/** A run that was left for an earlier moment. */
export interface BranchView {
  readonly id: number;
  readonly name: string;
  /** Where it was left for another. */
  readonly leftAtUs: number;
  readonly untilUs: number;
  readonly inputs: number;
}

const MOST = 20;
const LONGEST_NAME = 60;

interface Branch {
  readonly id: number;
  name: string;
  recording: Recording;
  leftAtUs: Micros;
}

export class Branches {
  private readonly kept: Branch[] = [];
  private nextId = 1;

  /** Keeps a run that was left for the moment `leftAtUs`; the oldest makes room. */
  keep(recording: Recording, leftAtUs: Micros): void {
    const id = this.nextId++;
    this.kept.push({ id, name: `Branch ${id}`, recording, leftAtUs });
    if (this.kept.length > MOST) this.kept.shift();
  }

  recordingOf(id: number): Recording | undefined {
    return this.kept.find((branch) => branch.id === id)?.recording;
  }

  /** The branch becomes the run; `left`, which was the run, takes its place and its name says so. */
  exchange(id: number, left: Recording, leftAtUs: Micros): void {
    const place = this.kept.findIndex((branch) => branch.id === id);
    if (place === -1) return;
    this.kept.splice(place, 1);
    this.keep(left, leftAtUs);
  }

  rename(id: number, name: string): void {
    const branch = this.kept.find((each) => each.id === id);
    const plain = name.trim().slice(0, LONGEST_NAME);
    if (branch !== undefined && plain !== '') branch.name = plain;
  }

  views(): BranchView[] {
    return this.kept.map(({ id, name, recording, leftAtUs }) => ({ id, name, leftAtUs, untilUs: recording.untilUs, inputs: recording.inputs.length }));
  }
}

/** A function, so that the page can do without all of this until somebody goes back in time. */
export function newBranches(): Branches {
  return new Branches();
}
