/* A line for each machine, messages slanted from sender to receiver, turns and faults by name: see rows.ts. */
import { useState } from 'react';
import { Button, Empty } from '../../ui/index.ts';
import { useWidth } from '../../visualizers/stage/index.tsx';
import { type LabSession, useSession } from '../lab/session.ts';
import { MOST_CARDS } from './crowd-facts.ts';
import { listed, type EventClass } from './event-classes.ts';
import { Kinds, useStickToEnd, type Why } from './events.tsx';
import { machinesOf, type DeploymentFacts } from './facts.ts';
import { clock } from './goal-facts.ts';
import { activity, countRows, pastOf, rowsOf, spansOf, type LineState, type Row } from './rows.ts';
import { preciseClock } from './transport.tsx';

const ROW = 24;
const HEAD = 26;
const ROWS = 60;
const TIME = 76;
const BINS = 80;
/** Room for a name over its line. */
const NAME = 38;

interface SpaceTimeProps {
  session: LabSession;
  facts: DeploymentFacts;
  why: Why;
  hidden: ReadonlySet<EventClass>;
  onHidden: (hidden: ReadonlySet<EventClass>) => void;
}

export function SpaceTime({ session, facts, why, hidden, onHidden }: SpaceTimeProps) {
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const [onlyPast, setOnlyPast] = useState(false);
  const [skip, setSkip] = useState(0);
  const machines = machinesOf(facts);
  const past = onlyPast && why.chain.length > 0;
  const hosts = facts.hosts.filter(({ name }) => !without.has(name));
  const events = past ? pastOf(why.chain) : listed(facts.events, hidden).rows;
  const all = countRows({ events, hosts });
  const left = Math.min(skip, Math.max(0, all - ROWS));
  const rows = rowsOf({ events, hosts }, ROWS, left);
  const states = new Map(machines.map((each): [string, LineState] => [each.name, each.part === 'none' ? 'down' : each.says.includes('no link') ? 'apart' : 'runs']));
  // Of many machines those have a line to which something happens in the rows: a hundred lines would leave room for nothing else.
  const isCrowd = facts.hosts.length > MOST_CARDS;
  const names = hosts.map(({ name }) => name).filter((name) => !isCrowd || rows.some(({ host, from }) => host === name || from === name));
  const choice = (
    <div className="kinds" role="group" aria-label="Machines that are drawn">
      {facts.hosts.map(({ name }) => (
        <label key={name}><input type="checkbox" checked={!without.has(name)} onChange={(event) => {
          const next = new Set(without);
          if (event.target.checked) next.delete(name);
          else next.add(name);
          setWithout(next);
        }} /> {name}</label>
      ))}
    </div>
  );
  return (
    <>
      <Branches session={session} />
      <Kinds hidden={hidden} onHidden={onHidden}>
        {why.chain.length === 0 ? null : <label><input type="checkbox" checked={onlyPast} onChange={(event) => setOnlyPast(event.target.checked)} /> Only what led to the chosen event</label>}
      </Kinds>
      {isCrowd ? <details className="kinds-many"><summary>{names.length} of {facts.hosts.length} machines, those that take part</summary>{choice}</details> : choice}
      {all <= ROWS ? null : <Window facts={facts} all={all} left={left} onLeft={setSkip} />}
      <Plane rows={rows} names={names} states={states} why={why} />
    </>
  );
}

/** Where in what is known the rows stand, over how much happened when. */
function Window({ facts, all, left, onLeft }: { facts: DeploymentFacts; all: number; left: number; onLeft: (left: number) => void }) {
  const counts = activity(facts.events, BINS);
  const most = Math.max(1, ...counts);
  const [first, last] = [facts.events[0]?.atUs ?? 0, facts.events.at(-1)?.atUs ?? 0];
  return (
    <div className="st-window">
      <svg viewBox={`0 0 ${BINS * 4} 20`} preserveAspectRatio="none" role="img" aria-label={`Events from ${clock(first)} to ${clock(last)}`}>
        <path d={counts.map((count, i) => `M${i * 4} 20v${-Math.ceil((count / most) * 18)}h3v${Math.ceil((count / most) * 18)}z`).join('')} />
      </svg>
      <input type="range" aria-label="Which rows are drawn" min={0} max={all - ROWS} value={all - ROWS - left} aria-valuetext={left === 0 ? 'the newest' : `${left} before the newest`} onChange={(event) => onLeft(all - ROWS - Number(event.target.value))} />
    </div>
  );
}

/** The run and those that were left for it, on one axis of time. */
function Branches({ session }: { session: LabSession }) {
  const branches = useSession(session, (state) => state.branches);
  const atUs = useSession(session, (state) => state.atUs);
  if (branches.length === 0) return null;
  const end = Math.max(atUs, ...branches.map(({ untilUs }) => untilUs), 1);
  const part = (us: number): string => `${(us / end) * 100}%`;
  return (
    <div className="branch-tree" role="group" aria-label="Branches of time">
      <div className="branch-row"><span>This run</span><i className="branch-axis"><i style={{ left: 0, width: part(atUs) }} /></i><span className="numbers">{clock(atUs)}</span></div>
      {branches.map((branch) => (
        <div key={branch.id} className="branch-row">
          <span>{branch.name}</span>
          <i className="branch-axis" data-left="true"><i style={{ left: part(branch.leftAtUs), width: part(Math.max(0, branch.untilUs - branch.leftAtUs)) }} /></i>
          <Button small look="quiet" onClick={() => session.branch(branch.id)}>Go to {clock(branch.untilUs)}</Button>
        </div>
      ))}
    </div>
  );
}

function Plane({ rows, names, states, why }: { rows: readonly Row[]; names: readonly string[]; states: ReadonlyMap<string, LineState>; why: Why }) {
  const [place, width] = useWidth<HTMLDivElement>();
  const box = useStickToEnd(rows);
  const x = (host: string): number => TIME + ((names.indexOf(host) + 0.5) * Math.max(1, width - TIME)) / Math.max(1, names.length);
  // Names that would cover each other are left out; every event says its machine to whoever asks.
  const every = Math.ceil((names.length * NAME) / Math.max(NAME, width - TIME));
  const past = new Set(why.chain.map((each) => each.seq));
  const isDim = (seq: number): boolean => past.size > 0 && !past.has(seq);
  const height = HEAD + (rows.length + 1) * ROW;
  const y = (row: number): number => HEAD + (row + 1) * ROW;
  return (
    <div className="space-time" ref={box} tabIndex={0} role="group" aria-label="Space-time diagram">
      <div ref={place}>
        {width === 0 ? null : rows.length === 0 ? <Empty title="Nothing to draw yet"><p>Type a command in a terminal, let time pass, or tick a kind of events above.</p></Empty> : (
          <div className="space-time-plane" style={{ height }}>
            <svg className="space-time-names" width={width} height={HEAD - 6} aria-hidden="true">{names.map((name, i) => (i % every === 0 ? <text key={name} x={x(name)} y={14} textAnchor="middle" className="label">{name}</text> : null))}</svg>
            <svg className="space-time-lines" width={width} height={height} aria-hidden="true">
              {names.map((name) => (
                <g key={name}>
                  {spansOf(name, rows, states.get(name) ?? 'runs').map((span) => <path key={span.from} d={`M${x(name)} ${span.from < 0 ? HEAD - 6 : y(span.from)}V${span.to >= rows.length ? height : y(span.to)}`} className="world-line" data-state={span.state} />)}
                </g>
              ))}
              {rows.map((row, i) => {
                if (row.kind === 'fault') return <path key={row.seq} d={`M${TIME - 6} ${y(i)}H${width}`} className="fault-line" data-dim={isDim(row.seq)} />;
                if (row.from === undefined || !names.includes(row.from)) return null;
                const sent = row.causeRow === undefined || rows[row.causeRow]?.host !== row.from ? y(i) - ROW * 0.8 : y(row.causeRow);
                return <path key={row.seq} d={`M${x(row.from)} ${sent}L${x(row.host)} ${y(i)}`} className="message-line" data-dim={isDim(row.seq)} />;
              })}
            </svg>
            {rows.map((row, i) => {
              const at = row.kind === 'fault' ? TIME : x(row.host);
              const right = row.kind !== 'fault' && at > (TIME + width) / 2;
              return (
                <button key={row.seq} type="button" className="moment" data-kind={row.kind} data-dim={isDim(row.seq)} data-chosen={row.seq === why.chosen} data-side={right ? 'right' : 'left'} style={{ top: y(i) - ROW / 2, left: right ? 'auto' : at - 6, right: right ? width - at - 6 : 'auto', height: ROW, maxWidth: right ? at - TIME : width - at }}
                  aria-label={`${preciseClock(row.atUs)}, ${row.kind === 'fault' ? 'fault' : row.host}${row.from === undefined ? '' : `, from ${row.from}`}: ${row.text}${row.folded === 0 ? '' : `; ${row.folded} folded before it`}. Show why`} onClick={() => why.ask(row.seq)}>
                  <i /><span>{row.text}</span>
                </button>
              );
            })}
            {rows.map((row, i) => (i > 0 && rows[i - 1]?.atUs === row.atUs ? null : <span key={row.seq} className="moment-time numbers" style={{ top: y(i) - 8 }}>{(row.atUs / 1e6).toFixed(4)} s</span>))}
            {rows.map((row, i) => (row.folded === 0 ? null : <span key={row.seq} className="fold-mark numbers" aria-hidden="true" style={{ top: y(i) - ROW / 2 - 7 }}>{row.folded.toLocaleString('en')} folded</span>))}
          </div>
        )}
      </div>
    </div>
  );
}
