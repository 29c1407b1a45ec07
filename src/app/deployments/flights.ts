/*
 * Messages over a crowd, on a canvas
 * ----------------------------------
 * Each look brings the messages that are on their way at that moment. From there each goes on to where it is bound, at the
 * pace of the machines' time where that is slow enough to be seen, else in a third of a second; one that is cut or held
 * stays where it is. The canvas is drawn in every frame only while something moves.
 */
import type { Answers } from '../../lab/protocol.ts';
import { progressOf, type Pair, type Point, barrierWord } from './facts.ts';

/** A message that is faster than this could not be followed by an eye. */
const SEEN_MS = 320;
/** Pixels behind a message that show where it comes from. */
const TAIL = 16;

export interface Flight {
  readonly from: Point;
  readonly to: Point;
  /** How far it was at the look, 0 … 1, and how much further it comes in a millisecond. */
  readonly begin: number;
  readonly perMs: number;
  readonly kind: 'data' | 'background' | 'cut' | 'held';
}

/** `speed`: virtual seconds per real one. */
export function flightsOf(messages: Answers['inFlight'], places: ReadonlyMap<string, Point>, nowUs: number, speed: number): Flight[] {
  return messages.flatMap((message) => {
    const [from, to] = [places.get(message.from), places.get(message.to)];
    if (from === undefined || to === undefined) return [];
    const begin = progressOf(message, nowUs);
    const wholeUs = (message.arrivesAtUs ?? 0) - message.sentAtUs;
    const stands = message.stopped !== null || speed === 0;
    const perMs = stands ? 0 : Math.min(1 / SEEN_MS, wholeUs <= 0 ? 1 : (speed * 1000) / wholeUs);
    return [{ from, to, begin, perMs, kind: message.stopped ?? (message.isBackground ? 'background' : 'data') }];
  });
}

export interface Inks {
  readonly data: string;
  readonly background: string;
  readonly cut: string;
  readonly held: string;
}

/** The colours of the theme, as the canvas takes them. */
export function inksOf(element: HTMLElement): Inks {
  const style = getComputedStyle(element);
  const ink = (name: string): string => style.getPropertyValue(name);
  return { data: ink('--ink-data'), background: ink('--ink-background'), cut: ink('--ink-cut'), held: ink('--ink-held') };
}

/** Draws what is on its way `ms` after the look; true while anything still moves. */
export function drawFlights(canvas: CanvasRenderingContext2D, flights: readonly Flight[], pairs: readonly Pair[], places: ReadonlyMap<string, Point>, inks: Inks, ms: number): boolean {
  const { width, height } = canvas.canvas;
  const scale = canvas.getTransform().a;
  canvas.clearRect(0, 0, width / scale, height / scale);
  canvas.lineWidth = 1.5;
  for (const pair of pairs) {
    const [a, b] = [places.get(pair.a), places.get(pair.b)];
    if (a === undefined || b === undefined) continue;
    const barrier = barrierWord(pair);
    canvas.strokeStyle = barrier === '' || barrier.startsWith('held') ? inks.held : inks.cut;
    canvas.setLineDash(barrier === '' ? [] : [7, 6]);
    line(canvas, a, b);
  }
  canvas.setLineDash([]);
  let moves = false;
  for (const { from, to, begin, perMs, kind } of flights) {
    const part = begin + perMs * ms;
    if (part >= 1 && perMs > 0) continue;
    moves ||= perMs > 0;
    const at = { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    // A hundred machines greet each other all the time: only what is no greeting is drawn with its whole way.
    canvas.strokeStyle = inks[kind];
    canvas.lineWidth = 1;
    if (kind === 'background') {
      const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
      const tail = Math.min(TAIL, part * length) / length;
      line(canvas, { x: at.x - (to.x - from.x) * tail, y: at.y - (to.y - from.y) * tail }, at);
    } else line(canvas, from, at);
    canvas.fillStyle = inks[kind];
    canvas.beginPath();
    // Cut is a cross and held a bar, so that colour is not all that tells them apart.
    if (kind === 'cut') {
      canvas.rect(at.x - 1, at.y - 5, 2, 10);
      canvas.rect(at.x - 5, at.y - 1, 10, 2);
    } else if (kind === 'held') {
      canvas.rect(at.x - 4, at.y - 4, 3, 8);
      canvas.rect(at.x + 1, at.y - 4, 3, 8);
    } else canvas.arc(at.x, at.y, kind === 'data' ? 3.5 : 2.5, 0, 2 * Math.PI);
    canvas.fill();
  }
  return moves;
}

function line(canvas: CanvasRenderingContext2D, from: Point, to: Point): void {
  canvas.beginPath();
  canvas.moveTo(from.x, from.y);
  canvas.lineTo(to.x, to.y);
  canvas.stroke();
}
