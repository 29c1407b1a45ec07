/*
 * A hundred nodes in the page
 * ---------------------------
 * The largest deployment that the page offers, running live, with its machines in view. Frames are counted as the
 * browser gives them. What a machine without a graphics card takes to put them on the screen is not the page's doing,
 * so the work of the page's own thread for each frame is measured beside it: script, style, layout and paint, in CPU
 * time, which other programs on the machine do not lengthen. The budget of a frame is 16.7 ms.
 */
import type { Browser, CDPSession, Page } from '@playwright/test';
import type { Figure } from './figures.ts';

const ADDRESS = '/sandbox/deployments?scenario=hundred-node-cluster&at=15s';
const WARM_MS = 3000;
const FRAME_MS = 1000 / 60;

/** Runs in the page: when frames came, which tasks were long, and when the clock over the machines showed what. */
const WATCH = `(() => {
  const seen = { frames: [], long: [], clock: [] };
  globalThis.crowdSeen = seen;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.long.push(each.duration); }).observe({ entryTypes: ['longtask'] });
  let shown = '';
  const frame = (now) => {
    seen.frames.push(now);
    const text = document.querySelector('.transport-clock')?.textContent ?? '';
    if (text !== shown) seen.clock.push([now, Number((shown = text).replace(/[^0-9.]/g, ''))]);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})()`;

interface Seen {
  readonly frames: readonly number[];
  readonly long: readonly number[];
  readonly clock: readonly (readonly [atMs: number, seconds: number])[];
}

export interface CrowdSeen {
  readonly framesPerSecond: number;
  /** CPU time of the page's thread between one frame and the next, in milliseconds, all frames, the shortest first. */
  readonly workMs: readonly number[];
  readonly longTasksMs: readonly number[];
  /** Virtual seconds per real one. */
  readonly pace: number;
  /** CPU time that the worker with the machines took in a real second, in milliseconds. */
  readonly workerMs: number;
  /** Where the page's thread spent its time, in milliseconds of each second. */
  readonly parts: Readonly<Record<'script' | 'style' | 'layout' | 'all', number>>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens the hundred, lets them run, and looks for `seconds`. */
export async function watchCrowd(browser: Browser, origin: string, seconds: number, viewport = { width: 1440, height: 900 }): Promise<CrowdSeen> {
  const context = await browser.newContext({ serviceWorkers: 'block', viewport });
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(`${origin}${ADDRESS}`);
    // The fifteen seconds are run at once, then time stands.
    await page.getByRole('button', { name: 'Run', exact: true }).click({ timeout: 240_000 });
    await pause(WARM_MS);
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    const tasks = await traced(cdp, async () => {
      await forget(page);
      const before = await metrics(cdp);
      await pause(seconds * 1000);
      return { seen: (await page.evaluate('globalThis.crowdSeen')) as Seen, before, after: await metrics(cdp) };
    });
    const { seen: { frames, long, clock }, before, after } = tasks.value;
    const spanMs = (frames.at(-1) ?? 0) - (frames[0] ?? 0);
    const [from, to] = [clock[0], clock.at(-1)];
    const part = (name: string): number => ((after[name] ?? 0) - (before[name] ?? 0)) * 1e6 / spanMs;
    return {
      framesPerSecond: ((frames.length - 1) * 1000) / spanMs,
      workMs: tasks.workMs.toSorted((a, b) => a - b), longTasksMs: long,
      workerMs: (tasks.workerMs * 1000) / spanMs,
      pace: from === undefined || to === undefined || from === to ? 0 : ((to[1] - from[1]) * 1000) / (to[0] - from[0]),
      parts: { script: part('ScriptDuration'), style: part('RecalcStyleDuration'), layout: part('LayoutDuration'), all: part('TaskDuration') },
    };
  } finally {
    await context.close();
  }
}

async function forget(page: Page): Promise<void> {
  await page.evaluate('for (const list of Object.values(globalThis.crowdSeen)) list.length = 0');
}

async function metrics(cdp: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { metrics: all } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** CPU time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Lets `act` happen while the browser notes its tasks; the CPU time of the page's thread from each frame to the next. */
async function traced<T>(cdp: CDPSession, act: () => Promise<T>): Promise<{ readonly value: T; readonly workMs: readonly number[]; readonly workerMs: number }> {
  const events: TraceEvent[] = [];
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => cdp.once('Tracing.tracingComplete', () => resolve()));
  await cdp.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] }, transferMode: 'ReportEvents' });
  const value = await act();
  await cdp.send('Tracing.end');
  await complete;
  const fired = events.filter(({ name }) => name === 'FireAnimationFrame');
  const where = fired.at(-1);
  const mine = (each: TraceEvent): boolean => each.pid === where?.pid && each.tid === where.tid;
  const starts = fired.filter(mine).map(({ ts }) => ts).toSorted((a, b) => a - b);
  const tasks = events.filter((each) => mine(each) && each.ph === 'X' && each.name.endsWith('RunTask')).toSorted((a, b) => a.ts - b.ts);
  const workMs: number[] = [];
  let next = 0;
  for (const [i, start] of starts.slice(0, -1).entries()) {
    // The task of a frame begins before its callbacks fire.
    const end = starts[i + 1] ?? Infinity;
    let sum = 0;
    for (; next < tasks.length && (tasks[next] as TraceEvent).ts < end; next++) if ((tasks[next] as TraceEvent).ts >= (starts[0] ?? start)) sum += ((tasks[next] as TraceEvent).tdur ?? 0) / 1000;
    workMs.push(sum);
  }
  const workers = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'DedicatedWorker thread').map(({ pid, tid }) => events.reduce((sum, each) => sum + (each.pid === pid && each.tid === tid && each.ph === 'X' && each.name.endsWith('RunTask') ? (each.tdur ?? 0) / 1000 : 0), 0));
  return { value, workMs, workerMs: Math.max(0, ...workers) };
}

export function crowdFigures({ framesPerSecond, workMs, longTasksMs, pace, workerMs, parts }: CrowdSeen): Figure[] {
  const at = (part: number): number => workMs[Math.min(workMs.length - 1, Math.floor(part * workMs.length))] ?? NaN;
  const whole = (ms: number): string => `${ms.toFixed(0)} ms`;
  return [
    { name: '100 nodes live: work for a frame, 95 of 100', value: at(0.95), unit: 'ms', goal: { to: FRAME_MS }, note: `CPU time of the page's thread; median ${at(0.5).toFixed(1)} ms, 99 of 100 ${at(0.99).toFixed(1)} ms, most ${at(1).toFixed(1)} ms` },
    { name: '100 nodes live: work in a second', value: parts.all, unit: 'ms', note: `script ${whole(parts.script)}, style ${whole(parts.style)}, layout ${whole(parts.layout)}` },
    { name: '100 nodes live: frames', value: framesPerSecond, unit: 'a second', goal: { from: 55 }, note: `on this machine, drawn without a graphics card; ${longTasksMs.length} tasks over 50 ms${longTasksMs.length === 0 ? '' : `, the longest ${whole(Math.max(...longTasksMs))}`}` },
    { name: '100 nodes live: virtual time', value: pace, unit: 's a second', goal: { from: 0.95 }, note: `a second of theirs takes ${whole(workerMs / pace)} of the worker's CPU time` },
  ];
}
