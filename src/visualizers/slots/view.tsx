/* The slots as 128 rows of 128 cells, the owners beside them, and the way of a key: see model.ts. */
import { useId, useMemo, useState } from 'react';
import { Changes, Facts, fitted } from '../drawing/parts.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { count, counted, shown } from '../words.ts';
import { onlyTimePassed, ownerWords, ROW, SLOTS, slotsChanges, wayWords, type OwnerView, type SlotsView } from './model.ts';
import { slotsGoal, slotsPrompts } from './prompts.ts';
import './view.css';

/** Side of a cell, in units of the drawing. */
const CELL = 2;
const SIDE = ROW * CELL;
/** Owners beyond this share a pattern: the label tells them apart. */
const PATTERNS = 6;

/** A stretch of slots as at most three rectangles: the rest of a row, whole rows, the begin of a row. */
function shapeOf(first: number, last: number): string {
  const rect = (x: number, y: number, width: number, height: number): string => `M${x * CELL} ${y * CELL}h${width * CELL}v${height * CELL}h${-width * CELL}z`;
  const [top, bottom] = [Math.floor(first / ROW), Math.floor(last / ROW)];
  const [left, right] = [first % ROW, last % ROW];
  if (top === bottom) return rect(left, top, right - left + 1, 1);
  return rect(left, top, ROW - left, 1) + (bottom - top > 1 ? rect(0, top + 1, ROW, bottom - top - 1) : '') + rect(0, bottom, right + 1, 1);
}

/** The middle of an owner's longest stretch: where its number stands. */
function middleOf(view: SlotsView, owner: number): { x: number; y: number } | undefined {
  const longest = view.ranges.filter((range) => range.owner === owner).sort((a, b) => b.last - b.first - (a.last - a.first))[0];
  if (longest === undefined || longest.last - longest.first < 6 * ROW) return undefined;
  return { x: SIDE / 2, y: ((longest.first + longest.last) / 2 / ROW) * CELL };
}

function MapOfSlots({ view, lit }: { view: SlotsView; lit: readonly number[] }) {
  const id = useId();
  const paths = useMemo(() => view.owners.map((_, owner) => view.ranges.filter((range) => range.owner === owner).map(({ first, last }) => shapeOf(first, last)).join('')), [view]);
  return (
    <svg viewBox={`-3 -3 ${SIDE + 6} ${SIDE + 6}`} className="slot-map" role="img" aria-label={`Map of ${count(SLOTS)} slots: ${view.owners.map((owner) => `${owner.place} ${count(owner.slots)}`).join(', ')}; ${count(view.uncovered)} without an owner`}>
      <defs>
        {Array.from({ length: PATTERNS }, (_, n) => (
          <pattern key={n} id={`${id}-${n}`} width={n < 3 ? 6 : 9} height={n < 3 ? 6 : 9} patternUnits="userSpaceOnUse" patternTransform={`rotate(${[0, 45, 90, 135, 20, 70][n] ?? 0})`}>
            <rect width="9" height="9" className="slot-ground" data-owner={n} />
            {n === 0 ? null : <path d={`M0 0V9${n >= 3 ? 'M4.5 0V9' : ''}`} className="slot-line" />}
          </pattern>
        ))}
      </defs>
      <rect width={SIDE} height={SIDE} className="slot-none" />
      {paths.map((path, owner) => <path key={view.owners[owner]?.id ?? owner} d={path} fill={`url(#${id}-${owner % PATTERNS})`} className="slot-owned" data-health={view.owners[owner]?.health} />)}
      {view.owners.map((owner, n) => {
        const at = middleOf(view, n);
        return at === undefined ? null : <g key={owner.id}><circle cx={at.x} cy={at.y} r="11" className="slot-badge" /><text x={at.x} y={at.y + 4} textAnchor="middle" className="slot-number">{n + 1}</text></g>;
      })}
      {view.moves.map(({ slot, way, place }) => <rect key={`${slot}${way}`} x={(slot % ROW) * CELL - 2} y={Math.floor(slot / ROW) * CELL - 2} width={CELL + 4} height={CELL + 4} className="slot-move"><title>{`Slot ${slot} ${way === 'out' ? 'to' : 'from'} ${place}`}</title></rect>)}
      {lit.map((slot) => <g key={slot} className="slot-lit"><path d={`M${(slot % ROW) * CELL + CELL / 2} -3V${SIDE + 3}M-3 ${Math.floor(slot / ROW) * CELL + CELL / 2}H${SIDE + 3}`} /><circle cx={(slot % ROW) * CELL + CELL / 2} cy={Math.floor(slot / ROW) * CELL + CELL / 2} r="4" /></g>)}
    </svg>
  );
}

function Owner({ owner, n, view, was }: { owner: OwnerView; n: number; view: SlotsView; was: OwnerView | undefined }) {
  return (
    <li data-thing="" data-changed={was !== undefined && (was.slots !== owner.slots || was.health !== owner.health)} title={ownerWords(view, owner)}>
      <strong><i className="slot-badge-mark">{n + 1}</i>{owner.place}</strong>
      <span className="numbers">{counted(owner.slots, 'slot')}{owner.keys === undefined ? '' : `, ${counted(owner.keys, 'key')}`}</span>
      <span>{owner.health === 'ok' ? '' : owner.health === 'fail?' ? 'does not answer (PFAIL)' : owner.health === 'fail' ? 'has failed (FAIL)' : 'not known yet'}{owner.replicas.length === 0 ? ' no replica' : ` ${owner.replicas.length === 1 ? 'replica' : 'replicas'} ${owner.replicas.join(', ')}`}</span>
    </li>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<SlotsView>) {
  const [typed, setTyped] = useState('');
  const changes = useMemo(() => (previous === undefined ? [] : slotsChanges(previous, view)), [previous, view]);
  if (view.place === undefined) {
    return <div className="viz"><p className="viz-absent">No server is running here as a node of a cluster. Start some with <code>cluster-enabled yes</code> and join them: <code>redis-cli --cluster create …</code></p></div>;
  }
  const were = new Map(previous?.owners.map((owner) => [owner.place, owner]) ?? []);
  const lit = view.ways.length > 0 ? view.ways.map((way) => way.slot) : (view.command?.slots ?? []);
  return (
    <div className="viz slots">
      <h3 className="viz-heading">As {view.place} sees it</h3>
      <Facts facts={[
        ['Cluster', view.state === 'ok' ? 'ok' : 'down', previous !== undefined && previous.state !== view.state],
        ['Epoch', count(view.currentEpoch), previous !== undefined && previous.currentEpoch !== view.currentEpoch],
        ['Without owner', count(view.uncovered), previous !== undefined && previous.uncovered !== view.uncovered],
        ['On their way', count(view.moves.length), previous !== undefined && previous.moves.length !== view.moves.length],
      ]} />
      <div className="slots-halves">
        <MapOfSlots view={view} lit={lit} />
        <div>
          <ol className="slot-owners">{view.owners.map((owner, n) => <Owner key={owner.id} owner={owner} n={n} view={view} was={were.get(owner.place)} />)}</ol>
          <label className="slot-ask">
            <span>Which slot has this key? Several with blanks between them.</span>
            <input className="input" value={typed} spellCheck={false} autoCapitalize="none" placeholder="user:{42}:cart" onChange={(event) => { setTyped(event.target.value); onParams({ keys: event.target.value }); }} />
          </label>
          <ul className="slot-ways">
            {view.ways.map((way) => (
              <li key={way.key} title={wayWords(way)}>
                <code>{fitted(shown(way.key), 160)}</code> → <code data-tag={way.hashed !== way.key}>{fitted(shown(way.hashed), 110)}</code> → slot <b className="numbers">{way.slot}</b> → {way.owner ?? 'nobody'}
              </li>
            ))}
          </ul>
        </div>
      </div>
      <Changes sentences={changes} />
    </div>
  );
}

export default defineView<SlotsView>({
  id: 'slots',
  Drawing,
  legend: [
    { mark: 'key', says: 'the slot of a key: of those asked for, else of the last command' },
    { mark: 'empty', says: 'slots without an owner' },
    { mark: 'expiry', says: 'a slot on its way to another node' },
    { mark: 'lost', says: 'slots of a node that has failed' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: slotsPrompts,
  goal: slotsGoal,
  cause: (view) => view.command?.text,
  onlyTimePassed,
});
