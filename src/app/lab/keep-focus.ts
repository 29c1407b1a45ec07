/* The focus on a page whose lab makes room for another. */
import { useEffect, useRef } from 'react';
import { focusOnLab } from './focus.ts';
import type { LabSession } from './session.ts';

/** What had the focus in the lab before is gone with it; then `selector` has it in the next one, where that is given, or else what always has it. */
export function useFocusInNext(session: LabSession | undefined, selector?: () => string | undefined): void {
  const isNext = useRef(false);
  const find = useRef(selector);
  find.current = selector;
  useEffect(() => {
    if (session === undefined) return;
    const frame = document.querySelector('.lab-frame');
    if (isNext.current && frame !== null && document.activeElement === document.body) {
      const named = find.current?.();
      const wanted = named === undefined ? null : frame.querySelector<HTMLElement>(named);
      if (wanted === null) focusOnLab(frame);
      else wanted.focus();
    }
    isNext.current = true;
  }, [session]);
}
