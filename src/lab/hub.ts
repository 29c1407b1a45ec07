/*
 * The hub
 * -------
 * Holds the labs by their id and stands between them and the messages. A lab that throws is our fault: the
 * hub takes it away and says `crashed`, with the recording up to where all was well, so that the page can
 * open it again. The other labs live on.
 */
import type { Recording } from '../simulation/index.ts';
import type { LabContext } from './context.ts';
import { Lab } from './lab.ts';
import type { Notice, Request } from './protocol.ts';

export class LabHub {
  readonly labs = new Map<string, Lab>();
  /** How far each lab was when all was well the last time. */
  private readonly good = new Map<Lab, { inputs: number; atUs: number; executed: number }>();
  private readonly context: LabContext;
  private readonly post: (notice: Notice) => void;

  constructor(context: LabContext, post: (notice: Notice) => void) {
    this.context = context;
    this.post = post;
  }

  handle(request: Request): void {
    if (request.type === 'open') {
      this.open(request);
      return;
    }
    if (request.type === 'close') {
      this.drop(request.lab);
      return;
    }
    const lab = this.labs.get(request.lab);
    if (lab !== undefined) this.guard(lab, () => lab.handle(request));
    else if (request.type === 'ask') this.post({ type: 'answer', lab: request.lab, ask: request.ask, value: undefined, problem: 'This lab is not open.' });
  }

  private open(request: Extract<Request, { type: 'open' }>): void {
    this.drop(request.lab);
    const problem = Lab.problemOf(request.scenario);
    if (problem !== undefined) {
      this.post({ type: 'problem', lab: request.lab, what: `This scenario cannot be opened: ${problem}.`, remedy: 'Report it: its author has to mend it.' });
      return;
    }
    try {
      const lab = new Lab(request, this.context, this.post);
      this.labs.set(request.lab, lab);
      this.good.set(lab, lab.progress);
    } catch (fault) {
      this.post({ type: 'crashed', lab: request.lab, report: reportOf(fault) });
    }
  }

  private drop(id: string): void {
    const lab = this.labs.get(id);
    if (lab === undefined) return;
    this.labs.delete(id);
    this.good.delete(lab);
  }

  /** Does something with a lab; when it throws, the lab is given up. */
  guard<T>(lab: Lab, work: () => T): T | undefined {
    try {
      const result = work();
      this.good.set(lab, lab.progress);
      return result;
    } catch (fault) {
      const recording = this.recordingOf(lab);
      this.drop(lab.id);
      this.post({ type: 'crashed', lab: lab.id, report: reportOf(fault), ...(recording === undefined ? {} : { recording }) });
      return undefined;
    }
  }

  /** The recording up to where all was well. */
  recordingOf(lab: Lab): Recording | undefined {
    const good = this.good.get(lab);
    if (good === undefined) return undefined;
    const recording = lab.recording();
    return { ...recording, inputs: recording.inputs.slice(0, good.inputs), untilUs: good.atUs, executed: good.executed };
  }
}

function reportOf(fault: unknown): string {
  return fault instanceof Error ? `${fault.message}\n${fault.stack ?? ''}` : String(fault);
}
