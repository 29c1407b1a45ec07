/*
 * What every page tells the frame around it: its title, where it stands, and that it has arrived. On
 * arrival the focus goes to the page's heading, so that keyboard and screen reader start at the top, and
 * the scroll position starts there too unless the address names a part.
 */
import { createContext, useContext, useEffect, useLayoutEffect } from 'react';
import { useLocation } from 'react-router';

export interface Crumb {
  label: string;
  href?: string;
}

export const WhereContext = createContext<(crumbs: readonly Crumb[]) => void>(() => {});

export function usePage(title: string, crumbs: readonly Crumb[] = []): void {
  const setWhere = useContext(WhereContext);
  const trail = crumbs.map((crumb) => `${crumb.label}|${crumb.href ?? ''}`).join('›');
  useLayoutEffect(() => {
    document.title = title === 'Keyspace' ? 'Keyspace: learn Redis by running it' : `${title} · Keyspace`;
    setWhere(crumbs);
    // The trail stands for the crumbs, which callers make anew with each drawing.
  }, [title, trail, setWhere]); // eslint-disable-line react-hooks/exhaustive-deps
}

/** Scrolls to the place on the page that the address names; false when there is none, or none yet. */
function showPlace(hash: string): boolean {
  if (hash === '' || hash.startsWith('#s=')) return false;
  const place = document.getElementById(decodeURIComponent(hash.slice(1)));
  place?.scrollIntoView();
  return place !== null;
}

/** For a page whose text is fetched: shows the place in the address once `isThere`. */
export function useArrivalAtPlace(isThere: boolean): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (isThere) showPlace(hash);
  }, [isThere, hash]);
}

/** Address of the page before, to tell a first arrival from a walk within the site. */
let before: string | undefined;

export function useArrival(): void {
  const { pathname, hash } = useLocation();
  useEffect(() => {
    const first = before === undefined;
    const same = before === pathname;
    before = pathname;
    if (showPlace(hash)) return;
    if (first || same) return;
    window.scrollTo(0, 0);
    document.getElementById('page')?.focus({ preventScroll: true });
  }, [pathname, hash]);
}
