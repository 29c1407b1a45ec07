/*
 * The drawing of deadlines
 * ------------------------
 * A line of wall-clock time, on which deadlines stand and the present moves. Left of the present a key is
 * dead, whether or not somebody has removed it. Below, the two brooms: what a look removed, what the cycle did.
 */
import { useMemo } from 'react';
import { lights, useLit } from '../../ui/index.ts';
import { Changes, Facts, fitted, NoServer } from '../drawing/parts.tsx';
import { useWidth } from '../drawing/use-width.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { count, counted, duration, shown, timeOfDay } from '../words.ts';
import { CLASS_NAMES, cycleWords, dayAndMonth, expiryChanges, moment, newRemovals, onlyTimePassed, placeIn, removalWords, ticks, type ExpiryView, type RemovalView } from './model.ts';
import { expiryGoal, expiryPrompts } from './prompts.ts';
import './view.css';

const ROW = 24;
const AXIS = 26;

/** A moment beyond the window: by the clock today, by the date on other days. */
function whenText(view: ExpiryView, atMs: number): string {
  const day = 86_400_000;
  return Math.floor(atMs / day) === Math.floor(view.nowMs / day) ? timeOfDay(atMs) : atMs - view.nowMs < 2 * day ? `${dayAndMonth(atMs)}, ${timeOfDay(atMs).slice(0, 5)}` : dayAndMonth(atMs);
}

function Line({ view, previous, width }: { view: ExpiryView; previous: ExpiryView | undefined; width: number }) {
  const lit = useLit();
  const label = Math.min(150, Math.max(76, width * 0.24));
  const room = Math.max(60, width - label - 8);
  const rows = view.deadlines.length;
  const height = AXIS + rows * ROW + 8;
  const nowX = label + placeIn(view.window, view.nowMs) * room;
  const marks = ticks(view.window, room >= 760 ? 8 : room >= 330 ? 4 : 2);
  const before = useMemo(() => new Map(previous?.deadlines.map((each) => [each.key, each])), [previous]);
  return (
    <svg width={width} height={height} className="expiry-line" role="group" aria-label={`Deadlines from ${moment(view.window, view.window.fromMs)} to ${moment(view.window, view.window.toMs)}`}>
      <rect x={label} y={AXIS - 4} width={Math.max(0, nowX - label)} height={height - AXIS + 4} className="expiry-past" />
      {marks.map((tick, i) => {
        const x = label + placeIn(view.window, tick.atMs) * room;
        const near = Math.abs(x - nowX) < 62;
        return (
          <g key={tick.atMs}>
            <path d={`M${x} ${AXIS - 4} V${height}`} className="expiry-grid" />
            {near ? null : <text x={x} y={14} textAnchor={i === 0 ? 'start' : i === marks.length - 1 ? 'end' : 'middle'} className="small">{tick.label}</text>}
          </g>
        );
      })}
      {view.deadlines.map((each, i) => {
        const y = AXIS + i * ROW;
        const inWindow = each.atMs <= view.window.toMs;
        const x = label + placeIn(view.window, each.atMs) * room;
        const was = before.get(each.key);
        const later = inWindow ? '' : whenText(view, each.atMs);
        const isChanged = previous !== undefined && (was === undefined || was.atMs !== each.atMs || was.isDead !== each.isDead);
        const name = shown(each.key);
        const words = each.isDead ? `${name} ended at ${timeOfDay(each.atMs)} and is still in the table` : `${name} ends at ${timeOfDay(each.atMs)}`;
        return (
          <g key={each.key} className="expiry-row" style={{ transform: `translateY(${y}px)` }} role="button" tabIndex={0} aria-label={words} data-thing="" data-changed={isChanged} data-dead={each.isDead} data-lit={lit === `key:${each.key}`} {...lights(`key:${each.key}`)}>
            <title>{words}</title>
            <text x={label - 12} y={15} textAnchor="end" className="expiry-name">{fitted(name, label - 14)}</text>
            <path d={each.isDead ? `M${x} 11 H${nowX}` : `M${nowX} 11 H${inWindow ? x : label + room - 20 - later.length * 6.7}`} className="expiry-left" />
            {inWindow ? <path d={`M${x} 4 l7 7 l-7 7 l-7 -7 z`} className="expiry-mark" style={{ transform: 'translateX(0)' }} /> : <path d={`M${label + room - 8} 5 l8 6 l-8 6 z`} className="expiry-mark" />}
            <rect x={2} y={1} width={width - 4} height={ROW - 4} rx={3} className="ring" />
            {inWindow ? null : <text x={label + room - 14} y={15} textAnchor="end" className="small">{later}</text>}
          </g>
        );
      })}
      <g className="expiry-now" style={{ transform: `translateX(${nowX}px)` }}>
        <path d={`M0 ${AXIS - 6} V${height}`} />
        <rect x={-30} y={1} width={60} height={18} rx={3} />
        <text x={0} y={14} textAnchor="middle">{moment(view.window, view.nowMs)}</text>
      </g>
    </svg>
  );
}

/** Level M: the hundred soonest as dots in one band, stacked where they meet. */
function Dots({ view, width }: { view: ExpiryView; width: number }) {
  const room = width - 16;
  const size = 7;
  const columns = Math.max(1, Math.floor(room / size));
  const stacks = new Map<number, number>();
  const nowX = 8 + placeIn(view.window, view.nowMs) * room;
  const height = 120;
  const marks = ticks(view.window, room >= 760 ? 8 : room >= 330 ? 4 : 2);
  const shownOnes = view.deadlines.filter((each) => each.atMs <= view.window.toMs);
  const later = view.withDeadline - shownOnes.length;
  return (
    <svg width={width} height={height + AXIS} className="expiry-line" role="img" aria-label={`The ${shownOnes.length} soonest deadlines${later > 0 ? `, and ${later} later` : ''}`}>
      {later > 0 ? <text x={width - 8} y={AXIS + 14} textAnchor="end" className="note">{count(later)} later →</text> : null}
      <rect x={8} y={AXIS - 4} width={Math.max(0, nowX - 8)} height={height} className="expiry-past" />
      {marks.map((tick, i) => {
        const x = 8 + placeIn(view.window, tick.atMs) * room;
        return Math.abs(x - nowX) < 62 ? null : <text key={tick.atMs} x={x} y={14} textAnchor={i === 0 ? 'start' : i === marks.length - 1 ? 'end' : 'middle'} className="small">{tick.label}</text>;
      })}
      {shownOnes.map((each) => {
        const column = Math.min(columns - 1, Math.floor(placeIn(view.window, each.atMs) * columns));
        const level = stacks.get(column) ?? 0;
        stacks.set(column, level + 1);
        return <rect key={each.key} x={8 + column * size} y={AXIS + height - 10 - Math.min(level, 15) * size} width={size - 1} height={size - 1} className="expiry-dot" data-dead={each.isDead} data-thing="" data-changed={false}><title>{`${shown(each.key)} ${timeOfDay(each.atMs)}`}</title></rect>;
      })}
      <g className="expiry-now" style={{ transform: `translateX(${nowX}px)` }}>
        <path d={`M0 ${AXIS - 6} V${height + AXIS}`} />
        <rect x={-30} y={1} width={60} height={18} rx={3} />
        <text x={0} y={14} textAnchor="middle">{moment(view.window, view.nowMs)}</text>
      </g>
    </svg>
  );
}

/** Levels M and L: how much time is left, in classes. */
function Classes({ view, width }: { view: ExpiryView; width: number }) {
  const most = Math.max(1, ...view.classes);
  const room = Math.max(40, Math.min(width, 560) - 190);
  const isSample = view.classesFrom < view.withDeadline;
  return (
    <div data-thing="" data-changed={false}>
      <p className="viz-heading">Time left{isSample ? `, from a sample of ${count(view.classesFrom)} keys` : ''}</p>
      <svg width={width} height={view.classes.length * 20 + 4} role="img" aria-label={view.classes.map((n, i) => `${CLASS_NAMES[i] ?? ''}: ${n}`).join(', ')}>
        {view.classes.map((n, i) => (
          <g key={CLASS_NAMES[i] ?? i} transform={`translate(0 ${i * 20})`}>
            <text x={84} y={13} textAnchor="end" className="note">{CLASS_NAMES[i]}</text>
            <rect x={92} y={3} width={n === 0 ? 0 : Math.max(1, (n / most) * room)} height={13} className={i === 0 ? 'bar-dead' : 'bar-expiry'} />
            <text x={98 + (n / most) * room} y={13} className="small">{isSample ? `${((100 * n) / Math.max(1, view.classesFrom)).toFixed(1)} %` : count(n)}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** Keys in the table: those a client can see, and those nobody can. */
function Population({ view, width }: { view: ExpiryView; width: number }) {
  const dead = Math.min(view.dead, view.physical);
  const bar = Math.min(width, 420);
  const part = view.physical === 0 ? 0 : dead / view.physical;
  const deadWidth = dead === 0 ? 0 : Math.max(4, bar * part);
  const about = view.sampledFrom < view.withDeadline ? 'about ' : '';
  return (
    <div className="expiry-population" data-thing="" data-changed={false}>
      <Facts facts={[
        ['in the table (DBSIZE)', count(view.physical)],
        ['alive', `${about}${count(view.physical - dead)}`],
        ['dead, not removed yet', `${about}${count(dead)}`],
        ['with a deadline', count(view.withDeadline)],
        ['removed so far', count(view.expiredTotal)],
      ]} />
      <svg width={bar} height={14} role="img" aria-label={`${Math.round(part * 100)} percent of the table is dead`}>
        <rect width={bar} height={14} className="bar-alive" />
        <rect x={bar - deadWidth} width={deadWidth} height={14} className="bar-dead" />
      </svg>
    </div>
  );
}

function Brooms({ view, fresh, width }: { view: ExpiryView; fresh: ReadonlySet<number>; width: number }) {
  const looks = view.removals.filter((each) => each.how === 'access');
  const perRow = Math.max(1, Math.min(20, Math.floor(width / 14)));
  const sweeps = view.removals.filter((each) => each.how === 'cycle');
  return (
    <div className="expiry-brooms">
      <section aria-label="Removed by a look">
        <p className="viz-heading">Removed by a look</p>
        {looks.length === 0 ? <p className="viz-note">A command that comes upon a dead key removes it before it answers. None has lately.</p> : <Removed list={looks} fresh={fresh} />}
      </section>
      <section aria-label="Removed by the cycle">
        <p className="viz-heading">Removed by the active cycle</p>
        <p className="viz-note">{view.isCycleOff ? 'It is switched off.' : cycleWords(view)}</p>
        {view.sweep === undefined || view.isCycleOff ? null : (
          <svg width={Math.min(width, 420)} height={Math.ceil(view.sweep.probes.length / perRow) * 14 + 2} role="img" aria-label={`Keys it looked at: ${view.sweep.probes.map((probe) => `${probe.key === undefined ? '' : shown(probe.key)} ${probe.expired ? 'dead' : 'alive'}`).slice(0, 20).join(', ')}`}>
            {view.sweep.probes.map((probe, i) => (
              <rect key={i} x={(i % perRow) * 14 + 1} y={Math.floor(i / perRow) * 14 + 1} width={11} height={11} className="expiry-probe" data-dead={probe.expired}><title>{`${probe.key === undefined ? '' : shown(probe.key)} ${probe.expired ? 'removed' : 'alive'}`}</title></rect>
            ))}
          </svg>
        )}
        {sweeps.length === 0 ? null : <Removed list={sweeps} fresh={fresh} />}
        {view.staleTrace.length < 2 ? null : <Trace values={view.staleTrace} width={Math.min(width, 420)} />}
      </section>
    </div>
  );
}

function Removed({ list, fresh }: { list: readonly RemovalView[]; fresh: ReadonlySet<number> }) {
  return (
    <ul className="expiry-removed">
      {list.slice(0, 4).map((each) => (
        <li key={each.id} data-thing="" data-changed={fresh.has(each.id)} aria-label={removalWords(each)}>
          <span className="mark-lost">{shown(each.key, 30)}</span> {each.lateMs <= 0 ? 'at its moment' : `${duration(each.lateMs)} late`}{each.command === undefined ? null : <>, by <code className="viz-mono">{each.command}</code></>}
        </li>
      ))}
    </ul>
  );
}

/** Shares of dead keys in the samples, over the last runs that removed something. */
function Trace({ values, width }: { values: readonly number[]; width: number }) {
  const height = 54;
  const x = (i: number) => (i / Math.max(1, values.length - 1)) * (width - 40);
  const y = (value: number) => 4 + (1 - value / 100) * (height - 12);
  return (
    <svg width={width} height={height} role="img" aria-label={`Dead keys in the samples, percent: ${values.slice(-8).join(', ')}`}>
      <path d={`M0 ${y(10)} H${width - 40}`} className="trace-limit" />
      <text x={width - 34} y={y(10) + 4} className="small">10 %</text>
      <path d={values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('')} className="trace-line" />
      <circle cx={x(values.length - 1)} cy={y(values.at(-1) ?? 0)} r={3} className="trace-end" />
    </svg>
  );
}

function Drawing({ view, previous }: DrawingProps<ExpiryView>) {
  const [place, width] = useWidth<HTMLDivElement>();
  const same = previous !== undefined && previous.db === view.db && previous.place === view.place ? previous : undefined;
  const changes = useMemo(() => (same === undefined ? [] : expiryChanges(same, view)), [same, view]);
  const fresh = useMemo(() => new Set(same === undefined ? [] : newRemovals(same, view).map((each) => each.id)), [same, view]);
  return (
    <div className="viz expiry" ref={place}>
      {view.place === undefined ? <NoServer /> : width === 0 ? null : (
        <>
          {view.deadlines.length === 0 && view.level === 'S' ? <p className="viz-note">No key has a deadline now.</p> : null}
          {view.level === 'S' && view.deadlines.length > 0 ? <Line view={view} previous={same} width={width} /> : null}
          {view.level === 'M' ? <Dots view={view} width={width} /> : null}
          {view.level === 'S' ? null : <Classes view={view} width={width} />}
          <Population view={view} width={width} />
          <Brooms view={view} fresh={fresh} width={width >= 540 ? Math.floor((width - 16) / 2) : width} />
          <Changes sentences={changes} />
          <p className="viz-note expiry-foot">{counted(view.hz, 'cycle')} a second (hz), effort {view.effort}. Times are UTC.</p>
        </>
      )}
    </div>
  );
}

export default defineView<ExpiryView>({
  id: 'expiry',
  Drawing,
  controls: [{ kind: 'database', param: 'db', label: 'Database' }],
  legend: [
    { mark: 'expiry', says: 'a deadline, and the time left until it' },
    { mark: 'lost', says: 'past its time, or removed' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: expiryPrompts,
  goal: expiryGoal,
  empty: { holds: (view) => view.place !== undefined && view.withDeadline === 0 && view.removals.length === 0, says: <span>No key has a deadline. Type <code>SET spark x EX 20</code> in the terminal and watch the present come near.</span> },
  cause: (view) => view.command?.text,
  onlyTimePassed,
});
