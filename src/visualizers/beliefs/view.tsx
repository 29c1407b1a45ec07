/* Who believes what of whom, as a table, or for many nodes as squares (squares.tsx); the chosen belief in words, with its reports: see model.ts. */
import { useMemo, useState } from 'react';
import { Changes } from '../drawing/parts.tsx';
import '../drawing/beliefs.css';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { duration } from '../words.ts';
import { beliefOf, beliefsChanges, beliefWords, MOST_WORDED, onlyTimePassed, opinions, short, toldOfNode, type BeliefCell, type BeliefsView, type NodeRow } from './model.ts';
import { beliefsGoal, beliefsPrompts } from './prompts.ts';
import { Squares } from './squares.tsx';
import './view.css';

const DOWN: Readonly<Record<BeliefCell['health'], string>> = { ok: 'no', handshake: 'no', 'fail?': 'one', fail: 'all' };

function Cell({ view, row, place, was, chosen, onChoose }: { view: BeliefsView; row: NodeRow; place: string; was: BeliefCell | null | undefined; chosen: boolean; onChoose: () => void }) {
  const cell = beliefOf(view, row, place);
  if (cell === null) return <td className="belief-none">{row.place === place ? <span>itself</span> : <span>unknown</span>}</td>;
  const isChanged = was !== undefined && was !== null && (was.health !== cell.health || was.reports.length !== cell.reports.length);
  return (
    <td>
      <button type="button" className="belief" data-thing="" data-down={DOWN[cell.health]} data-changed={isChanged} aria-pressed={chosen} aria-label={beliefWords(row, place, cell)} onClick={onChoose}>
        <i className="belief-bar" style={{ transform: `scaleX(${Math.min(1, cell.silentMs / Math.max(1, view.nodeTimeoutMs))})` }} />
        <span>{cell.health === 'fail?' ? `PFAIL ${opinions(row, cell)}/${row.quorum}` : cell.health === 'fail' ? 'FAIL' : cell.health === 'handshake' ? 'new' : cell.silentMs >= 1000 ? duration(cell.silentMs) : 'ok'}{cell.health === 'ok' && cell.reports.length > 0 ? ` · ${cell.reports.length} told` : ''}</span>
      </button>
    </td>
  );
}

function Drawing({ view, previous }: DrawingProps<BeliefsView>) {
  const [chosen, setChosen] = useState<{ by: string; of: string }>();
  const changes = useMemo(() => (previous === undefined ? [] : beliefsChanges(previous, view)), [previous, view]);
  if (view.rows.length === 0) return <div className="viz"><p className="viz-absent">No server is running here as a node of a cluster. Start some with <code>cluster-enabled yes</code> and join them: <code>redis-cli --cluster create …</code></p></div>;
  const were = new Map(previous?.rows.map((row) => [row.place, row]) ?? []);
  const row = view.rows.find(({ place }) => place === chosen?.by);
  const told = row === undefined || chosen === undefined ? <p className="viz-note">Choose a cell to read it as a sentence, with the reports behind it.</p> : <p className="viz-note" role="status">{beliefWords(row, chosen.of, beliefOf(view, row, chosen.of))}</p>;
  return (
    <div className="viz cluster-beliefs">
      <h3 className="viz-heading">Who believes what of whom: a row for each node that runs, node timeout {duration(view.nodeTimeoutMs)}, {view.rows[0]?.quorum ?? 0} opinions make a failure</h3>
      {view.columns.length > MOST_WORDED ? <Squares view={view} previous={previous} chosen={chosen} onChoose={setChosen}>{told}</Squares> : (
        <div className="belief-scroll" tabIndex={0} role="group" aria-label="Matrix">
          <table className="beliefs">
            <thead><tr><th scope="col"><span className="only-read">Who believes it</span></th>{view.columns.map((place) => <th key={place} scope="col">{short(place)}</th>)}</tr></thead>
            <tbody>
              {view.rows.map((each) => {
                const was = were.get(each.place);
                return (
                  <tr key={each.place}>
                    <th scope="row"><i className="role-mark" data-role={each.role} />{short(each.place)}<small>{each.role === 'replica' ? 'not counted' : each.votes ? 'opinion counts' : 'no slots: not counted'}{each.state === 'ok' ? '' : '; cluster down'}</small></th>
                    {view.columns.map((place) => <Cell key={place} view={view} row={each} place={place} was={was === undefined || previous === undefined ? undefined : beliefOf(previous, was, place)} chosen={chosen?.by === each.place && chosen.of === place} onChoose={() => setChosen({ by: each.place, of: place })} />)}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {view.columns.length > MOST_WORDED ? null : told}
      {view.told === undefined ? null : <p className="viz-note">Last told: {toldOfNode(view.told)}</p>}
      <Changes sentences={changes} />
    </div>
  );
}

export default defineView<BeliefsView>({
  id: 'beliefs',
  Drawing,
  legend: [
    { mark: 'expiry', says: 'silence, as a part of node-timeout' },
    { mark: 'lost', says: 'hatched, or hollow where nodes are many: this node alone cannot reach it (PFAIL), with the opinions it has and needs; filled: it has failed for all (FAIL)' },
    { mark: 'empty', says: 'this node does not know it' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: beliefsPrompts,
  goal: beliefsGoal,
  cause: (view) => (view.told === undefined ? undefined : toldOfNode(view.told)),
  onlyTimePassed,
});
