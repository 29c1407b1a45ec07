/*
 * What a learner has done
 * -----------------------
 * One plain record, changed only by `reduceProgress`, saved whole after each change. It is built so that two
 * copies can be joined without asking anybody: two tabs, or a laptop and a phone, each go on from the same
 * beginning and nothing that either has is lost. So every field is of a kind that joins by itself: sets
 * (union), first times (the earlier), best scores (the higher), logs (union by time). Counts are lengths
 * of logs, because two counters cannot be joined.
 *
 * Items are keyed by their permanent id. Each pass remembers the hash of the text that was passed: when a
 * lesson has changed since, the page can say so and keeps the pass.
 *
 * Starting over raises `epoch`; a copy of an older epoch cannot bring the deleted things back.
 */
import { contentHash } from './content-hash.ts';

export const PROGRESS_FORMAT = 1;

/** A moment, given by the page: this room has no clock. */
export interface Now {
  /** Milliseconds since 1970. */
  ms: number;
  /** The learner's own calendar day, in days since 1970-01-01. */
  day: number;
}

export interface ItemProgress {
  /** Hash of the text at the last visit. */
  hash: string;
  /** First and last visit, ms. */
  opened: number;
  visited: number;
  /** Hash of a text → first time it was passed, ms. */
  passes: Record<string, number>;
  /** Best score in per cent. */
  score: number;
  /** Times of attempts, ms, rising: a command in an exercise's terminal is none, a finished quiz or a first failing check is. */
  attempts: number[];
  /** Hints that were opened: 'task:level'. */
  hints: string[];
  /** First time the solution was shown, ms. */
  solutionSeen?: number;
  /** Where the learner was in the text: id of a heading, with the time it was noted. */
  place?: { heading: string; at: number };
}

/** Answers to one question, [ms, day, 1 right or 0 wrong], rising. */
export type AnswerLog = [ms: number, day: number, right: 0 | 1][];

export interface Progress {
  format: typeof PROGRESS_FORMAT;
  course: { id: string; hash: string };
  learner: { id: string; name?: string; namedAt?: number };
  /** Chooses variants of quizzes. */
  seed: number;
  /** Raised by starting over. */
  epoch: number;
  items: Record<string, ItemProgress>;
  /** By question id. */
  answers: Record<string, AnswerLog>;
  /** Days with practice, rising. */
  days: number[];
  /** Where to go on. */
  last?: { item: string; at: number };
}

export type ProgressEvent =
  | { type: 'opened'; item: string; hash: string; now: Now }
  | { type: 'placed'; item: string; hash: string; heading: string; now: Now }
  | { type: 'attempted'; item: string; hash: string; now: Now }
  /** `score` in per cent; 100 for exercises and lessons. */
  | { type: 'passed'; item: string; hash: string; score: number; now: Now }
  | { type: 'quizFinished'; item: string; hash: string; score: number; passed: boolean; now: Now }
  | { type: 'hintSeen'; item: string; hash: string; task: number; level: number; now: Now }
  | { type: 'solutionSeen'; item: string; hash: string; now: Now }
  | { type: 'answered'; question: string; right: boolean; now: Now }
  | { type: 'named'; name: string; now: Now }
  /** Everything is forgotten; the learner stays. */
  | { type: 'startedOver'; now: Now };

const MAX_ATTEMPTS = 500;
const MAX_ANSWERS = 60;

export function newProgress(course: { id: string; hash: string }, learnerId: string, seed: number): Progress {
  return { format: PROGRESS_FORMAT, course, learner: { id: learnerId }, seed: seed >>> 0, epoch: 0, items: {}, answers: {}, days: [] };
}

/** The record after an event; the given one is not changed. */
export function reduceProgress(progress: Progress, event: ProgressEvent): Progress {
  const { now } = event;
  switch (event.type) {
    case 'named':
      return { ...progress, learner: { ...progress.learner, name: event.name, namedAt: now.ms } };
    case 'startedOver': {
      const { last: _last, ...kept } = progress;
      return { ...kept, epoch: Math.max(progress.epoch + 1, now.ms), items: {}, answers: {}, days: [] };
    }
    case 'answered': {
      const log = joinLogs(progress.answers[event.question] ?? [], [[now.ms, now.day, event.right ? 1 : 0]]);
      return practised({ ...progress, answers: { ...progress.answers, [event.question]: log } }, now);
    }
    default: {
      const before = progress.items[event.item] ?? { hash: event.hash, opened: now.ms, visited: now.ms, passes: {}, score: 0, attempts: [], hints: [] };
      const visited = { ...before, hash: event.hash, visited: Math.max(before.visited, now.ms) };
      const items = { ...progress.items, [event.item]: reduceItem(visited, event) };
      const moved = { ...progress, items, last: { item: event.item, at: now.ms } };
      return event.type === 'opened' || event.type === 'placed' ? moved : practised(moved, now);
    }
  }
}

type ItemEvent = Extract<ProgressEvent, { item: string }>;

function reduceItem(item: ItemProgress, event: ItemEvent): ItemProgress {
  const { ms } = event.now;
  switch (event.type) {
    case 'opened':
      return item;
    case 'placed':
      return { ...item, place: { heading: event.heading, at: ms } };
    case 'attempted':
      return { ...item, attempts: joinTimes(item.attempts, [ms]) };
    case 'hintSeen':
      return { ...item, hints: joinSets(item.hints, [`${event.task}:${event.level}`]) };
    case 'solutionSeen':
      return { ...item, solutionSeen: Math.min(item.solutionSeen ?? ms, ms) };
    case 'passed':
    case 'quizFinished': {
      const passes = event.type === 'passed' || event.passed ? { ...item.passes, [event.hash]: Math.min(item.passes[event.hash] ?? ms, ms) } : item.passes;
      return { ...item, passes, score: Math.max(item.score, event.score), attempts: joinTimes(item.attempts, [ms]) };
    }
  }
}

function practised(progress: Progress, now: Now): Progress {
  return progress.days.includes(now.day) ? progress : { ...progress, days: [...progress.days, now.day].sort((a, b) => a - b) };
}

// --- questions ------------------------------------------------------------------------------------

export type ItemState = 'new' | 'begun' | 'passed' | 'passedOlder';

/** How far an item is; `passedOlder`: passed, but the text has changed since. */
export function itemState(progress: Progress, id: string, hash: string): ItemState {
  const item = progress.items[id];
  if (item === undefined) return 'new';
  if (item.passes[hash] !== undefined) return 'passed';
  return Object.keys(item.passes).length > 0 ? 'passedOlder' : 'begun';
}

export function isPassed(progress: Progress, id: string): boolean {
  return Object.keys(progress.items[id]?.passes ?? {}).length > 0;
}

/** Passed and all items of a list: for bars. */
export function countPassed(progress: Progress, ids: readonly string[]): { passed: number; of: number } {
  return { passed: ids.filter((id) => isPassed(progress, id)).length, of: ids.length };
}

// --- joining two copies ------------------------------------------------------------------------------

/**
 * Both copies in one. Does not depend on the order of the two, and joining again changes nothing, so tabs
 * may exchange copies as often as they like. Copies of different learners join too: then the one with
 * the older record lends its id.
 */
export function mergeProgress(a: Progress, b: Progress): Progress {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  const items: Record<string, ItemProgress> = {};
  for (const id of joinSets(Object.keys(a.items), Object.keys(b.items))) {
    const one = a.items[id];
    const other = b.items[id];
    const joined = one !== undefined && other !== undefined ? mergeItems(one, other) : (one ?? other);
    if (joined !== undefined) items[id] = joined;
  }
  const answers: Record<string, AnswerLog> = {};
  for (const id of joinSets(Object.keys(a.answers), Object.keys(b.answers))) answers[id] = joinLogs(a.answers[id] ?? [], b.answers[id] ?? []);
  const last = later(a.last, b.last);
  const [first, second] = firstOf(a, b);
  const named = (second.learner.namedAt ?? -1) > (first.learner.namedAt ?? -1) ? second.learner : first.learner;
  return {
    format: PROGRESS_FORMAT,
    // Of two versions of the course the one that was used last.
    course: latest(a) > latest(b) ? a.course : latest(a) < latest(b) ? b.course : first.course,
    learner: { id: first.learner.id, ...(named.name === undefined ? {} : { name: named.name }), ...(named.namedAt === undefined ? {} : { namedAt: named.namedAt }) },
    seed: first.seed,
    epoch: a.epoch,
    items, answers,
    days: [...new Set([...a.days, ...b.days])].sort((x, y) => x - y),
    ...(last === undefined ? {} : { last }),
  };
}

const latest = (progress: Progress): number => progress.last?.at ?? 0;

/** The copy whose record began earlier; ids decide a tie, so that both sides of an exchange agree. */
function firstOf(a: Progress, b: Progress): [Progress, Progress] {
  const began = (progress: Progress): number => Math.min(Number.MAX_SAFE_INTEGER, ...Object.values(progress.items).map((item) => item.opened));
  const [x, y] = [began(a), began(b)];
  return x < y || (x === y && a.learner.id <= b.learner.id) ? [a, b] : [b, a];
}

function later<T extends { at: number; item?: string }>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return JSON.stringify(a) >= JSON.stringify(b) ? a : b;
}

function mergeItems(a: ItemProgress, b: ItemProgress): ItemProgress {
  const passes: Record<string, number> = {};
  for (const hash of joinSets(Object.keys(a.passes), Object.keys(b.passes))) {
    passes[hash] = Math.min(a.passes[hash] ?? Number.MAX_SAFE_INTEGER, b.passes[hash] ?? Number.MAX_SAFE_INTEGER);
  }
  const place = later(a.place, b.place);
  const seen = [a.solutionSeen, b.solutionSeen].filter((time) => time !== undefined);
  return {
    hash: a.visited !== b.visited ? (a.visited > b.visited ? a.hash : b.hash) : a.hash > b.hash ? a.hash : b.hash,
    opened: Math.min(a.opened, b.opened),
    visited: Math.max(a.visited, b.visited),
    passes,
    score: Math.max(a.score, b.score),
    attempts: joinTimes(a.attempts, b.attempts),
    hints: joinSets(a.hints, b.hints),
    ...(seen.length === 0 ? {} : { solutionSeen: Math.min(...seen) }),
    ...(place === undefined ? {} : { place }),
  };
}

function joinSets(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}

function joinTimes(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y).slice(-MAX_ATTEMPTS);
}

/** Union by time. Two answers of one millisecond are one; the right one counts. */
function joinLogs(a: AnswerLog, b: AnswerLog): AnswerLog {
  const byTime = new Map<number, AnswerLog[number]>();
  for (const entry of [...a, ...b]) {
    const there = byTime.get(entry[0]);
    if (there === undefined || entry[2] > there[2] || (entry[2] === there[2] && entry[1] > there[1])) byTime.set(entry[0], entry);
  }
  return [...byTime.values()].sort((x, y) => x[0] - y[0]).slice(-MAX_ANSWERS);
}

// --- the file ---------------------------------------------------------------------------------------

/** The text of a backup. It ends with a sum over the rest, so that a damaged file is noticed. */
export function exportProgress(progress: Progress): string {
  return `${JSON.stringify({ ...progress, sum: contentHash(JSON.stringify(progress)) }, undefined, 1)}\n`;
}

export type ReadResult = { progress: Progress } | { problem: string; remedy: string };

/** Reads a backup. Nothing is guessed: what is damaged or newer is refused with the reason. */
export function importProgress(text: string): ReadResult {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { problem: 'This is not a progress file: it is not JSON, or a part is missing.', remedy: 'Choose the file that this site saved, whose name ends in .json.' };
  }
  if (!isRecord(raw)) return { problem: 'This is not a progress file.', remedy: 'Choose the file that this site saved.' };
  const { sum, ...rest } = raw;
  const read = readProgress(rest);
  if ('problem' in read) return read;
  if (typeof sum !== 'string' || contentHash(JSON.stringify(rest)) !== sum) {
    return { problem: 'The file was changed or damaged after it was saved: its check sum does not fit.', remedy: 'Choose another backup. What is stored here stays as it is.' };
  }
  return read;
}

/** Checks a record that comes from a file or from storage, field by field. */
export function readProgress(raw: unknown): ReadResult {
  const damaged = (what: string): ReadResult => ({ problem: `The progress record is damaged: ${what}.`, remedy: 'Choose another backup. What is stored here stays as it is.' });
  if (!isRecord(raw)) return damaged('it is not a record');
  if (typeof raw['format'] !== 'number') return damaged('it does not tell its format');
  if (raw['format'] > PROGRESS_FORMAT) {
    return { problem: `The record was written by a newer version of this site (format ${raw['format']}; this page reads format ${PROGRESS_FORMAT}).`, remedy: 'Load the page again to get the newer version, then try once more. Nothing has been changed.' };
  }
  if (raw['format'] !== PROGRESS_FORMAT) return damaged(`format ${raw['format']} has never existed`);
  const course = raw['course'];
  if (!isRecord(course) || !isText(course['id']) || !isText(course['hash'])) return damaged('the course is missing');
  const learner = raw['learner'];
  if (!isRecord(learner) || !isText(learner['id'])) return damaged('the learner is missing');
  if (learner['name'] !== undefined && !isText(learner['name'])) return damaged('the learner’s name is no text');
  if (!isCount(raw['seed']) || !isCount(raw['epoch'])) return damaged('seed or epoch is missing');
  if (!isRecord(raw['items']) || !isRecord(raw['answers'])) return damaged('the items are missing');
  if (!Array.isArray(raw['days']) || !raw['days'].every((day) => typeof day === 'number' && Number.isInteger(day))) return damaged('the days are missing');
  for (const [id, item] of Object.entries(raw['items'])) if (!isItem(item)) return damaged(`the entry of "${id}" cannot be read`);
  for (const [id, log] of Object.entries(raw['answers'])) if (!isLog(log)) return damaged(`the answers to "${id}" cannot be read`);
  const last = raw['last'];
  if (last !== undefined && !(isRecord(last) && isText(last['item']) && isCount(last['at']))) return damaged('the last place cannot be read');
  // Every field has been looked at above; the record is what the type says.
  return { progress: raw as unknown as Progress };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 10_000;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

function isItem(value: unknown): value is ItemProgress {
  if (!isRecord(value)) return false;
  const place = value['place'];
  return (
    isText(value['hash']) && isCount(value['opened']) && isCount(value['visited']) && isCount(value['score']) && value['score'] <= 100 &&
    isRecord(value['passes']) && Object.values(value['passes']).every(isCount) &&
    Array.isArray(value['attempts']) && value['attempts'].every(isCount) &&
    Array.isArray(value['hints']) && value['hints'].every(isText) &&
    (value['solutionSeen'] === undefined || isCount(value['solutionSeen'])) &&
    (place === undefined || (isRecord(place) && isText(place['heading']) && isCount(place['at'])))
  );
}

function isLog(value: unknown): value is AnswerLog {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 3 && isCount(entry[0]) && Number.isInteger(entry[1]) && (entry[2] === 0 || entry[2] === 1));
}
