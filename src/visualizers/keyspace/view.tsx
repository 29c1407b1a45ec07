/*
 * The drawing of the hash table
 * -----------------------------
 * Buckets stand in rows whose length is a power of two, so that numbers with the same last bits stand below
 * each other; chains hang from their buckets. A key is one element in every state: when its bucket is moved,
 * the key itself slides to its new place.
 */
import { useMemo } from 'react';
import { Button, lights, useLit } from '../../ui/index.ts';
import { Band, Changes, fitted, Lens, NoServer, type BandCell } from '../drawing/parts.tsx';
import { useWidth } from '../drawing/use-width.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { count, counted, shown } from '../words.ts';
import { bits, keyspaceChanges, loadFactor, pathWords, places, scanWords, type KeyspaceView, type TableView } from './model.ts';
import { keyspaceGoal, keyspacePrompts } from './prompts.ts';
import './view.css';

const SLOT = 20;
const CHIP = 21;
const GAP = 6;
const HEAD = 30;
/** Narrowest and widest cell, and what a name needs besides its letters. */
const MIN_CELL = 84;
const MAX_CELL = 156;
const AROUND_NAME = 34;
const LENS = 16;

interface Slot {
  readonly table: 0 | 1;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly isMoved: boolean;
  readonly isNext: boolean;
}

interface Chip {
  readonly key: string;
  readonly table: 0 | 1;
  readonly bucket: number;
  readonly link: number;
  readonly x: number;
  readonly y: number;
}

interface Heading {
  readonly table: TableView;
  readonly y: number;
}

interface Plan {
  readonly cell: number;
  readonly height: number;
  readonly headings: readonly Heading[];
  readonly slots: readonly Slot[];
  readonly chips: readonly Chip[];
  readonly more: readonly { readonly table: 0 | 1; readonly bucket: number; readonly x: number; readonly y: number; readonly count: number }[];
}

/** Where everything stands, for a picture of this width. */
function planOf(view: KeyspaceView, width: number): Plan {
  const widest = Math.max(1, ...view.tables.map((table) => table.buckets.length));
  const longest = Math.max(0, ...view.tables.flatMap((table) => table.buckets.flatMap((bucket) => bucket.chain.map((entry) => shown(entry.key).length))));
  const wanted = Math.max(MIN_CELL, Math.min(MAX_CELL, longest * 7.25 + AROUND_NAME));
  const columns = Math.min(widest, 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, (width + GAP) / wanted)))));
  const cell = Math.min(180, Math.floor((width + GAP) / columns));
  const headings: Heading[] = [];
  const slots: Slot[] = [];
  const chips: Chip[] = [];
  const more: { table: 0 | 1; bucket: number; x: number; y: number; count: number }[] = [];
  let y = 0;
  for (const table of view.tables) {
    // Under a lens the tables have their headings above, with their cells.
    if (view.level === 'S' || view.tables.length === 2) {
      headings.push({ table, y });
      y += HEAD;
    }
    for (let first = 0; first < table.buckets.length; first += columns) {
      const row = table.buckets.slice(first, first + columns);
      const deepest = Math.max(...row.map((bucket) => bucket.chain.length + (bucket.more > 0 ? 1 : 0)));
      const height = SLOT + deepest * CHIP;
      row.forEach((bucket, column) => {
        const x = column * cell;
        const isRehashing = view.rehashIndex >= 0 && table.table === 0;
        slots.push({ table: table.table, index: bucket.index, x, y, height, isMoved: isRehashing && bucket.index < view.rehashIndex, isNext: isRehashing && bucket.index === view.rehashIndex });
        bucket.chain.forEach((entry, link) => chips.push({ key: entry.key, table: table.table, bucket: bucket.index, link, x: x + 6, y: y + SLOT + link * CHIP + 2 }));
        if (bucket.more > 0) more.push({ table: table.table, bucket: bucket.index, x: x + 6, y: y + SLOT + bucket.chain.length * CHIP + 2, count: bucket.more });
      });
      y += height + GAP + 2;
    }
    y += GAP;
  }
  return { cell, height: Math.max(1, y), headings, slots, chips, more };
}

function Chains({ view, previous, width, onParams }: { view: KeyspaceView; previous: KeyspaceView | undefined; width: number; onParams: DrawingProps<KeyspaceView>['onParams'] }) {
  const lit = useLit();
  const plan = useMemo(() => planOf(view, width), [view, width]);
  const before = useMemo(() => (previous !== undefined && previous.db === view.db && previous.which === view.which && previous.level === view.level ? places(previous) : undefined), [previous, view]);
  const promoted = previous !== undefined && previous.rehashIndex >= 0 && view.rehashIndex < 0;
  const earlier = view.scan?.earlier ?? [];
  // A bucket of the smaller table is visited again with each of its heirs; the first time counts.
  const visitOrder = new Map([...earlier, ...(view.scan?.visits ?? [])].map((visit, i) => [`${visit.table}/${visit.bucket}`, i + 1] as const).reverse());
  const visitedNow = new Set(view.scan?.visits.map((visit) => `${visit.table}/${visit.bucket}`));
  const compared = new Set(view.path?.visits.flatMap((visit) => visit.compared.map((key) => `${visit.table}/${key}`)));
  const pathBuckets = new Set(view.path?.visits.filter((visit) => !visit.passed).map((visit) => `${visit.table}/${visit.bucket}`));
  const inner = plan.cell - GAP;
  const mark = view.which === 'keys' ? 'key' : 'expiry';

  const hasChanged = (chip: Chip): boolean => {
    const was = before?.get(chip.key);
    if (before === undefined) return false;
    if (was === undefined) return true;
    return was.bucket !== chip.bucket || (was.table !== chip.table && !promoted) || (promoted && was.table === 0);
  };

  return (
    <svg width={width} height={plan.height} className="keyspace-chains" role="group" aria-label="Buckets with their chains">
      {plan.headings.map(({ table, y }) => <TableHeading key={table.table} table={table} y={y} width={width} isTwo={view.tables.length === 2} isLens={view.level !== 'S'} />)}
      {plan.slots.map((slot) => {
        const order = visitOrder.get(`${slot.table}/${slot.index}`);
        const onPath = pathBuckets.has(`${slot.table}/${slot.index}`);
        return (
          <g key={`${slot.table}/${slot.index}`} transform={`translate(${slot.x} ${slot.y})`} data-thing="" data-changed={false} className="keyspace-slot" data-moved={slot.isMoved} data-path={onPath}>
            <rect width={inner} height={SLOT - 2} rx={3} className="slot-box" />
            <text x={6} y={13}>{slot.index}</text>
            {order === undefined && !slot.isNext ? <text x={inner - 6} y={13} textAnchor="end" className="small">{slotNote(slot, view, inner)}</text> : null}
            {slot.isNext ? <g className="slot-next"><path d={`M${inner - 14} 5 l8 4 l-8 4 z`} /><text x={inner - 18} y={13} textAnchor="end" className="small">next</text></g> : null}
            {order === undefined ? null : <g className="slot-order" data-now={visitedNow.has(`${slot.table}/${slot.index}`)}><rect x={inner - 26} y={1} width={24} height={16} rx={8} /><text x={inner - 14} y={13} textAnchor="middle">{order}</text></g>}
          </g>
        );
      })}
      {plan.chips.map((chip) => {
        const chosen = view.path?.key === chip.key && view.path.found;
        const step = compared.has(`${chip.table}/${chip.key}`);
        const name = shown(chip.key);
        return (
          <g
            key={chip.key} className={`keyspace-chip chip-${mark}`} style={{ transform: `translate(${chip.x}px, ${chip.y}px)` }} role="button" tabIndex={0}
            aria-label={`${name}, bucket ${chip.bucket} of table ${chip.table}, place ${chip.link + 1} in its chain. Show the way to it`} aria-pressed={chosen}
            data-thing="" data-changed={hasChanged(chip)} data-path={step} data-lit={lit === `key:${chip.key}`} {...lights(`key:${chip.key}`)}
            onClick={() => onParams({ key: chosen ? '' : chip.key })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              onParams({ key: chosen ? '' : chip.key });
            }}
          >
            <title>{name}</title>
            <path d={`M-3 -4 V${CHIP / 2 - 2} H0`} className="chip-link" />
            <rect width={inner - 6} height={CHIP - 3} rx={2} className="chip-box" />
            <rect width={3} height={CHIP - 3} className="chip-bar" />
            <rect x={0.5} y={0.5} width={inner - 7} height={CHIP - 4} rx={2} className="ring" />
            <text x={8} y={13}>{fitted(name, inner - 18)}</text>
          </g>
        );
      })}
      {plan.more.map((each) => <text key={`${each.table}/${each.bucket}`} x={each.x + 8} y={each.y + 12} className="small">{counted(each.count, 'more', 'more')}</text>)}
    </svg>
  );
}

/** What stands at the right of a bucket: its number in bits, where there is room for it. */
function slotNote(slot: Slot, view: KeyspaceView, width: number): string {
  const note = slot.isMoved ? 'moved' : bits(slot.index, Math.max(1, view.tables[slot.table]?.maskBits ?? 1)).replace(/ /g, '');
  return (String(slot.index).length + note.length) * 7 + 20 <= width ? note : '';
}

function TableHeading({ table, y, width, isTwo, isLens = false }: { table: TableView; y: number; width: number; isTwo: boolean; isLens?: boolean }) {
  const load = loadFactor(table);
  const gauge = Math.min(96, width * 0.24);
  const x = width - gauge - 6;
  // The gauge ends at 1.25: growth begins at 1 and never lets it get far beyond.
  const at = (value: number) => (Math.min(1.25, value) / 1.25) * gauge;
  if (isLens) return <text x={0} y={y + 14} className="note">Table {table.table}, under the lens</text>;
  return (
    <g transform={`translate(0 ${y})`} data-thing="" data-changed={false}>
      <text x={0} y={14} className="label">{isTwo ? `Table ${table.table}` : 'Table'}</text>
      <text x={isTwo ? 56 : 42} y={14} className="note">{counted(table.size, 'bucket')}, {count(table.used)} used</text>
      <g transform={`translate(${x} 5)`} className="keyspace-gauge">
        <rect width={gauge} height={8} className="gauge-track" />
        <rect width={at(load)} height={8} className="gauge-fill" />
        <path d={`M${at(1)} -3 v14`} className="gauge-limit" />
        <text x={-6} y={9} textAnchor="end" className="small">{load.toFixed(2)}</text>
      </g>
    </g>
  );
}

/** Levels M and L: all buckets as cells. */
function Cells({ view, width, onParams }: { view: KeyspaceView; width: number; onParams: DrawingProps<KeyspaceView>['onParams'] }) {
  return view.tables.map((table) => {
    const { strip } = table;
    if (strip === undefined) return null;
    return <TableCells key={table.table} table={table} view={view} width={width} onParams={onParams} />;
  });
}

function TableCells({ table, view, width, onParams }: { table: TableView; view: KeyspaceView; width: number; onParams: DrawingProps<KeyspaceView>['onParams'] }) {
  const { strip } = table;
  const cells = useMemo<readonly BandCell[]>(() => (strip === undefined ? [] : strip.entries.map((n, i) => {
    const mean = n / strip.lookedAt;
    // One key in each bucket is half the height of a cell.
    return { fill: mean / 2 > 1 ? 1 : mean / 2, mark: (strip.longest[i] ?? 0) > 4 ? '--key-ink' : '--key-mark' };
  })), [strip]);
  const per = strip?.bucketsPerCell ?? 1;
  const frame = useMemo(() => ({ from: Math.floor(view.lensFrom / per), count: Math.max(1, Math.ceil(LENS / per)) }), [view.lensFrom, per]);
  const marked = useMemo(() => (view.scan?.visits ?? []).filter((visit) => visit.table === table.table).map((visit) => Math.floor(visit.bucket / per)), [view.scan, table.table, per]);
  const each = per === 1 ? 'Each cell is a bucket; a full one is half high with one key, whole with two or more.' : `Each cell stands for ${count(per)} buckets${(strip?.lookedAt ?? 0) < per ? `, ${strip?.lookedAt ?? 0} of which were looked at` : ''}; half high means one key a bucket.`;
  return (
    <div className="keyspace-table" data-thing="" data-changed={false}>
      <svg width={width} height={HEAD - 6}><TableHeading table={table} y={0} width={width} isTwo={view.tables.length === 2} /></svg>
      <Band cells={cells} width={width} rowHeight={per === 1 && cells.length > 1200 ? 10 : 14} cellWidth={per === 1 && cells.length > 1200 ? 5 : 8} frame={frame} marked={marked} label={`Buckets of table ${table.table}`} onPick={(cell) => onParams({ from: Math.max(0, cell * per - (per === 1 ? LENS / 2 : 0)) })} />
      <p className="viz-note keyspace-each">{each}</p>
    </div>
  );
}

/** How many buckets have a chain of each length. */
function Histogram({ table, width }: { table: TableView; width: number }) {
  const total = Math.max(1, table.histogramOf);
  const rows = table.histogram.slice(0, 8).map((n, length) => ({ length, share: n / total }));
  const rest = table.histogram.slice(8).reduce((sum, n) => sum + n, 0) / total;
  const all = rest > 0 ? [...rows, { length: 8, share: rest }] : rows;
  const longest = Math.max(...all.map((row) => row.share), 0.001);
  const room = Math.max(40, Math.min(width, 520) - 150);
  return (
    <svg width={width} height={all.length * 20 + 4} role="img" aria-label={`Chain lengths of table ${table.table}: ${all.map((row) => `${row.length === 8 ? '8 or more' : row.length}: ${(row.share * 100).toFixed(1)} percent`).join(', ')}`}>
      {all.map((row, i) => (
        <g key={row.length} transform={`translate(0 ${i * 20})`} data-thing="" data-changed={false}>
          <text x={84} y={13} textAnchor="end" className="note">{row.length === 0 ? 'empty' : row.length === 1 ? '1 key' : row.length === 8 ? '8 or more' : `${row.length} keys`}</text>
          <rect x={92} y={3} width={Math.max(1, (row.share / longest) * room)} height={13} className={row.length === 0 ? 'bar-empty' : 'bar-key'} />
          <text x={98 + (row.share / longest) * room} y={13} className="small">{(row.share * 100).toFixed(1)} %</text>
        </g>
      ))}
    </svg>
  );
}

function Progress({ view, width }: { view: KeyspaceView; width: number }) {
  const [old] = view.tables;
  if (view.rehashIndex < 0 || old === undefined) return null;
  const part = view.rehashIndex / old.size;
  return (
    <div className="keyspace-progress" data-thing="" data-changed={false}>
      <svg width={Math.min(width, 420)} height={10} role="img" aria-label={`${Math.round(part * 100)} percent moved`}>
        <rect width={Math.min(width, 420)} height={10} className="gauge-track" />
        <rect width={Math.min(width, 420) * part} height={10} className="gauge-fill" />
      </svg>
      <p className="viz-note">Rehash index {count(view.rehashIndex)} of {count(old.size)}. {view.cronMoves ? 'Each lookup and each new key moves a bucket, and the cron helps ten times a second.' : 'Each lookup and each new key moves a bucket; activerehashing is off.'}</p>
    </div>
  );
}

/** The hash in bits, with those that choose the bucket set apart. */
function Path({ view, onParams }: { view: KeyspaceView; onParams: DrawingProps<KeyspaceView>['onParams'] }) {
  const { path } = view;
  if (path === undefined) return null;
  return (
    <div className="keyspace-path">
      <p className="viz-heading">The way to <code className="viz-mono">{shown(path.key)}</code></p>
      {path.visits.map((visit) => {
        const maskBits = Math.log2(visit.size);
        const all = bits(path.hash, 30).replace(/ /g, '');
        return (
          <p key={visit.table} className="viz-note">
            <span className="path-bits" aria-label={`hash, last ${maskBits} bits ${bits(visit.bucket, maskBits)}`}>{all.slice(Math.max(0, 30 - maskBits - 10), 30 - maskBits)}<b>{all.slice(30 - maskBits)}</b></span>
            {view.tables.length === 2 ? ` table ${visit.table},` : ''} bucket {visit.bucket}: {visit.passed ? 'moved already, passed over' : visit.comparisons === 0 ? 'empty' : `${counted(visit.comparisons, 'comparison')}${visit.found ? ', found' : ', not here'}`}
          </p>
        );
      })}
      <div><Button small look="quiet" onClick={() => onParams({ key: '' })}>Close the way</Button></div>
    </div>
  );
}

function Scan({ view, onParams }: { view: KeyspaceView; onParams: DrawingProps<KeyspaceView>['onParams'] }) {
  const { scan } = view;
  const byHand = scan?.by === 'hand';
  return (
    <div className="keyspace-scan">
      {scan === undefined ? null : (
        <>
          <p className="viz-note">{scanWords(scan)}</p>
          {scan.keys.length === 0 ? <p className="viz-note">No key lies there now.</p> : <p className="viz-note">There: <code>{scan.keys.map((key) => shown(key)).join('  ')}</code></p>}
        </>
      )}
      <div className="viz-row">
        {byHand ? (
          <>
            {scan.next === 0 ? <Button small onClick={() => onParams({ cursor: 0 })}>Begin again</Button> : <Button small icon="step" onClick={() => onParams({ cursor: scan.next })}>Next call, cursor {scan.next}</Button>}
            <Button small look="quiet" onClick={() => onParams({ cursor: -1 })}>End the walk</Button>
          </>
        ) : <Button small look="quiet" icon="step" onClick={() => onParams({ cursor: 0 })}>Walk as SCAN does</Button>}
      </div>
    </div>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<KeyspaceView>) {
  const [place, width] = useWidth<HTMLDivElement>();
  const changes = useMemo(() => (previous === undefined ? [] : keyspaceChanges(previous, view)), [previous, view]);
  const max = Math.max(0, ...view.tables.map((table) => table.size - LENS));
  return (
    <div className="viz keyspace" ref={place}>
      {view.place === undefined ? <NoServer /> : width === 0 ? null : (
        <>
          <p className="viz-note">
            {view.tables.length === 0 ? `Database ${view.db} has no ${view.which === 'keys' ? 'key' : 'deadline'}, and so no table yet.` : <>{counted(view.entries, view.which === 'keys' ? 'key' : 'deadline')} in database {view.db}.{view.tables.length === 2 ? ' Two tables, because entries are moving from one to the other.' : ''}{view.resize === 'enable' ? '' : ' Resizing is held back now.'}</>}
          </p>
          <Progress view={view} width={width} />
          {view.level === 'S' ? <Chains view={view} previous={previous} width={width} onParams={onParams} /> : (
            <>
              <Cells view={view} width={width} onParams={onParams} />
              {view.level === 'L' ? view.tables.map((table) => (table.used === 0 ? null : <Histogram key={table.table} table={table} width={width} />)) : null}
              <Lens label="Lens" value={view.lensFrom} max={max} step={1} shown={`buckets ${count(view.lensFrom)} to ${count(view.lensFrom + LENS - 1)}`} onChange={(from) => onParams({ from })} />
              <Chains view={view} previous={previous} width={width} onParams={onParams} />
            </>
          )}
          <Path view={view} onParams={onParams} />
          {view.tables.length === 0 ? null : <Scan view={view} onParams={onParams} />}
          <Changes sentences={changes} />
        </>
      )}
      <span className="only-read">{view.path === undefined ? '' : pathWords(view.path)}</span>
    </div>
  );
}

export default defineView<KeyspaceView>({
  id: 'keyspace',
  Drawing,
  controls: [
    { kind: 'database', param: 'db', label: 'Database' },
    { kind: 'choice', param: 'which', label: 'Table of', choices: [{ value: 'keys', label: 'keys' }, { value: 'expires', label: 'deadlines' }] },
  ],
  legend: [
    { mark: 'key', says: 'a key, hanging in its bucket' },
    { mark: 'expiry', says: 'the deadline of a key' },
    { mark: 'empty', says: 'a bucket that was moved already' },
    { mark: 'changed', says: 'came or moved with the last step' },
  ],
  prompts: keyspacePrompts,
  goal: keyspaceGoal,
  empty: { holds: (view) => view.place !== undefined && view.which === 'keys' && view.tables.length === 0, says: <span>Type <code>SET greeting hello</code> in the terminal: the first key makes a table of four buckets.</span> },
  cause: (view) => view.command?.text,
});
