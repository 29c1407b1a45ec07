/* What happened, as text; and why, back to what was typed. */
import { memo, useCallback, useEffect, useRef, useState, type ReactNode, type RefCallback } from 'react';
import type { LoggedEvent } from '../../simulation/index.ts';
import { Button, Empty } from '../../ui/index.ts';
import { type LabSession, useSession } from '../lab/session.ts';
import { EVENT_CLASSES, listed, momentBefore, type EventClass, type Listed } from './event-classes.ts';
import type { DeploymentFacts } from './facts.ts';
import { pastOf } from './rows.ts';
import { preciseClock } from './transport.tsx';

/** The chain of causes of the chosen event. */
export function useWhy(session: LabSession): { chosen: number | undefined; chain: readonly LoggedEvent[]; ask: (seq: number | undefined) => void } {
  const [chosen, setChosen] = useState<number>();
  const [chain, setChain] = useState<readonly LoggedEvent[]>([]);
  const ask = useCallback((seq: number | undefined) => {
    setChosen(seq);
    setChain([]);
    if (seq !== undefined) session.ask({ about: 'why', seq }).then(setChain, () => setChosen(undefined));
  }, [session]);
  return { chosen, chain, ask };
}

export type Why = ReturnType<typeof useWhy>;

const nameOf = ({ host, kind, what }: LoggedEvent): string => (kind === 'fault' ? `a fault: ${what}` : kind === 'told' ? `${host} ${what}` : `${host}: ${what}`);

export function WhyPanel({ why, session }: { why: Why; session: LabSession }) {
  const [first, ...causes] = why.chain;
  const head = useRef<HTMLHeadingElement>(null);
  const asked = useRef<Element>(null);
  // It opens over the list: the focus goes there, and back to the event that was asked about.
  useEffect(() => {
    if (first === undefined) return;
    asked.current = document.activeElement;
    head.current?.focus({ preventScroll: true });
  }, [first]);
  if (first === undefined) return null;
  const links = pastOf(causes).toReversed();
  return (
    <section className="why" aria-label="Why it happened">
      <header><h2 ref={head} tabIndex={-1}>{nameOf(first)}</h2><Button small look="quiet" icon="close" onClick={() => {
        why.ask(undefined);
        if (asked.current instanceof HTMLElement) asked.current.focus({ preventScroll: true });
      }}>Close</Button></header>
      {causes.length === 0 ? <p>It came from outside: somebody typed, or the scenario began with it.</p> : (
        <ol>
          {links.slice(0, 40).map((each) => <li key={each.seq}><span className="numbers">{preciseClock(each.atUs)}</span> because {nameOf(each)}{each.folded === 0 ? '' : `, after ${each.folded} ${each.folded === 1 ? 'timer or heartbeat' : 'timers and heartbeats'}`}</li>)}
        </ol>
      )}
      {links.length > 40 ? <p>And {links.length - 40} more before.</p> : null}
      <div><Button small icon="back" onClick={() => session.seek(momentBefore(first))}>Go to the moment before it</Button></div>
    </section>
  );
}

/** A list whose newest line is its last: it follows its end, until somebody scrolls away from there, and again when they are back. */
export function useStickToEnd(news: unknown): RefCallback<HTMLDivElement> {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [news]);
  // The list may come and go: there is none while nothing has happened.
  return useCallback((element: HTMLDivElement | null) => {
    box.current = element;
    if (element === null) return undefined;
    const look = (): void => {
      follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    };
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, []);
}

/** Which kinds of events are shown: beside the log and the diagram alike. */
export function Kinds({ hidden, onHidden, children }: { hidden: ReadonlySet<EventClass>; onHidden: (hidden: ReadonlySet<EventClass>) => void; children?: ReactNode }) {
  return (
    <div className="kinds" role="group" aria-label="Kinds of events">
      {EVENT_CLASSES.map(({ id, label, says }) => (
        <label key={id} title={says}><input type="checkbox" checked={!hidden.has(id)} onChange={(event) => {
          const next = new Set(hidden);
          if (event.target.checked) next.delete(id);
          else next.add(id);
          onHidden(next);
        }} /> {label}</label>
      ))}
      {children}
    </div>
  );
}

interface EventRowProps {
  event: Listed;
  isChosen: boolean;
  ask: (seq: number) => void;
}

/** Every look brings all events anew; a row is drawn again only when it is another event, as after going back in time. */
const EventRow = memo(function EventRow({ event, isChosen, ask }: EventRowProps) {
  return (
    <>
      {event.folded === 0 ? null : <tr className="folded"><td colSpan={4}>{foldedWords(event.folded)}</td></tr>}
      <tr data-chosen={isChosen} data-kind={event.kind}>
        <td className="log-time">{preciseClock(event.atUs)}</td>
        <td className="log-client">{event.host}</td>
        <td className="log-command"><code>{event.kind === 'data' || event.kind === 'told' || event.what === '' ? '' : `${event.kind} `}{event.what}</code></td>
        <td><button type="button" className="why-button" aria-label={`Why: ${event.what}`} onClick={() => ask(event.seq)}>why</button></td>
      </tr>
    </>
  );
}, (was, is) => was.isChosen === is.isChosen && was.event.seq === is.event.seq && was.event.atUs === is.event.atUs && was.event.what === is.event.what && was.event.folded === is.event.folded && was.ask === is.ask);

interface EventLogProps {
  session: LabSession;
  facts: DeploymentFacts;
  why: Why;
  background: boolean;
  onBackground: (on: boolean) => void;
  hidden: ReadonlySet<EventClass>;
  onHidden: (hidden: ReadonlySet<EventClass>) => void;
}

/** Why no event is listed. */
const OPENING = { title: 'The run is being opened', says: 'All that happened in it happens again; then it is listed here.' };
const NOTHING = { title: 'Nothing has happened yet', says: 'Every message, timer and key press appears here, with a button that says why.' };
const foldedWords = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'} folded`;

export function EventLog({ session, facts, why, background, onBackground, hidden, onHidden }: EventLogProps) {
  const [search, setSearch] = useState('');
  const box = useStickToEnd(facts.events);
  const { rows, after } = listed(facts.events, hidden, search);
  const isOpening = useSession(session, (state) => state.phase === 'opening');
  const none = isOpening ? OPENING : facts.events.length === 0 ? NOTHING : { title: 'All of it is folded', says: `${foldedWords(after)}: tick a kind above to see it, or search for a word.` };
  return (
    <>
      <Kinds hidden={hidden} onHidden={onHidden}>
        <label title="What servers say and do all the time: pings, acknowledgements, their crons"><input type="checkbox" checked={background} onChange={(event) => onBackground(event.target.checked)} /> Heartbeats</label>
        <input className="input kinds-search" type="search" aria-label="Search in events" placeholder="Search" value={search} onChange={(event) => setSearch(event.target.value)} />
      </Kinds>
      {rows.length === 0 ? <Empty title={none.title}><p>{none.says}</p></Empty> : (
        <div className="log events" ref={box} tabIndex={0} role="group" aria-label="Events">
          <table>
            <thead className="only-read"><tr><th>Time</th><th>Machine</th><th>Event</th><th>Cause</th></tr></thead>
            <tbody>
              {rows.map((event) => (
                <EventRow key={event.seq} event={event} isChosen={event.seq === why.chosen} ask={why.ask} />
              ))}
              {after === 0 ? null : <tr className="folded"><td colSpan={4}>{foldedWords(after)}</td></tr>}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
