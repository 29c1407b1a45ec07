/* The stages of a failover one under the other with the facts that entered them, votes and candidates beside: see model.ts. */
import { useMemo } from 'react';
import { Changes, Facts } from '../drawing/parts.tsx';
import { clockText, defineView, type DrawingProps } from '../stage/index.tsx';
import { count, duration } from '../words.ts';
import { candidateWords, decidingColumn, endOf, ENDS, enteredBy, failoverChanges, onlyTimePassed, STAGES, tallyOf, UNFIT, voteWords, type FailoverView, type Stage } from './model.ts';
import { failoverGoal, failoverPrompts } from './prompts.ts';
import '../drawing/beliefs.css';
import './view.css';

const short = (place: string): string => place.replace(/:(6379|26379)$/, '');

function StageRow({ stage, view, previous }: { stage: Stage; view: FailoverView; previous: FailoverView | undefined }) {
  const entered = enteredBy(view, stage);
  const isNow = view.state === stage.state;
  const part = isNow && view.patienceMs > 0 ? Math.min(1, view.inStateMs / view.patienceMs) : 0;
  return (
    <li data-thing="" data-now={isNow} data-entered={entered !== undefined} data-changed={isNow && previous !== undefined && previous.state !== view.state} {...(isNow ? { 'aria-current': 'step' as const } : {})}>
      <span className="stage-event"><code>{stage.entered}</code>{entered === undefined ? null : <span className="numbers"> {clockText(entered.atUs)}</span>}</span>
      <strong>{stage.title}</strong> <code className="viz-mono">{stage.state}</code>
      {isNow ? <p>Waits for {stage.waits}.{view.patienceMs > 0 ? ` Gives up after ${duration(view.patienceMs)}.` : ''}</p> : null}
      {isNow && view.patienceMs > 0 ? <i className="stage-patience" aria-hidden="true"><i style={{ transform: `scaleX(${part})` }} /></i> : null}
    </li>
  );
}

function Votes({ view }: { view: FailoverView }) {
  const tally = tallyOf(view);
  return (
    <section aria-label="Votes">
      <h4>Votes in epoch {view.currentEpoch}: {view.votesNeeded} of {view.voters} are needed</h4>
      <ul className="vote-tally">
        {tally.length === 0 ? <li>Nobody has voted in it, as far as is known here.</li> : tally.map(({ place, votes }) => (
          <li key={place} data-thing="" data-elected={votes >= view.votesNeeded} aria-label={`${place}: ${votes} of the ${view.votesNeeded} that are needed`}>
            <span>{short(place)}</span>
            <span className="vote-boxes" aria-hidden="true">{Array.from({ length: view.voters }, (_, i) => <i key={i} data-cast={i < votes} data-last={i + 1 === view.votesNeeded} />)}</span>
            <span className="numbers">{votes}</span>
          </li>
        ))}
      </ul>
      <ul className="vote-cards">
        {view.votes.map((vote) => (
          <li key={vote.place} data-thing="" data-old={vote.epoch !== view.currentEpoch} title={voteWords(vote)}>
            <strong><i className="role-mark" data-role="sentinel" />{short(vote.place)}</strong>
            <span>{vote.for === undefined ? 'no vote known' : `for ${short(vote.for)}, epoch ${vote.epoch}`}</span>
            <span>{vote.saysMasterDown ? 'says the master is down' : ''}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Candidates({ view }: { view: FailoverView }) {
  const decides = decidingColumn(view);
  if (view.candidates.length === 0) return <p className="viz-note">It knows no replica.</p>;
  return (
    <section aria-label="Replicas">
      <h4>Replicas, in the order in which it would promote them</h4>
      <div className="belief-scroll" tabIndex={0} role="group" aria-label="Ranking">
        <table className="candidates">
          <thead><tr><th scope="col">Replica</th>{(['priority', 'offset', 'run id'] as const).map((column) => <th key={column} scope="col" data-decides={column === decides}>{column}</th>)}<th scope="col">State</th></tr></thead>
          <tbody>
            {view.candidates.map((each, i) => (
              <tr key={each.place} data-thing="" data-unfit={each.unfit !== null} data-promoted={each.isPromoted} title={candidateWords(each, i + 1)}>
                <th scope="row"><i className="role-mark" data-role="replica" />{short(each.place)}</th>
                <td className="numbers">{each.priority}</td><td className="numbers">{count(each.offset)}</td><td><code>{each.runId.slice(0, 8)}</code></td>
                <td>{each.unfit !== null ? `excluded: ${UNFIT[each.unfit]}` : each.isPromoted ? 'chosen' : each.reconf === 'done' ? 'follows the new one' : each.reconf !== null ? 'is sent after it' : i === 0 ? 'would be chosen' : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {decides === undefined ? null : <p className="viz-note">The first two differ in their {decides}: that decides.</p>}
    </section>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<FailoverView>) {
  const same = previous !== undefined && previous.place === view.place ? previous : undefined;
  const changes = useMemo(() => (previous === undefined ? [] : failoverChanges(previous, view)), [previous, view]);
  if (view.place === undefined) return <div className="viz"><p className="viz-absent">No server is running here as a Sentinel. Start one with a file that says whom to watch: <code>redis-sentinel sentinel.conf</code></p></div>;
  const end = endOf(view);
  return (
    <div className="viz failover">
      <h3 className="viz-heading">As {short(view.place)} sees it</h3>
      {view.places.length < 2 ? null : <div className="viz-row" role="group" aria-label="Whose view">{view.places.map((place) => <button key={place} type="button" className="button button-small button-outline" aria-pressed={place === view.place} onClick={() => onParams({ sentinel: place })}>{short(place)}</button>)}<button type="button" className="button button-small button-quiet" onClick={() => onParams({ sentinel: '' })}>whoever acts</button></div>}
      <Facts facts={[
        [view.name, short(view.master), same !== undefined && same.master !== view.master],
        ['Down', view.isDownForAll ? `for all: ${view.agreeing} of ${view.quorum}` : view.isDown ? `for it: ${view.agreeing} of ${view.quorum}` : 'no', same !== undefined && (same.isDown !== view.isDown || same.isDownForAll !== view.isDownForAll)],
        ['Epoch', count(view.currentEpoch), same !== undefined && same.currentEpoch !== view.currentEpoch],
        ['Next failover', view.state !== 'none' ? 'under way' : view.waitsMs > 0 ? `not for ${duration(view.waitsMs)}` : 'as soon as needed'],
      ]} />
      <div className="failover-halves">
        <div>
          <ol className="stages" aria-label="Stages of the failover">{STAGES.map((stage) => <StageRow key={stage.state} stage={stage} view={view} previous={same} />)}</ol>
          <p className="failover-end" data-bad={end?.event.startsWith('-') === true}>{end === undefined ? (view.state === 'none' ? 'No failover is under way.' : '') : <><code>{end.event}</code> {ENDS[end.event] ?? ''}</>}</p>
        </div>
        <div className="failover-side"><Votes view={view} /><Candidates view={view} /></div>
      </div>
      <Changes sentences={changes} />
    </div>
  );
}

export default defineView<FailoverView>({
  id: 'failover',
  Drawing,
  legend: [
    { mark: 'key', says: 'the state it is in; the bar below fills until it gives up' },
    { mark: 'offset', says: 'a vote in the present epoch; the strong line is what a leader needs' },
    { mark: 'lost', says: 'excluded by a rule, or given up' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: failoverPrompts,
  goal: failoverGoal,
  cause: (view) => { const told = view.trail.at(-1); return told === undefined ? undefined : `${told.place} ${told.event}`; },
  onlyTimePassed,
});
