/*
 * A prediction about the next change. The learner chooses first; the next state that decides the
 * question judges it. Wrong is shown as "it came otherwise" with the reason, never in red.
 */
import { useEffect, useState } from 'react';
import { Button, Icon } from '../../ui/index.ts';
import type { Prompt, Seen } from './types.tsx';

type Stand =
  | { kind: 'folded' }
  | { kind: 'asked'; prompt: Prompt<unknown>; before: Seen<unknown> }
  | { kind: 'chosen'; prompt: Prompt<unknown>; before: Seen<unknown>; choice: string }
  | { kind: 'judged'; prompt: Prompt<unknown>; choice: string; right: string; because: string };

export function Prediction({ prompts, now }: { prompts: readonly Prompt<unknown>[]; now: Seen<unknown> | undefined }) {
  const [stand, setStand] = useState<Stand>({ kind: 'folded' });
  const [done, setDone] = useState<readonly string[]>([]);

  useEffect(() => {
    if (stand.kind !== 'chosen' || now === undefined || now === stand.before) return;
    const right = stand.prompt.answer(stand.before.view, now.view);
    if (right === undefined) return;
    setDone((ids) => [...ids, stand.prompt.id]);
    setStand({ kind: 'judged', prompt: stand.prompt, choice: stand.choice, right, because: stand.prompt.because(stand.before.view, now.view, stand.choice) });
  }, [now, stand]);

  if (now === undefined) return null;
  const fitting = prompts.filter((prompt) => prompt.fits(now.view));
  const next = fitting.find((prompt) => !done.includes(prompt.id)) ?? fitting[0];
  if (stand.kind === 'folded') {
    if (next === undefined) return null;
    return (
      <div className="stage-prompt">
        <div><Button small icon="eye" onClick={() => setStand({ kind: 'asked', prompt: next, before: now })}>Predict the next change</Button></div>
      </div>
    );
  }
  if (stand.kind === 'asked') {
    return (
      <div className="stage-prompt" role="group" aria-label="Prediction">
        <p>{stand.prompt.ask(now.view)}</p>
        <div className="choices">
          {stand.prompt.choices(now.view).map((choice) => <Button key={choice} small onClick={() => setStand({ kind: 'chosen', prompt: stand.prompt, before: now, choice })}>{choice}</Button>)}
          <Button small look="quiet" onClick={() => setStand({ kind: 'folded' })}>Not now</Button>
        </div>
      </div>
    );
  }
  if (stand.kind === 'chosen') {
    return (
      <div className="stage-prompt" role="status">
        <p>{stand.prompt.ask(stand.before.view)}</p>
        <p><strong>Your prediction: {stand.choice}.</strong> Now make it happen in the terminal. <Button small look="quiet" onClick={() => setStand({ kind: 'asked', prompt: stand.prompt, before: now })}>Change</Button></p>
      </div>
    );
  }
  const held = stand.choice === stand.right;
  return (
    <div className="stage-prompt" role="status">
      <p className={`verdict${held ? ' verdict-right' : ''}`}><Icon name={held ? 'check' : 'right'} size={13} /> {held ? `It came as you said: ${stand.right}` : `You said ${stand.choice}; it came otherwise: ${stand.right}`}</p>
      <p>{stand.because}</p>
      <div><Button small onClick={() => setStand({ kind: 'folded' })}>Go on</Button></div>
    </div>
  );
}
