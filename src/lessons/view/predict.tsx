/* A question before the text goes on: choose or write, then see the answer. Nothing is scored. */
import { useState, type FormEvent, type ReactNode } from 'react';
import { Button, Icon } from '../../ui/index.ts';
import { samePrediction } from '../quiz.ts';

export function PredictBox({ id, answer, options, children }: { id: string; answer: string; options: string; children: ReactNode }) {
  const [guess, setGuess] = useState('');
  const [shown, setShown] = useState(false);
  const choices = options === '' ? [] : options.split(' | ');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShown(true);
  };
  const held = guess.trim() !== '' && samePrediction(guess, answer);
  return (
    <form className="predict" onSubmit={submit}>
      <p className="predict-title">Predict</p>
      {children}
      {shown ? (
        <div className="predict-answer" role="status">
          {held ? <p className="held"><Icon name="check" size={13} /> As you said: <strong>{answer}</strong></p> : (
            <>
              <p><strong>{answer}</strong></p>
              {guess.trim() === '' ? null : <p className="predict-guess">You said “{guess}”.</p>}
            </>
          )}
        </div>
      ) : choices.length > 0 ? (
        <div className="predict-choices">
          {choices.map((choice) => <Button key={choice} small onClick={() => { setGuess(choice); setShown(true); }}>{choice}</Button>)}
        </div>
      ) : (
        <div className="predict-form">
          <input className="input" aria-label="Your prediction" id={`predict-${id}`} placeholder="Your prediction" value={guess} onChange={(event) => setGuess(event.target.value)} autoComplete="off" />
          <Button type="submit" small look="primary">{guess.trim() === '' ? 'Show' : 'Compare'}</Button>
        </div>
      )}
    </form>
  );
}
