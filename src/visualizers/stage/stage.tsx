/* The frame around a picture. See types.ts for what it gives and what it asks of a drawing. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { Button, Empty, IconButton, Menu, SelectField, Icon } from '../../ui/index.ts';
import { GoalPanel, useReached } from './goal.tsx';
import { clockText } from './clock-text.ts';
import { Prediction } from './prediction.tsx';
import { shown as shownBytes } from '../words.ts';
import type { AnyVisualizerView, Seen, Transport } from './types.tsx';
import './stage.css';

/** States kept to go back through. They are view models of bounded size, not copies of the server. */
const KEPT = 50;
/** How long the cause of a change stays lit, milliseconds. */
const FRESH_MS = 1600;

export interface StageProps {
  visualizer: AnyVisualizerView;
  /** The latest state, undefined before the first arrives. */
  seen: Seen<unknown> | undefined;
  /** Parameters in force, and how to change them. */
  params: Readonly<Record<string, unknown>>;
  onParams: (change: Readonly<Record<string, unknown>>) => void;
  /** Names of keys to choose from, for a control of kind 'key'. */
  keys?: readonly string[];
  transport?: Transport;
  /** The command that was executed last, as the lab's log has it. */
  lastCommand?: string | undefined;
  /** Hides prompts (a lesson asks its own). */
  withoutPrompts?: boolean;
}

export function Stage({ visualizer, seen, params, onParams, keys = [], transport, lastCommand, withoutPrompts = false }: StageProps) {
  const [history, setHistory] = useState<readonly Seen<unknown>[]>([]);
  const [back, setBack] = useState(0);
  const [asText, setAsText] = useState(false);
  const [showLegend, setShowLegend] = useState(false);
  const [showGoal, setShowGoal] = useState(false);
  const [fresh, setFresh] = useState(0);
  const last = useRef<Seen<unknown> | undefined>(undefined);
  const reached = useReached(visualizer.goal, seen);

  useEffect(() => {
    if (seen === undefined || seen === last.current) return;
    const former = last.current;
    last.current = seen;
    if (former !== undefined && visualizer.onlyTimePassed?.(seen.view, former.view) === true) {
      setHistory((kept) => [...kept.slice(0, -1), seen]);
      return;
    }
    setHistory((kept) => [...kept, seen].slice(-KEPT));
    // Someone who looks at the past stays at the same moment while new ones arrive.
    setBack((at) => (at === 0 ? 0 : Math.min(at + 1, KEPT - 1)));
    if (former !== undefined) setFresh((count) => count + 1);
  }, [seen, visualizer]);

  useEffect(() => {
    if (fresh === 0) return;
    const timer = setTimeout(() => setFresh(0), FRESH_MS);
    return () => clearTimeout(timer);
  }, [fresh]);

  const at = history.length - 1 - Math.min(back, Math.max(0, history.length - 1));
  const shown = history[at];
  const before = history[at - 1];
  const paused = transport !== undefined && transport.speed === 0;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'ArrowLeft') setBack(Math.min(back + 1, history.length - 1));
    else if (event.key === 'ArrowRight') setBack(Math.max(0, back - 1));
    else if (event.key === 'r' || event.key === 'R') setBack(0);
    else if (event.key === ' ' && transport !== undefined) transport.setSpeed(paused ? 1 : 0);
    else return;
    event.preventDefault();
  };

  if (shown === undefined) return <div className="stage"><p className="stage-view" role="status"><span className="only-read">Waiting for the server</span></p></div>;
  const empty = visualizer.empty?.holds(shown.view) === true;
  const cause = back === 0 ? (visualizer.cause?.(shown.view, before?.view) ?? lastCommand) : visualizer.cause?.(shown.view, before?.view);
  return (
    <div className="stage" data-paused={paused}>
      {paused ? <div className="stage-paused" role="status"><Icon name="pause" size={13} /> Time stands still. Commands you type still run.</div> : null}
      {back > 0 ? (
        <div className="stage-past" role="status">
          <span className="grow">{back === 1 ? 'One change earlier' : `${back} changes earlier`} than the server is now</span>
          <Button small look="quiet" onClick={() => setBack(0)}>Return to now</Button>
        </div>
      ) : null}
      {visualizer.controls === undefined ? null : (
        <div className="stage-controls">
          {visualizer.controls.map((control) => {
            const value = String(params[control.param] ?? (control.kind === 'database' ? 0 : control.kind === 'choice' ? control.choices[0]?.value : undefined) ?? '');
            const choices = control.kind === 'key' ? (keys.includes(value) || value === '' ? keys : [value, ...keys]).map((name) => ({ value: name, label: shownBytes(name, 40) }))
              : control.kind === 'database' ? Array.from({ length: 16 }, (_, i) => ({ value: String(i), label: `db${i}` })) : control.choices;
            return (
              <SelectField key={control.param} label={control.label} value={value} onChange={(event) => onParams({ [control.param]: control.kind === 'database' ? Number(event.target.value) : event.target.value })}>
                {value === '' || choices.length === 0 || (control.kind === 'key' && control.empty !== undefined) ? <option value="">{(control.kind === 'key' ? control.empty : undefined) ?? 'Choose'}</option> : null}
                {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
              </SelectField>
            );
          })}
        </div>
      )}
      <div className="stage-view" role="group" aria-label="Picture. Arrow keys go back and forth through its states" tabIndex={0} data-cause={fresh > 0 ? 'fresh' : 'old'} onKeyDown={onKeyDown}>
        {asText ? <p className="stage-text">{shown.described}</p>
          : empty && visualizer.empty !== undefined ? <Empty title="Nothing to see yet">{visualizer.empty.says}</Empty>
          : <visualizer.Drawing view={shown.view} previous={before?.view} now={shown.atUs} onParams={onParams} />}
        {asText ? null : <p className="only-read" aria-live="polite">{shown.described}</p>}
      </div>
      {showLegend ? (
        <div className="stage-legend">
          {visualizer.legend.map((entry) => <span key={entry.says}><i className={`swatch swatch-${entry.mark}`} />{entry.says}</span>)}
        </div>
      ) : null}
      {showGoal && visualizer.goal !== undefined ? <GoalPanel goal={visualizer.goal} reached={reached} /> : null}
      {withoutPrompts ? null : <Prediction key={visualizer.id} prompts={visualizer.prompts} now={history.at(-1)} />}
      <div className="stage-foot">
        <span className="stage-cause">{cause === undefined ? null : <>After <code>{cause}</code></>}</span>
        {transport === undefined ? null : (
          <span className="stage-transport" role="group" aria-label="Time">
            <IconButton icon="left" label="Earlier state" keys="←" disabled={history.length - 1 - back <= 0} onClick={() => setBack(back + 1)} />
            <IconButton icon="right" label="Later state" keys="→" disabled={back === 0} onClick={() => setBack(back - 1)} />
            <IconButton icon={paused ? 'run' : 'pause'} label={paused ? 'Let time run' : 'Stop time'} keys="Space" onClick={() => transport.setSpeed(paused ? 1 : 0)} />
            <Menu label="Let time pass" className="button button-quiet button-small" items={[
              { id: '100ms', label: '100 milliseconds', onSelect: () => transport.advance(100_000) },
              { id: '1s', label: '1 second', onSelect: () => transport.advance(1_000_000) },
              { id: '10s', label: '10 seconds', onSelect: () => transport.advance(10_000_000) },
              { id: '1m', label: '1 minute', onSelect: () => transport.advance(60_000_000) },
              { id: '10m', label: '10 minutes', onSelect: () => transport.advance(600_000_000) },
            ]}><span className="stage-time numbers">{clockText(shown.atUs)}</span></Menu>
          </span>
        )}
        {visualizer.goal === undefined ? null : (
          <Button small look="quiet" aria-pressed={showGoal} onClick={() => setShowGoal(!showGoal)}>Goal <span className="numbers">{reached.size}/{visualizer.goal.marks.length}</span></Button>
        )}
        {visualizer.legend.length === 0 ? null : <Button small look="quiet" aria-pressed={showLegend} onClick={() => setShowLegend(!showLegend)}>Legend</Button>}
        <Button small look="quiet" icon="text" aria-pressed={asText} onClick={() => setAsText(!asText)}>Text</Button>
      </div>
    </div>
  );
}
