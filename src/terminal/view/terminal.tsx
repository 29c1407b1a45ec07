/*
 * One terminal, in the form the learner chose: a grid of characters or plain text. The grid's code is
 * loaded when it is first shown, the plain form is always there, also while the grid loads.
 */
import { lazy, Suspense } from 'react';
import type { TtyPort } from './port.ts';
import { PlainTerminal } from './plain-terminal.tsx';
import './terminal.css';

const XtermScreen = lazy(() => import('./xterm-screen.tsx'));

/** Starts loading the grid before a terminal is drawn. */
export function preloadTerminal(): void {
  void import('./xterm-screen.tsx');
}

export interface TerminalProps {
  port: TtyPort;
  label: string;
  prompt: string;
  plain: boolean;
  autoFocus?: boolean;
}

export function Terminal({ port, label, prompt, plain, autoFocus = false }: TerminalProps) {
  return (
    <div className="terminal" role="region" aria-label={label} data-region="terminal">
      {plain ? <PlainTerminal port={port} label={label} prompt={prompt} /> : (
        <Suspense fallback={<p className="terminal-loading">{prompt}</p>}>
          <XtermScreen port={port} label={label} autoFocus={autoFocus} />
        </Suspense>
      )}
    </div>
  );
}

/** Moves the focus to the next area of the page (or the one before): the way out of a terminal by F6. */
export function leaveRegion(backwards: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((region) => region.offsetParent !== null);
  // The innermost one, since a terminal is an area within an area.
  const at = regions.findLastIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (backwards ? -1 : 1) + regions.length) % regions.length];
  if (next === undefined) return;
  const target = next.querySelector<HTMLElement>('textarea.xterm-helper-textarea, .plain-form input, a[href], button:not(:disabled), input, [tabindex="0"]');
  (target ?? next).focus();
}
