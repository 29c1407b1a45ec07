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
  goOn: (lab: Lab | undefined, queued: readonly Request[]) => void = (lab, queued) => {
    if (lab !== undefined) this.guard(lab, () => lab.workOn());
    for (const request of queued) this.handle(request);
  };
  /** Something was posted outside of every request and turn. */
  told: () => void = () => {};
  private readonly context: LabContext;
  private readonly post: (notice: Notice) => void;

  constructor(context: LabContext, post: (notice: Notice) => void) {
    this.context = context;
    this.post = post;
  }

  /** Work that takes long goes on until `stop` says so; it is done in one piece when nobody does. */
  handle(request: Request, stop?: () => boolean): void {
    if (request.type === 'open') {
      this.open(request, stop);
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
    if (lab !== undefined && isLook(request)) this.looking(lab, () => lab.handle(request), () => this.handle(request));
    else if (lab !== undefined) this.guard(lab, () => lab.handle(request, stop), request);
    else if (request.type === 'ask') this.post({ type: 'answer', lab: request.lab, ask: request.ask, value: undefined, problem: 'This lab is not open.' });
  }

  private open(request: Extract<Request, { type: 'open' }>, stop?: () => boolean): void {
    this.drop(request.lab);
    try {
      // Judging a scenario may need a part, too.
      const problem = Lab.problemOf(request.scenario);
      if (problem !== undefined) {
        this.post({ type: 'problem', lab: request.lab, what: `This scenario cannot be opened: ${problem}.`, remedy: 'Report it: its author has to mend it.' });
        return;
      }
      const lab = new Lab(request, this.context, this.post);
      this.labs.set(request.lab, lab);
      this.good.set(lab, lab.progress);
      this.guard(lab, () => lab.workOn(stop));
    } catch (fault) {
      if (fault instanceof MissingPart && this.context.parts !== undefined) this.wait(request.lab, fault.part, [request]);
      else this.post({ type: 'crashed', lab: request.lab, report: reportOf(fault) });
    }
  }

  /** Whether the lab waits for a part. */
  isWaiting(id: string): boolean {
    return this.waiting.has(id);
  }

  private wait(id: string, part: string, queue: Request[]): void {
    this.waiting.set(id, queue);
    this.fetch(id, part, () => this.waiting.get(id) === queue, () => {
      this.waiting.delete(id);
      const lab = this.labs.get(id);
      if (lab !== undefined) this.guard(lab, () => lab.goOn());
      // It may have found that another part is missing too: what has queued up waits for that one.
      const next = this.waiting.get(id);
      if (next === undefined) this.goOn(lab, queue);
      else next.push(...queue);
    });
  }

  /** Tells the news. What cannot be looked at yet is looked at later. */
  flush(lab: Lab): void {
    this.looking(lab, () => lab.flush(), () => lab.lookAfresh());
  }

  /** A look at the lab, which changes nothing in it: when it wants a part, it is done `again` with it, and nothing waits for that. */
  private looking(lab: Lab, look: () => void, again: () => void): void {
    this.guard(lab, () => {
      try {
        look();
      } catch (fault) {
        if (!(fault instanceof MissingPart) || this.context.parts === undefined) throw fault;
        this.fetch(lab.id, fault.part, () => this.labs.get(lab.id) === lab, () => {
          again();
          this.goOn(lab, []);
        });
      }
    });
  }

  /** Fetches a part for a lab, which hears when that fails, and when it was fetched after all. */
  private fetch(id: string, part: string, concerns: () => boolean, done: () => void): void {
    let told: string | undefined;
    this.context.parts?.fetch(
      part,
      () => {
        if (!concerns()) return;
        if (told !== undefined) this.post({ type: 'solvedItself', lab: id, what: told });
        done();
      },
      (why) => {
        if (told !== undefined || !concerns()) return;
        told = `A part of the lab could not be fetched: ${why}.`;
        this.post({ type: 'problem', lab: id, what: told, remedy: 'What you typed is kept, and the fetching is tried again every few seconds. Check the connection, or reload the page.' });
        this.told();
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

/** Whether the request is a question that is answered by looking. */
export function isLook(request: Request): boolean {
  return request.type === 'ask' && request.question.about !== 'writeFile';
}

function reportOf(fault: unknown): string {
  return fault instanceof Error ? `${fault.message}\n${fault.stack ?? ''}` : String(fault);
}
