/*
 * Addresses
 * ---------
 * The page has a dozen addresses, so the router is this file: the browser's history as a store, links that
 * stay in the page, and a list of patterns. It replaces a library that was a twenty-fifth of what a first
 * visit may weigh (docs/decisions/own-router.md).
 *
 * A pattern is a path whose parts may begin with a colon ("/lesson/:id"); "*" fits everything. The first that
 * fits wins. Addresses are given without the base under which the product is served.
 */
import { createContext, useContext, useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, type ReactNode } from 'react';

const BASE = import.meta.env.BASE_URL.replace(/\/$/, '');
const changed = new Set<() => void>();

export interface Place {
  /** Without the base and without a slash at the end. */
  pathname: string;
  /** With its `#`, or empty. */
  hash: string;
}

export type Navigate = (to: string, options?: { replace?: boolean }) => void;

function subscribe(listener: () => void): () => void {
  changed.add(listener);
  window.addEventListener('popstate', listener);
  window.addEventListener('hashchange', listener);
  return () => {
    changed.delete(listener);
    window.removeEventListener('popstate', listener);
    window.removeEventListener('hashchange', listener);
  };
}

/** Goes to an address of the product without loading the page anew. */
export const navigate: Navigate = (to, options = {}) => {
  const address = BASE + to;
  if (options.replace === true || address === location.pathname + location.search + location.hash) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  for (const listener of [...changed]) listener();
};

export function useNavigate(): Navigate {
  return navigate;
}

export function useLocation(): Place {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => ({ pathname: withoutBase(path), hash }), [path, hash]);
}

function withoutBase(path: string): string {
  const own = path.startsWith(BASE) ? path.slice(BASE.length) : path;
  return own.length > 1 ? own.replace(/\/+$/, '') || '/' : '/';
}

/** The values of a pattern's named parts, decoded; undefined when the path does not fit. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  if (pattern === '*') return {};
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const word = given[i] ?? '';
    if (!part.startsWith(':')) {
      if (part !== word) return undefined;
      continue;
    }
    if (word === '') return undefined;
    try {
      values[part.slice(1)] = decodeURIComponent(word);
    } catch {
      // A broken escape names nothing that exists; the page of that address will say so.
      values[part.slice(1)] = word;
    }
  }
  return values;
}

const Params = createContext<Readonly<Record<string, string>>>({});

export function useParams(): Readonly<Partial<Record<string, string>>> {
  return useContext(Params);
}

export type Route = readonly [pattern: string, element: ReactNode];

export function Routes({ routes }: { routes: readonly Route[] }) {
  const { pathname } = useLocation();
  const found = useMemo(() => {
    for (const [pattern, element] of routes) {
      const values = matchPath(pattern, pathname);
      if (values !== undefined) return { values, element };
    }
    return undefined;
  }, [routes, pathname]);
  return found === undefined ? null : <Params value={found.values}>{found.element}</Params>;
}

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  to: string;
}

export function Link({ to, onClick, ...rest }: LinkProps) {
  const press = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    // Another button or key asks for another tab or window, which is the browser's business.
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={BASE + to} onClick={press} />;
}

/** A link that knows whether its place, or a place below it, is open. */
export function NavLink({ to, className, ...rest }: LinkProps) {
  const { pathname } = useLocation();
  const open = pathname === to || pathname.startsWith(`${to}/`);
  const names = [className, open ? 'active' : ''].filter((name) => name !== undefined && name !== '').join(' ');
  return <Link to={to} {...rest} {...(names === '' ? {} : { className: names })} {...(open ? { 'aria-current': 'page' as const } : {})} />;
}
