/* What happened, as text and as a space-time diagram; and why, back to what was typed. */
import { useEffect, useRef, useState } from 'react';
import type { LoggedEvent } from '../../simulation/index.ts';
import { Button, Empty } from '../../ui/index.ts';
import { useWidth } from '../../visualizers/stage/index.tsx';
import type { LabSession } from '../lab/session.ts';
import { rowsOf, type DeploymentFacts } from './facts.ts';
import { preciseClock } from './transport.tsx';

/** The chain of causes of the chosen event. */
export function useWhy(session: LabSession): { chosen: number | undefined; chain: readonly LoggedEvent[]; ask: (seq: number | undefined) => void } {
  const [chosen, setChosen] = useState<number>();
  const [chain, setChain] = useState<readonly LoggedEvent[]>([]);
  const ask = (seq: number | undefined) => {
    setChosen(seq);
    setChain([]);
    if (seq !== undefined) session.ask({ about: 'why', seq }).then(setChain, () => setChosen(undefined));
  };
  return { chosen, chain, ask };
}

type Why = ReturnType<typeof useWhy>;

export function WhyPanel({ why, session }: { why: Why; session: LabSession }) {
  const [first, ...causes] = why.chain;
  if (first === undefined) return null;
  return (
    <section className="why" aria-label="Why it happened">
      <header><h2>{first.host}: {first.what}</h2><Button small look="quiet" icon="close" onClick={() => why.ask(undefined)}>Close</Button></header>
      {causes.length === 0 ? <p>It came from outside: somebody typed, or the scenario began with it.</p> : (
        <ol>
          {causes.slice(0, 40).map((each) => <li key={each.seq}><span className="numbers">{preciseClock(each.atUs)}</span> because {each.host}: {each.what}</li>)}
        </ol>
      )}
      {causes.length > 40 ? <p>And {causes.length - 40} more before.</p> : null}
      <div><Button small icon="back" onClick={() => session.seek({ executed: first.executed })}>Go to the moment before it</Button></div>
    </section>
  );
}

function useStickToEnd(news: unknown) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < 240) element.scrollTop = element.scrollHeight;
  }, [news]);
  return box;
}

export function EventLog({ facts, why }: { facts: DeploymentFacts; why: Why }) {
  const box = useStickToEnd(facts.events);
  if (facts.events.length === 0) return <Empty title="Nothing has happened yet"><p>Every message, timer and key press appears here, with a button that says why.</p></Empty>;
  return (
    <div className="log events" ref={box} tabIndex={0} role="group" aria-label="Events">
      <table>
        <thead className="only-read"><tr><th>Time</th><th>Machine</th><th>Event</th><th>Cause</th></tr></thead>
        <tbody>
          {facts.events.map((event) => (
            <tr key={event.seq} data-chosen={event.seq === why.chosen}>
              <td className="log-time">{preciseClock(event.atUs)}</td>
              <td className="log-client">{event.host}</td>
              <td className="log-command"><code>{event.kind === 'data' || event.what === '' ? '' : `${event.kind} `}{event.what}</code></td>
              <td><button type="button" className="why-button" aria-label={`Why: ${event.what}`} onClick={() => why.ask(event.seq)}>why</button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ROW = 24;
const HEAD = 26;
const ROWS = 60;
const TIME = 76;

/** A line for each machine, time downwards, messages slanted from sender to receiver: one event a row. */
export function SpaceTime({ facts, why }: { facts: DeploymentFacts; why: Why }) {
  const [place, width] = useWidth<HTMLDivElement>();
  const box = useStickToEnd(facts.events);
  const rows = rowsOf(facts, ROWS);
  const names = facts.hosts.map((host) => host.name);
  const x = (host: string): number => TIME + ((names.indexOf(host) + 0.5) * Math.max(1, width - TIME)) / Math.max(1, names.length);
  const past = new Set(why.chain.map((each) => each.seq));
  const isDim = (seq: number): boolean => past.size > 0 && !past.has(seq);
  const height = HEAD + (rows.length + 1) * ROW;
  const y = (row: number): number => HEAD + (row + 1) * ROW;
  return (
    <div className="space-time" ref={box}>
      <div ref={place}>
        {width === 0 ? null : rows.length === 0 ? <Empty title="Nothing to draw yet"><p>Type a command in a terminal, or let time pass.</p></Empty> : (
          <div className="space-time-plane" style={{ height }}>
            <svg width={width} height={height} aria-hidden="true">
              {names.map((name) => <g key={name}><path d={`M${x(name)} ${HEAD - 6}V${height}`} className="world-line" /><text x={x(name)} y={14} textAnchor="middle" className="label">{name}</text></g>)}
              {rows.map((row, i) => {
                if (row.from === undefined) return null;
                const sent = row.causeRow === undefined || rows[row.causeRow]?.host !== row.from ? y(i) - ROW * 0.8 : y(row.causeRow);
                return <path key={row.seq} d={`M${x(row.from)} ${sent}L${x(row.host)} ${y(i)}`} className="message-line" data-dim={isDim(row.seq)} />;
              })}
            </svg>
            {rows.map((row, i) => {
              const right = x(row.host) > width - 120;
              return (
                <button key={row.seq} type="button" className="moment" data-dim={isDim(row.seq)} data-chosen={row.seq === why.chosen} data-side={right ? 'right' : 'left'} style={{ top: y(i) - ROW / 2, left: right ? 'auto' : x(row.host) - 6, right: right ? width - x(row.host) - 6 : 'auto', height: ROW }}
                  aria-label={`${preciseClock(row.atUs)}, ${row.host}${row.from === undefined ? '' : `, from ${row.from}`}: ${row.text}. Show why`} onClick={() => why.ask(row.seq)}>
                  <i />{row.text}
                </button>
              );
            })}
            {rows.map((row, i) => (i > 0 && rows[i - 1]?.atUs === row.atUs ? null : <span key={row.seq} className="moment-time numbers" style={{ top: y(i) - 8 }}>{(row.atUs / 1000).toFixed(2)} ms</span>))}
          </div>
        )}
      </div>
    </div>
  );
}
