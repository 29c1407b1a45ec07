/* Where the page begins. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/styles.css';
import './lab/lab.css';
import { preloadTerminal } from '../terminal/view/index.ts';
import { App } from './app.tsx';
import { outline } from './course.ts';
import { afterFirstPrompt } from './first-prompt.ts';
import { openProgress } from './progress-store.ts';
import { Unsupported, whatIsMissing } from './unsupported.tsx';

const root = document.getElementById('root');
if (root !== null) {
  const missing = whatIsMissing();
  if (missing.length > 0) createRoot(root).render(<Unsupported missing={missing} />);
  else {
    preloadTerminal();
    void openProgress({ id: outline.id, hash: outline.hash });
    createRoot(root).render(<StrictMode><App /></StrictMode>);
    afterFirstPrompt(() => void import('./offline.ts').then(({ startOffline }) => startOffline(), () => undefined));
  }
}
