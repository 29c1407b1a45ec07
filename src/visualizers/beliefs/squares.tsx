/*
 * The beliefs of many nodes
 * -------------------------
 * Ten thousand cells cannot be read one by one. So first stands who is doubted, in words; last, the matrix as squares
 * that are as large as the panel lets them be, and where even the smallest do not fit, a field that scrolls by itself
 * under heads that stay. One cell is in hand: by pointer, arrow keys, or the fields above; it is told as a sentence.
 */
import { useEffect, useMemo, useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useWidth } from '../stage/index.tsx';
import { beliefOf, doubts, doubtWords, short, totals, type BeliefsView } from './model.ts';

export interface Chosen {
  readonly by: string;
  readonly of: string;
}

interface SquaresProps {
  view: BeliefsView;
  previous: BeliefsView | undefined;
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen) => void;
  /** The belief in hand as a sentence: over the matrix, where it stays in sight beside the fields. */
  children: ReactNode;
}

const [LEAST, MOST] = [4, 14];
/** Room for names: at the left, and above. */
const HEAD = { width: 40, height: 18 };
/** Every so manieth row and column has its name, by the room that a name takes. */
const BETWEEN = { rows: 14, columns: 40 };
/** Doubted nodes that are told one by one. */
const TOLD = 8;
const HEALTHS = ['ok', 'fail?', 'fail', 'handshake'] as const;

export function Squares({ view, previous, chosen, onChoose, children }: SquaresProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const box = useRef<HTMLDivElement>(null);
  const { rows, columns } = view;
  const side = Math.max(LEAST, Math.min(MOST, Math.floor((width - HEAD.width) / Math.max(1, columns.length))));
  const [wide, high] = [side * columns.length, side * rows.length];
  const inHand = { x: columns.indexOf(chosen?.of ?? ''), y: rows.findIndex(({ place: by }) => by === chosen?.by) };
  const isInHand = inHand.x !== -1 && inHand.y !== -1;
  const choose = (x: number, y: number): void => {
    const [of, by] = [columns[Math.max(0, Math.min(columns.length - 1, x))], rows[Math.max(0, Math.min(rows.length - 1, y))]];
    if (of !== undefined && by !== undefined) onChoose({ by: by.place, of });
  };

  // One shape for each belief: a hundred nodes have ten thousand cells.
  const shapes = useMemo(() => HEALTHS.map((health) => rows.map((row, y) => row.cells.map((cell, x) => (cell?.health === health ? square(x, y, side) : '')).join('')).join('')), [rows, side]);
  const changed = useMemo(() => {
    const were = new Map(previous?.rows.map((row) => [row.place, row]) ?? []);
    return rows.map((row, y) => {
      const was = were.get(row.place);
      return previous === undefined || was === undefined ? '' : columns.map((of, x) => {
        const old = beliefOf(previous, was, of);
        return old !== null && row.cells[x] !== null && old.health !== row.cells[x]?.health ? square(x, y, side) : '';
      }).join('');
    }).join('');
  }, [rows, columns, previous, side]);

  useEffect(() => {
    // The cell in hand stays in sight, under heads that cover a part of the field.
    const field = box.current;
    if (field === null || !isInHand) return;
    const [x, y] = [inHand.x * side, inHand.y * side];
    const [seenWide, seenHigh] = [field.clientWidth - HEAD.width, field.clientHeight - HEAD.height];
    if (x < field.scrollLeft || x + side > field.scrollLeft + seenWide) field.scrollLeft = x - seenWide / 2;
    if (y < field.scrollTop || y + side > field.scrollTop + seenHigh) field.scrollTop = y - seenHigh / 2;
  }, [isInHand, inHand.x, inHand.y, side]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (!isInHand) choose(0, 0);
    else choose(inHand.x + step[0], inHand.y + step[1]);
  };
  const onPointerDown = ({ clientX, clientY, currentTarget }: PointerEvent) => {
    const { left, top } = currentTarget.getBoundingClientRect();
    choose(Math.floor((clientX - left) / side), Math.floor((clientY - top) / side));
  };

  const doubted = doubts(view);
  const [everyRow, everyColumn] = [Math.ceil(BETWEEN.rows / side), Math.ceil(BETWEEN.columns / side)];
  return (
    <>
      <div className="belief-doubts">
        <p>{totals(view)}.{doubted.length === 0 ? ' Everybody believes everybody to be reachable.' : ''}</p>
        <ul>
          {doubted.slice(0, TOLD).map((doubt) => (
            <li key={doubt.place}>
              <button type="button" className="belief-doubt" onClick={() => onChoose({ by: doubt.suspectedBy[0] ?? doubt.failedFor[0] ?? '', of: doubt.place })}>{short(doubt.place)}</button> {doubtWords(doubt)}
            </li>
          ))}
        </ul>
        {doubted.length > TOLD ? <p>And {doubted.length - TOLD} more nodes that are doubted: the text has them all.</p> : null}
      </div>
      <div className="viz-row">
        <label>Who <select className="input" value={chosen?.by ?? ''} onChange={(event) => choose(Math.max(0, inHand.x), rows.findIndex(({ place: by }) => by === event.target.value))}>{chosen === undefined ? <option value="">choose</option> : null}{rows.map(({ place: by }) => <option key={by} value={by}>{short(by)}</option>)}</select></label>
        <label>about whom <select className="input" value={chosen?.of ?? ''} onChange={(event) => choose(columns.indexOf(event.target.value), Math.max(0, inHand.y))}>{chosen === undefined ? <option value="">choose</option> : null}{columns.map((of) => <option key={of} value={of}>{short(of)}</option>)}</select></label>
      </div>
      {children}
      <div ref={place}>
        {width === 0 ? null : (
          <div ref={box} className="belief-field" style={{ maxWidth: HEAD.width + wide + 2 }} tabIndex={0} role="application" aria-label={`Matrix of ${rows.length} nodes by ${columns.length}: who believes it from top to bottom, about whom from left to right. Arrow keys choose a belief, which is told above.`} onKeyDown={onKeyDown}>
            <i className="belief-corner" style={HEAD} />
            <svg className="belief-columns" width={wide} height={HEAD.height} aria-hidden="true">
              {columns.map((of, x) => (x % everyColumn === 0 ? <text key={of} x={x * side} y={12}>{short(of)}</text> : null))}
            </svg>
            <svg className="belief-rows" width={HEAD.width} height={high} aria-hidden="true">
              {rows.map(({ place: by }, y) => (y % everyRow === 0 ? <text key={by} x={HEAD.width - 6} y={y * side + 9} textAnchor="end">{short(by)}</text> : null))}
            </svg>
            <svg className="belief-squares" width={wide} height={high} aria-hidden="true" onPointerDown={onPointerDown}>
              {HEALTHS.map((health, i) => <path key={health} data-health={health} d={shapes[i]} />)}
              {changed === '' ? null : <path className="belief-squares-changed" d={changed} />}
              {/* In the gaps, so that it covers no colour. */}
              {isInHand ? <path className="belief-cross" d={`M${inHand.x * side - 0.5} 0V${high}m${side} 0V0M0 ${inHand.y * side - 0.5}H${wide}m0 ${side}H0`} /> : null}
            </svg>
          </div>
        )}
      </div>
    </>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number] | undefined>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [0, -10], PageDown: [0, 10], Home: [-1000, 0], End: [1000, 0] };

/** With a gap to the next. */
function square(x: number, y: number, side: number): string {
  return `M${x * side} ${y * side}h${side - 1}v${side - 1}h${1 - side}z`;
}
