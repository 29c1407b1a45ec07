/*
 * The drawing of a string
 * -----------------------
 * Above, the pieces of memory as bars whose parts are as wide as they are large, as far as their labels let
 * them: object, text header, text, free room, closing zero. Below, the bytes of the text in rows, as hex
 * and as characters, sixteen or thirty-two to a row, so that addresses can be read off.
 */
import { useMemo, useState, type KeyboardEvent } from 'react';
import { Band, Changes, Facts, Lens, NoServer, type BandCell } from '../drawing/parts.tsx';
import { useWidth } from '../drawing/use-width.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { byteName, bytesSize, count, counted, glyph, hex, shown } from '../words.ts';
import { fate, SHARED, slack, stringChanges, textPiece, type StringPicture, type StringView } from './model.ts';
import { stringGoal, stringPrompts } from './prompts.ts';
import './view.css';

const WINDOW = 256;
const BAR = 42;

type PartKind = 'object' | 'pointer' | 'number' | 'header' | 'text' | 'free' | 'zero' | 'slack';

interface Part {
  readonly kind: PartKind;
  readonly bytes: number;
  readonly label: string;
  /** Least width in pixels, so that the label can be read. */
  readonly least: number;
}

interface Piece {
  readonly title: string;
  readonly parts: readonly Part[];
}

function piecesOf(value: StringPicture): readonly Piece[] {
  const { allocation } = value;
  const object: Part = { kind: 'object', bytes: 8, label: 'type, use', least: 78 };
  if (value.encoding === 'int') {
    return [{ title: value.refcount === SHARED ? `One object of ${count(allocation.header)} bytes, shared by all keys` : `One object of ${counted(allocation.header, 'byte')}`, parts: [object, { kind: 'number', bytes: 8, label: value.window, least: Math.max(86, 8 * value.window.length + 16) }] }];
  }
  const text: Part[] = [
    { kind: 'header', bytes: allocation.textHeader, label: value.headerKind ?? '', least: 66 },
    ...(allocation.used > 0 ? [{ kind: 'text', bytes: allocation.used, label: 'text', least: 44 } as const] : []),
    ...(allocation.spare > 0 ? [{ kind: 'free', bytes: allocation.spare, label: 'free', least: 40 } as const] : []),
    { kind: 'zero', bytes: 1, label: '0', least: 22 },
    ...(slack(value) > 0 ? [{ kind: 'slack', bytes: slack(value), label: 'unused', least: 50 } as const] : []),
  ];
  if (allocation.embedded) return [{ title: `One piece of ${counted(allocation.total, 'byte')}: the object ${allocation.header}, the text ${allocation.total - allocation.header}`, parts: [object, { kind: 'pointer', bytes: 8, label: 'pointer', least: 58 }, ...text] }];
  return [
    { title: `First piece: the object, ${counted(allocation.header, 'byte')}`, parts: [object, { kind: 'pointer', bytes: 8, label: 'pointer ↓', least: 72 }] },
    { title: `Second piece: the text, ${bytesSize(textPiece(value))}`, parts: text },
  ];
}

/** Widths that keep proportions as far as every label can be read. */
function widthsOf(parts: readonly Part[], width: number): number[] {
  const fixed = parts.reduce((sum, part) => sum + part.least, 0);
  const left = Math.max(0, width - fixed);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return parts.map((part) => part.least + (left * part.bytes) / bytes);
}

function Bar({ piece, width, room, changed }: { piece: Piece; width: number; room: number; changed: ReadonlySet<PartKind> }) {
  const total = piece.parts.reduce((sum, part) => sum + part.bytes, 0);
  // A short piece is drawn short: sixteen bytes need no whole row.
  const wanted = Math.max(piece.parts.reduce((sum, part) => sum + part.least, 0), Math.min(width, total * room));
  const widths = widthsOf(piece.parts, Math.min(width, wanted));
  let x = 0;
  return (
    <div className="string-piece">
      <p className="viz-heading">{piece.title}</p>
      <svg width={width} height={BAR} role="group" aria-label={piece.parts.map((part) => `${part.label} ${counted(part.bytes, 'byte')}`).join(', ')}>
        {piece.parts.map((part, i) => {
          const w = widths[i] ?? 0;
          const at = x;
          x += w;
          return (
            <g key={part.kind} style={{ transform: `translateX(${at}px)` }} className={`string-part part-${part.kind}`} data-thing="" data-changed={changed.has(part.kind)}>
              <rect x={0.5} y={0.5} width={w - 1} height={BAR - 1} className="part-box" />
              <rect x={2} y={2} width={Math.max(0, w - 4)} height={BAR - 4} className="ring" />
              <text x={w / 2} y={17} textAnchor="middle">{part.label}</text>
              <text x={w / 2} y={33} textAnchor="middle" className="small">{part.kind === 'zero' ? '1' : count(part.bytes)}</text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** The bytes of the window. One place for the focus; arrow keys go from byte to byte. */
function Bytes({ value, previous, width }: { value: StringPicture; previous: StringPicture | undefined; width: number }) {
  const [at, setAt] = useState(0);
  const gutter = 46;
  const perRow = width - gutter >= 32 * 19 ? 32 : width - gutter >= 16 * 16 ? 16 : 8;
  const cell = Math.min(24, Math.floor((width - gutter) / perRow));
  const bytes = value.window;
  const rows = Math.ceil(bytes.length / perRow);
  const chosen = Math.min(at, Math.max(0, bytes.length - 1));
  const compare = previous !== undefined && previous.from === value.from && previous.encoding !== 'int' ? previous.window : undefined;

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow, Home: -chosen, End: bytes.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(Math.max(0, Math.min(bytes.length - 1, chosen + step)));
  };

  if (bytes.length === 0) return <p className="viz-note">The text is empty: a header and a closing zero, nothing between.</p>;
  const code = bytes.charCodeAt(chosen);
  return (
    <div className="string-bytes">
      <svg width={width} height={rows * 36} tabIndex={0} role="application" aria-label="Bytes; arrow keys go from one to the next" aria-describedby="string-byte" onKeyDown={onKeyDown}>
        {Array.from({ length: rows }, (_, row) => <text key={row} x={gutter - 10} y={row * 36 + 14} textAnchor="end" className="small">{count(value.from + row * perRow)}</text>)}
        {Array.from(bytes, (character, i) => {
          const byte = character.charCodeAt(0);
          const isChanged = compare !== undefined && compare.charAt(i) !== character;
          const kind = byte === 0 ? 'zero' : byte >= 32 && byte < 127 ? 'printable' : 'other';
          return (
            <g key={value.from + i} transform={`translate(${gutter + (i % perRow) * cell} ${Math.floor(i / perRow) * 36})`} className={`byte byte-${kind}`} data-thing="" data-changed={isChanged} data-chosen={i === chosen} onPointerDown={() => setAt(i)}>
              <rect width={cell - 1} height={33} className="byte-box" />
              {isChanged ? <rect x={0.5} y={0.5} width={cell - 2} height={32} className="ring" /> : null}
              <text x={(cell - 1) / 2} y={13} textAnchor="middle">{hex(byte)}</text>
              <text x={(cell - 1) / 2} y={28} textAnchor="middle" className="byte-glyph">{glyph(byte)}</text>
            </g>
          );
        })}
      </svg>
      <p className="viz-note" id="string-byte" aria-live="polite">Byte {count(value.from + chosen)}: <code>{byteName(code)}</code>, {code} in decimal</p>
    </div>
  );
}

function Density({ value, width, onParams }: { value: StringPicture; width: number; onParams: DrawingProps<StringView>['onParams'] }) {
  const piece = Math.ceil(value.length / Math.max(1, value.density.length));
  const cells = useMemo<readonly BandCell[]>(() => value.density.map((mix) => {
    const total = Math.max(1, mix.zero + mix.printable + mix.other);
    return { fill: (mix.printable + mix.other) / total, mark: mix.other > mix.printable ? '--text-1' : '--value-mark' };
  }), [value.density]);
  const frame = useMemo(() => ({ from: Math.floor(value.from / piece), count: Math.max(1, Math.ceil(WINDOW / piece)) }), [value.from, piece]);
  const cellWidth = Math.max(3, Math.floor(width / Math.max(1, value.density.length)));
  return (
    <div data-thing="" data-changed={false}>
      <Band cells={cells} width={width} rowHeight={30} cellWidth={cellWidth} frame={frame} label="The whole value in pieces" onPick={(cell) => onParams({ from: cell * piece })} />
      <p className="viz-note string-each">Each column stands for {counted(piece, 'byte')}: its height is the share that is not zero, dark when most are not printable.</p>
    </div>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<StringView>) {
  const [place, width] = useWidth<HTMLDivElement>();
  const { value } = view;
  const same = previous !== undefined && previous.key === view.key && previous.db === view.db ? previous : undefined;
  const was = same?.value;
  const changes = useMemo(() => (same === undefined ? [] : stringChanges(same, view)), [same, view]);
  const how = fate(same, view);
  const changed = useMemo(() => {
    const parts = new Set<PartKind>();
    if (was === undefined || value === undefined) return parts;
    if (was.length !== value.length || was.window !== value.window) parts.add(value.encoding === 'int' ? 'number' : 'text');
    if (was.allocation.spare !== value.allocation.spare) parts.add('free');
    if (was.headerKind !== value.headerKind) parts.add('header');
    return parts;
  }, [was, value]);
  // As wide as the bytes below, so that one piece can be read against the other.
  const room = width < 500 ? 8 : 12;
  return (
    <div className="viz string-view" ref={place}>
      {view.place === undefined ? <NoServer /> : view.otherType !== undefined ? <p className="viz-note"><code>{shown(view.key)}</code> is a {view.otherType}. This picture shows strings.</p>
        : value === undefined ? <p className="viz-note">There is no key <code>{shown(view.key)}</code> in database {view.db} now. It appears here as soon as a command makes it.</p>
        : width === 0 ? null : (
          <>
            <Facts facts={[
              ['key', <code className="viz-mono" key="k">{shown(view.key)}</code>],
              ['encoding', <code className="viz-mono" key="e">{value.encoding}</code>, was !== undefined && was.encoding !== value.encoding],
              ['length', counted(value.length, 'byte'), was !== undefined && was.length !== value.length],
              ['references', value.refcount === SHARED ? 'shared' : count(value.refcount)],
              ['MEMORY USAGE', counted(value.memoryBytes, 'byte'), was !== undefined && was.memoryBytes !== value.memoryBytes],
            ]} />
            <div className="string-pieces">
              {piecesOf(value).map((piece) => <Bar key={piece.title.slice(0, 5)} piece={piece} width={width} room={room} changed={changed} />)}
              {how === 'moved' && was !== undefined && textPiece(was) !== textPiece(value) && textPiece(was) > 0 ? (
                <p className="string-returned" data-thing="" data-changed><span className="mark-lost">given back</span> the piece of {counted(textPiece(was), 'byte')} in which the text lay before</p>
              ) : null}
            </div>
            {value.encoding === 'int' ? <p className="viz-note">No text is kept. The eight bytes that would point to it hold the number, and GET writes its digits when asked.</p> : (
              <>
                {value.level === 'L' ? <Density value={value} width={width} onParams={onParams} /> : null}
                {value.level === 'S' ? null : <Lens label="Bytes from" value={value.from} max={Math.max(0, value.length - WINDOW)} step={value.level === 'L' ? 64 : 16} shown={`${count(value.from)} of ${count(value.length)}`} onChange={(from) => onParams({ from })} />}
                <Bytes key={`${view.db}/${view.key}`} value={value} previous={was} width={width} />
              </>
            )}
            <Changes sentences={changes} />
          </>
        )}
    </div>
  );
}

export default defineView<StringView>({
  id: 'string',
  Drawing,
  controls: [{ kind: 'key', param: 'key', label: 'Key', empty: 'The last written' }, { kind: 'database', param: 'db', label: 'Database' }],
  legend: [
    { mark: 'value', says: 'bytes of the value' },
    { mark: 'empty', says: 'free room, kept for growth' },
    { mark: 'lost', says: 'a piece that was given back' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: stringPrompts,
  goal: stringGoal,
  empty: { holds: (view) => view.place !== undefined && view.key === '', says: <span>Type <code>SET greeting hello</code> in the terminal, or choose a key above.</span> },
  cause: (view) => view.command?.text,
});
