/*
 * A listing that runs. Each command has its own button, the block has one for all; what runs is typed into
 * the terminal beside the text, where the learner sees it happen. In predict mode a reply stays hidden
 * until the learner has written a guess, which is then set beside what really came.
 */
import { useState, type FormEvent } from 'react';
import { Button, Dialog, Icon } from '../../ui/index.ts';
import type { ConsoleBlock, TranscriptBlock, TranscriptEntry } from '../model.ts';
import { useLessonHost } from './host.tsx';
import { ShortProse } from './tree.tsx';
import { samePrediction } from '../quiz.ts';

/** Blocks marked `once` that ran in this visit. */
const ranOnce = new Set<string>();

export function Transcript({ block }: { block: TranscriptBlock | ConsoleBlock }) {
  const host = useLessonHost();
  const [ran, setRan] = useState<ReadonlySet<number>>(new Set());
  const [asking, setAsking] = useState<readonly number[]>();
  const [spent, setSpent] = useState(ranOnce.has(block.id));
  const isConsole = block.kind === 'console';
  const predict = block.kind === 'transcript' && block.predict;
  const many = block.entries.length > 1;

  const runNow = (which: readonly number[]) => {
    for (const i of which) {
      const entry = block.entries[i];
      if (entry !== undefined) host.run(isConsole ? `$ ${entry.command}` : entry.command, block.client);
    }
    setRan((before) => new Set([...before, ...which]));
    if (block.once && which.length === block.entries.length) {
      ranOnce.add(block.id);
      setSpent(true);
    }
  };
  const run = (which: readonly number[]) => (block.confirm ? setAsking(which) : runNow(which));

  return (
    <figure className={`listing${isConsole ? ' listing-console' : ''}`} aria-label={isConsole ? 'Shell lines that run' : 'Redis commands that run'}>
      {block.client === undefined ? null : <figcaption>Terminal {block.client}</figcaption>}
      {block.entries.map((entry, i) => (predict
        ? <PredictedEntry key={i} entry={entry} client={block.client} />
        : (
          <div key={i} className="entry" data-ran={ran.has(i)}>
            <button type="button" className="entry-run" aria-label={`Run ${entry.command}`} title={ran.has(i) ? 'Run again' : 'Run'} disabled={spent} onClick={() => run([i])}><Icon name={ran.has(i) && !many ? 'run' : 'run'} size={13} /></button>
            <code className="entry-command"><Line entry={entry} prompt={isConsole ? '$ ' : ''} /></code>
            {entry.reply === '' ? null : <samp className="entry-reply">{entry.reply}</samp>}
          </div>
        )))}
      {predict || !many ? null : (
        <div className="listing-foot">
          <Button small look="quiet" icon="runAll" disabled={spent} onClick={() => run(block.entries.map((_, i) => i))}>{spent ? 'Ran already' : block.entries.length === 2 ? 'Run both' : `Run all ${block.entries.length}`}</Button>
          <span className="grow" />
          {block.expect === 'shape' || block.expect === 'ignore' ? <small>Your replies will differ in their values</small> : null}
        </div>
      )}
      <Dialog open={asking !== undefined} onClose={() => setAsking(undefined)} title="Run this?" actions={<>
        <Button onClick={() => setAsking(undefined)}>Leave it</Button>
        <Button look="primary" onClick={() => { if (asking !== undefined) runNow(asking); setAsking(undefined); }}>Run it</Button>
      </>}>
        <p>These lines take something away that the lesson built. You can go back with Undo.</p>
        <pre>{(asking ?? []).map((i) => block.entries[i]?.command).join('\n')}</pre>
      </Dialog>
    </figure>
  );
}

function Line({ entry, prompt }: { entry: TranscriptEntry; prompt: string }) {
  return <>{prompt === '' ? null : <span className="entry-prompt">{prompt}</span>}{entry.highlighted.length === 0 ? entry.command : <ShortProse tree={entry.highlighted} />}</>;
}

function PredictedEntry({ entry, client }: { entry: TranscriptEntry; client: string | undefined }) {
  const host = useLessonHost();
  const [guess, setGuess] = useState('');
  const [sent, setSent] = useState(false);
  const [came, setCame] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    host.runAndHear(entry.command, client, setCame);
  };
  const held = came !== undefined && samePrediction(guess, came);
  // The learner may have changed things before; then the server is right and the text shows what it meant.
  const otherwise = came !== undefined && entry.reply !== '' && !samePrediction(came, entry.reply);
  return (
    <div className="entry entry-predict">
      <span className="entry-run" aria-hidden="true">?</span>
      <code className="entry-command"><Line entry={entry} prompt="" /></code>
      {sent ? null : (
        <form className="entry-guess" onSubmit={submit}>
          <input className="input input-mono" aria-label={`What will ${entry.command} reply?`} placeholder="Write the reply you expect" value={guess} onChange={(event) => setGuess(event.target.value)} autoCapitalize="none" autoCorrect="off" autoComplete="off" spellCheck={false} />
          <Button type="submit" small look="primary">{guess.trim() === '' ? 'Run it' : 'Run and compare'}</Button>
        </form>
      )}
      {sent ? (
        <div className="entry-verdict" role="status">
          {came === undefined ? <p>Running</p> : (
            <>
              <samp className="entry-reply">{came}</samp>
              {guess.trim() === '' ? null : <p className={held ? 'held' : ''}><Icon name={held ? 'check' : 'right'} size={13} /> {held ? 'As you expected.' : <>You expected <code>{guess}</code>.</>}</p>}
              {otherwise ? <p>With the state this lesson has built so far, the reply is <code>{entry.reply}</code>. Yours differs because of other commands you ran.</p> : null}
            </>
          )}
        </div>
      ) : null}
    </div>
  );
}
