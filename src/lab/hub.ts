/*
 * The hub
 * -------
 * Holds the labs by their id and stands between them and the messages. A lab that throws is our fault: the
 * hub takes it away and says `crashed`, with the recording up to where all was well, so that the page can
 * open it again. The other labs live on.
 *
 * Here is also the door where a lab waits for code that is not there yet (MissingPart). Its time stands, what is
 * asked of it meanwhile queues up, and when the part has come the lab goes on where it was given up.
 */
import { MissingPart } from '../engine/index.ts';
import type { Recording } from '../simulation/index.ts';
import type { LabContext } from './context.ts';
import { Lab } from './lab.ts';
import type { Notice, Request } from './protocol.ts';

export class LabHub {
  readonly labs = new Map<string, Lab>();
  /** How far each lab was when all was well the last time. */
  private readonly good = new Map<Lab, { inputs: number; atUs: number; executed: number }>();
  /** Labs that wait for a part, with what is to be handled when it is there. */
  private readonly waiting = new Map<string, Request[]>();
  /** A lab goes on after waiting: hands it what has queued up. Whoever drives the hub puts its own way here. */
  goOn: (lab: Lab | undefined, queued: readonly Request[]) => void = (_lab, queued) => {
    for (const request of queued) this.handle(request);
  };
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
    const queue = this.waiting.get(request.lab);
    if (queue !== undefined) {
      queue.push(request);
      return;
    }
    const lab = this.labs.get(request.lab);
    if (lab !== undefined) this.guard(lab, () => lab.handle(request), request);
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
      if (fault instanceof MissingPart) this.wait(request.lab, fault.part, [request]);
      else this.post({ type: 'crashed', lab: request.lab, report: reportOf(fault) });
    }
  }

  /** Whether the lab waits for a part. */
  isWaiting(id: string): boolean {
    return this.waiting.has(id);
  }

  private wait(id: string, part: string, queue: Request[]): void {
    const { parts } = this.context;
    if (parts === undefined) throw new MissingPart(part);
    this.waiting.set(id, queue);
    let told = false;
    const current = () => this.waiting.get(id) === queue;
    parts.fetch(
      part,
      () => {
        if (!current()) return;
        this.waiting.delete(id);
        const lab = this.labs.get(id);
        if (lab !== undefined) this.guard(lab, () => lab.goOn());
        // It may have found that another part is missing too: what has queued up waits for that one.
        const again = this.waiting.get(id);
        if (again === undefined) this.goOn(lab, queue);
        else again.push(...queue);
      },
      (why) => {
        if (!current() || told) return;
        told = true;
        this.post({
          type: 'problem', lab: id, what: `A part of the lab could not be fetched: ${why}.`,
          remedy: 'What you typed is kept and the fetching is tried again every few seconds. Check the connection, or reload the page.',
        });
      },
    );
  }

  private drop(id: string): void {
    this.waiting.delete(id);
    const lab = this.labs.get(id);
    if (lab === undefined) return;
    this.labs.delete(id);
    this.good.delete(lab);
  }

  /** Does something with a lab, for a request perhaps; when it throws, the lab is given up. Does nothing while the lab waits. */
  guard<T>(lab: Lab, work: () => T, request?: Request): T | undefined {
    if (this.waiting.has(lab.id)) return undefined;
    try {
      const result = work();
      this.good.set(lab, lab.progress);
      return result;
    } catch (fault) {
      if (fault instanceof MissingPart && this.context.parts !== undefined) {
        this.wait(lab.id, fault.part, request === undefined || lab.accepted ? [] : [request]);
        return undefined;
      }
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
