/* Observers and what they observe as a table; a bar fills with silence, and the chosen cell is told in words: see model.ts. */
import { useMemo, useState } from 'react';
import { Changes } from '../drawing/parts.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { duration } from '../words.ts';
import { cellAt, cellWords, MOST_COLUMNS, monitorsChanges, onlyTimePassed, restWords, toldWords, type CellView, type MonitorsView, type ObserverView } from './model.ts';
import { monitorsGoal, monitorsPrompts } from './prompts.ts';
import '../drawing/beliefs.css';

function Cell({ observer, place, cell, was, chosen, onChoose }: { observer: ObserverView; place: string; cell: CellView | null; was: CellView | null | undefined; chosen: boolean; onChoose: () => void }) {
  if (cell === null) return <td className="belief-none">{observer.place === place ? <span>itself</span> : <span>unknown</span>}</td>;
  const part = Math.min(1, cell.silentMs / Math.max(1, cell.downAfterMs));
  const isChanged = was !== undefined && was !== null && (was.isDown !== cell.isDown || was.isDownForAll !== cell.isDownForAll);
  return (
    <td>
      <button type="button" className="belief" data-thing="" data-down={cell.isDownForAll ? 'all' : cell.isDown ? 'one' : 'no'} data-changed={isChanged} aria-pressed={chosen} aria-label={cellWords(observer, place, cell)} onClick={onChoose}>
        <i className="belief-bar" style={{ transform: `scaleX(${part})` }} />
        <span>{cell.isDownForAll ? `ODOWN ${observer.agreeing}/${observer.quorum}` : cell.isDown ? (cell.role === 'master' ? `SDOWN ${observer.agreeing}/${observer.quorum}` : 'SDOWN') : cell.silentMs < 1000 ? 'ok' : duration(cell.silentMs)}</span>
      </button>
    </td>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<MonitorsView>) {
  const [chosen, setChosen] = useState<{ by: string; of: string }>();
  const changes = useMemo(() => (previous === undefined ? [] : monitorsChanges(previous, view)), [previous, view]);
  if (view.name === undefined) return <div className="viz"><p className="viz-absent">No server is running here as a Sentinel. Start one with a file that says whom to watch: <code>redis-sentinel sentinel.conf</code></p></div>;
  const were = new Map(previous?.observers.map((each) => [each.place, each]) ?? []);
  const columns = view.observed.slice(0, MOST_COLUMNS);
  const roleOf = (place: string): CellView['role'] => view.observers.map((each) => cellAt(view, each, place)?.role).find((role) => role !== undefined) ?? 'replica';
  const observer = view.observers.find(({ place }) => place === chosen?.by);
  const first = view.observers[0];
  return (
    <div className="viz monitors">
      <h3 className="viz-heading">Who believes what of <code className="viz-mono">{view.name}</code>: a row for each Sentinel, its quorum {first?.quorum ?? 0}, down after {duration(first?.cells.find((cell) => cell !== null)?.downAfterMs ?? 0)} of silence</h3>
      {view.names.length < 2 ? null : (
        <div className="viz-row">{view.names.map((name) => <button key={name} type="button" className="button button-small" aria-pressed={name === view.name} onClick={() => onParams({ master: name })}>{name}</button>)}</div>
      )}
      <div className="belief-scroll" tabIndex={0} role="group" aria-label="Matrix">
        <table className="beliefs">
          <thead>
            <tr><th scope="col"><span className="only-read">Who believes it</span></th>{columns.map((place) => <th key={place} scope="col"><i className="role-mark" data-role={roleOf(place)} />{place.replace(/:(6379|26379)$/, '')}</th>)}{view.observed.length > MOST_COLUMNS ? <th scope="col">others</th> : null}</tr>
          </thead>
          <tbody>
            {view.observers.map((each) => {
              const was = were.get(each.place);
              return (
                <tr key={each.place}>
                  <th scope="row"><i className="role-mark" data-role="sentinel" />{each.place.replace(/:26379$/, '')}<small>{each.inTilt ? 'TILT: decides nothing' : `master: ${each.master.replace(/:6379$/, '')}`}</small></th>
                  {columns.map((place) => <Cell key={place} observer={each} place={place} cell={cellAt(view, each, place)} was={was === undefined || previous === undefined ? undefined : cellAt(previous, was, place)} chosen={chosen?.by === each.place && chosen.of === place} onChoose={() => setChosen({ by: each.place, of: place })} />)}
                  {view.observed.length > MOST_COLUMNS ? <td>{restWords(each)}</td> : null}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {observer === undefined || chosen === undefined ? <p className="viz-note">Choose a cell to read it as a sentence.</p> : <p className="viz-note" role="status">{cellWords(observer, chosen.of, cellAt(view, observer, chosen.of))}</p>}
      {view.told === undefined ? null : <p className="viz-note">Newest: <code>{toldWords(view.told)}</code></p>}
      <Changes sentences={changes} />
    </div>
  );
}

export default defineView<MonitorsView>({
  id: 'monitors',
  Drawing,
  legend: [
    { mark: 'expiry', says: 'silence, as a part of down-after' },
    { mark: 'lost', says: 'hatched: down for this Sentinel (SDOWN); filled: down for all (ODOWN), with those who agree and the quorum' },
    { mark: 'empty', says: 'this Sentinel does not know it' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: monitorsPrompts,
  goal: monitorsGoal,
  cause: (view) => (view.told === undefined ? undefined : `${view.told.place} ${view.told.event}`),
  onlyTimePassed,
});
