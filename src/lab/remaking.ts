/*
 * Runs that are made again
 * ------------------------
 * Taking back, beginning anew, going back in time and into a branch: each runs inputs again, up to somewhere, and the
 * session that comes of it takes the place of the one that is there. Until then that one stays as it is; when the other
 * cannot be made, nothing has changed.
 */
import { MissingPart, type Micros } from '../engine/index.ts';
import { newBranches, type Branches, type BranchView, type RecordedInput, type Scenario } from '../simulation/index.ts';
import type { Heard } from './heard.ts';
import type { Moment } from './protocol.ts';
import { wayOf, wayUpTo, type NewInput, type Session, type Way } from './session.ts';
import { withoutLastEntered } from './undo.ts';
import { Work, type Steps } from './work.ts';

/** What it needs of the lab. */
export interface RemakingHands {
  session(): Session;
  heard(): Heard;
  /** Number of inputs that belong to the start. */
  baseline(): number;
  newHeard(): Heard;
  /** A session at its begin, which is heard there. */
  begun(scenario: Scenario, heard: Heard): Session;
  /** Has this done, which may take long. */
  work(work: Work): void;
  /** The session takes the place of the one that was there; `then` comes before anybody hears of it. */
  replace(session: Session, heard: Heard, then: () => void): void;
  take(input: NewInput): void;
  tellBranches(branches: readonly BranchView[]): void;
  tellProblem(what: string, remedy: string): void;
}

export class Remaking {
  private branchesMade: Branches | undefined;
  private readonly hands: RemakingHands;

  constructor(hands: RemakingHands) {
    this.hands = hands;
  }

  /** Takes back what was entered last. */
  undo(): void {
    const session = this.hands.session();
    const inputs = withoutLastEntered(session.inputs, this.hands.baseline());
    if (inputs !== undefined) this.rerun(inputs, session.nowUs);
  }

  /** Back to what the start has left; terminals stay open. */
  reset(): void {
    const { hands } = this;
    const start = hands.session().inputs.slice(0, hands.baseline());
    const open = hands.heard().screens.opened();
    this.rerun(start, 0, () => {
      for (const opened of open) {
        if (!hands.session().terminals.has(opened.tty)) hands.take(opened);
      }
    });
  }

  /** Back to a moment of this run, which is kept as a branch. */
  back(to: Moment): void {
    // Before anything changes: what keeps branches may not be there yet.
    const { branches, hands } = this;
    const left = hands.session().recording();
    this.remake(wayUpTo(left, to), () => {
      branches.keep(left, hands.session().nowUs);
      hands.tellBranches(branches.views());
    });
  }

  /** To the end of a branch; this run is kept in its place. */
  goToBranch(id: number): void {
    const { branches, hands } = this;
    const branch = branches.recordingOf(id);
    if (branch === undefined) {
      hands.tellProblem(`There is no branch ${id}.`, 'Choose one of those that are shown.');
      return;
    }
    const left = hands.session().recording();
    this.remake(wayOf(branch, true), () => {
      branches.exchange(id, left, hands.session().nowUs);
      hands.tellBranches(branches.views());
    });
  }

  nameBranch(id: number, name: string): void {
    this.branches.rename(id, name);
    this.hands.tellBranches(this.branches.views());
  }

  private get branches(): Branches {
    return (this.branchesMade ??= newBranches());
  }

  /** Runs `inputs` again at their times until `untilUs`. */
  private rerun(inputs: readonly RecordedInput[], untilUs: Micros, then?: () => void): void {
    this.remake({ scenario: this.hands.session().scenario, inputs, exact: false, end: { atUs: untilUs } }, then);
  }

  private remake(way: Way, then: () => void = () => {}): void {
    let made: Session | undefined;
    const toUs = Math.max(way.end.atUs ?? this.hands.session().nowUs, way.inputs.at(-1)?.atUs ?? 0);
    const begin = (): Steps => {
      made = undefined;
      return this.steps(way, (session) => (made = session), then);
    };
    this.hands.work(new Work('remaking', () => ({ fromUs: 0, atUs: made?.nowUs ?? 0, toUs }), begin));
  }

  private *steps(way: Way, begun: (session: Session) => void, then: () => void): Steps {
    const { hands } = this;
    const heard = hands.newHeard();
    let session: Session;
    try {
      session = hands.begun(way.scenario, heard);
      begun(session);
      yield* session.follow(way);
    } catch (fault) {
      if (fault instanceof MissingPart) throw fault;
      return () => hands.tellProblem('The lab could not be run again without it, so nothing was changed.', `Report it if you can: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
    return () => hands.replace(session, heard, then);
  }
}
