/*
 * Parts that several pictures share: figures in a row, the list of what changed, text in SVG that must fit,
 * and a band of cells on a canvas for what would be too many elements.
 */
import { useEffect, useRef, type ReactNode } from 'react';
import { tokenColour, useTheme } from '../../ui/index.ts';
import './drawing.css';

/** Width of a character of the monospaced face at 12 px. */
const MONO_12 = 7.25;

/** A text cut so that it fits `width` pixels at 12 px in the monospaced face. */
export function fitted(text: string, width: number): string {
  const most = Math.max(1, Math.floor(width / MONO_12));
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(1, most - 1)).join('')}…`;
}

/** Name and value pairs on one line, wrapping. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode, changed?: boolean])[] }) {
  return (
    <dl className="viz-facts">
      {facts.map(([name, value, changed]) => (
        <div key={name} data-thing="" data-changed={changed === true}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What changed with the last step. The same list stands for motion where motion is not wanted. */
export function Changes({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div className="viz-changes">
      <h3>Last change</h3>
      <ul>{sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
    </div>
  );
}

export function NoServer() {
  return <p className="viz-absent">No server is running here. Start one in a terminal: <code>redis-server &amp;</code></p>;
}

export interface BandCell {
  /** How full, 0 … 1: the height of the bar in the cell. */
  readonly fill: number;
  /** Which token colours it. */
  readonly mark: string;
}

export interface BandProps {
  cells: readonly BandCell[];
  width: number;
  /** Height of one row of cells in pixels. */
  rowHeight: number;
  cellWidth: number;
  /** Cells that are framed: those under the lens. */
  frame?: { from: number; count: number };
  /** Cells with a mark above them, in order: those that SCAN visits. */
  marked?: readonly number[];
  onPick?: (cell: number) => void;
  label: string;
}

/** Cells in rows on a canvas. What it shows is told in words by the picture; the lens has a control of its own. */
export function Band({ cells, width, rowHeight, cellWidth, frame, marked = [], onPick, label }: BandProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const columns = Math.max(1, Math.floor(width / cellWidth));
  const rows = Math.ceil(cells.length / columns);
  const height = Math.max(1, rows * rowHeight);

  useEffect(() => {
    const element = canvas.current;
    const brush = element?.getContext('2d');
    if (element == null || brush == null) return;
    const scale = devicePixelRatio;
    element.width = columns * cellWidth * scale;
    element.height = height * scale;
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    brush.clearRect(0, 0, columns * cellWidth, height);
    const colours = new Map<string, string>();
    const colour = (token: string): string => {
      let found = colours.get(token);
      if (found === undefined) {
        found = tokenColour(token);
        colours.set(token, found);
      }
      return found;
    };
    cells.forEach((cell, i) => {
      const x = (i % columns) * cellWidth;
      const y = Math.floor(i / columns) * rowHeight;
      const inner = rowHeight - 3;
      brush.fillStyle = colour('--surface-well');
      brush.fillRect(x, y + 1, cellWidth - 1, inner);
      const bar = cell.fill <= 0 ? 0 : Math.max(1, Math.min(1, cell.fill) * inner);
      if (bar > 0) {
        brush.fillStyle = colour(cell.mark);
        brush.fillRect(x, y + 1 + inner - bar, cellWidth - 1, bar);
      }
    });
    brush.fillStyle = colour('--text-1');
    for (const i of marked) brush.fillRect((i % columns) * cellWidth, Math.floor(i / columns) * rowHeight, cellWidth - 1, 2);
    if (frame !== undefined) {
      brush.strokeStyle = colour('--focus');
      brush.lineWidth = 2;
      // A frame that runs over the end of a row goes on in the next.
      for (let i = frame.from; i < frame.from + frame.count; ) {
        const inRow = Math.min(frame.from + frame.count - i, columns - (i % columns));
        brush.strokeRect((i % columns) * cellWidth, Math.floor(i / columns) * rowHeight + 0.5, inRow * cellWidth - 1, rowHeight - 2);
        i += inRow;
      }
    }
  }, [cells, columns, cellWidth, rowHeight, height, frame, marked, theme]);

  return (
    <canvas
      ref={canvas} role="img" aria-label={label} className="viz-band" style={{ width: columns * cellWidth, height }} data-picks={onPick !== undefined}
      onClick={(event) => {
        if (onPick === undefined) return;
        const box = event.currentTarget.getBoundingClientRect();
        const at = Math.floor((event.clientY - box.top) / rowHeight) * columns + Math.floor((event.clientX - box.left) / cellWidth);
        if (at >= 0 && at < cells.length) onPick(at);
      }}
    />
  );
}

/** A slider with its value beside it: the button-and-keyboard way to move a lens. */
export function Lens({ label, value, max, step, shown, onChange }: { label: string; value: number; max: number; step: number; shown: string; onChange: (value: number) => void }) {
  return (
    <label className="viz-lens">
      <span>{label}</span>
      <input type="range" min={0} max={max} step={step} value={value} aria-valuetext={shown} onChange={(event) => onChange(Number(event.target.value))} />
      <span className="numbers">{shown}</span>
    </label>
  );
}
