/* Whether a media query holds, as it changes. */
import { useCallback, useSyncExternalStore } from 'react';

export function useMedia(query: string): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const media = matchMedia(query);
    media.addEventListener('change', listener);
    return () => media.removeEventListener('change', listener);
  }, [query]);
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Widths at which the layout changes. */
export const PHONE = '(max-width: 799px)';
export const NARROW = '(max-width: 1199px)';

export const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';
