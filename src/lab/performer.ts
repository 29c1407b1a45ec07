/*
 * Carrying out a solution
 * -----------------------
 * One step after the other, as the learner would do it: a step begins when the one before is done, which is when its
 * terminal shows a prompt again, or when nothing more follows from what was typed.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import type { Step } from '../simulation/index.ts';
import type { Stepper } from './stepper.ts';

/** What it needs of the lab. */
export interface PerformerHands {
  /** Nothing waits to happen because of what was typed lately. */
  nothingFollows(): boolean;
  restart(port: number): void;
  /** Lets time pass at once. */
  pass(us: Micros): void;
  /** Sees to it that there is such a terminal. */
  open(tty: string): void;
}

interface Performing {
  readonly tty: string;
  readonly steps: Step[];
  /** Terminal whose step has to be done before the next one begins. */
  waitsFor: string | undefined;
}

export class Performer {
  private performing: Performing | undefined;
  private readonly stepper: Stepper;
  private readonly hands: PerformerHands;

  constructor(stepper: Stepper, hands: PerformerHands) {
    this.stepper = stepper;
    this.hands = hands;
  }

  begin(tty: string, steps: readonly Step[]): void {
    this.performing = { tty, steps: [...steps], waitsFor: undefined };
  }

  /** Steps are under way. */
  get isBusy(): boolean {
    return this.performing !== undefined;
  }

  forget(): void {
    this.performing = undefined;
  }

  /** Begins as many steps as can begin now. */
  pump(): void {
    const { performing } = this;
    if (performing !== undefined) this.goOn(performing);
  }

  private goOn(performing: Performing): void {
    const { stepper, hands } = this;
    for (;;) {
      const { waitsFor } = performing;
      if (waitsFor !== undefined && (stepper.waitsFor(waitsFor) || (stepper.isDoing(waitsFor) && !hands.nothingFollows()))) return;
      performing.waitsFor = undefined;
      const [step] = performing.steps;
      // A part that is missing leaves the step where it is.
      if (step?.kind === 'restart') hands.restart(step.port ?? 6379);
      performing.steps.shift();
      if (step === undefined) {
        this.performing = undefined;
        return;
      }
      if (step.kind === 'wait') {
        this.performing = undefined; // time passes for everything else, not for the next step
        try {
          hands.pass(step.us);
        } finally {
          this.performing = performing;
        }
      } else if (step.kind !== 'restart') {
        const tty = step.kind === 'redis' ? (step.client ?? performing.tty) : performing.tty;
        const line: Bytes = step.kind === 'shell' ? `$ ${step.text}` : step.text;
        hands.open(tty);
        stepper.add(tty, line);
        stepper.pump();
        performing.waitsFor = tty;
      }
    }
  }
}
