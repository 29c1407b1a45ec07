/*
 * The frame of every page: where one is, search, progress, theme, help; the skip link; notices.
 */
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Link, NavLink, useLocation, useNavigate } from 'react-router';
import { chooseTheme, IconButton, Icon, Kbd, Mark, Menu, Notices, PHONE, Tooltip, useMedia, useThemeChoice, WeekRuler } from '../ui/index.ts';
import { leaveRegion } from '../terminal/view/index.ts';
import { outline } from './course.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Help } from './help.tsx';
import { Palette } from './palette.tsx';
import { useArrival, WhereContext, type Crumb } from './page.tsx';
import { useProgress } from './progress-store.ts';
import { weekStates } from './progress-view.ts';
import './shell.css';

const PLACES = [
  { href: '/learn', label: 'Learn' },
  { href: '/sandbox', label: 'Sandbox' },
  { href: '/reference', label: 'Reference' },
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const [where, setWhere] = useState<readonly Crumb[]>([]);
  const [open, setOpen] = useState<'none' | 'palette' | 'help'>('none');
  const place = useLocation();
  const close = useCallback(() => setOpen('none'), []);
  useArrival();

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const inTerminal = event.target instanceof Element && event.target.closest('.xterm') !== null;
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement || (event.target instanceof HTMLElement && event.target.isContentEditable);
      // In a terminal Ctrl-K belongs to the line editor; with Shift it is ours everywhere.
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k' && (!inTerminal || event.shiftKey || event.metaKey)) {
        event.preventDefault();
        setOpen('palette');
      } else if (event.key === 'F6') {
        event.preventDefault();
        leaveRegion(event.shiftKey);
      } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && document.querySelector('dialog[open]') === null) {
        if (event.key === '?') setOpen('help');
        else if (event.key === '/') setOpen('palette');
        else return;
        event.preventDefault();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <WhereContext value={setWhere}>
      <a className="skip-link" href="#page" onClick={(event) => { event.preventDefault(); document.getElementById('page')?.focus(); }}>Skip to the page</a>
      <Header where={where} onSearch={() => setOpen('palette')} onHelp={() => setOpen('help')} />
      <main id="page" className="page" tabIndex={-1}>
        <ErrorBoundary place={place.pathname}>{children}</ErrorBoundary>
      </main>
      <Palette open={open === 'palette'} onClose={close} />
      <Help open={open === 'help'} onClose={close} />
      <Notices />
    </WhereContext>
  );
}

function Header({ where, onSearch, onHelp }: { where: readonly Crumb[]; onSearch: () => void; onHelp: () => void }) {
  const phone = useMedia(PHONE);
  const navigate = useNavigate();
  const theme = useThemeChoice();
  const progress = useProgress();
  const weeks = useMemo(() => weekStates(outline, progress), [progress]);
  const done = weeks.filter((state) => state === 'done').length;
  return (
    <header className="header" data-region="header">
      <Link className="brand" to="/" aria-label="Keyspace, home"><Mark /><span className="brand-name">Keyspace</span></Link>
      <nav className="where" aria-label="Where you are">
        <ol>
          {where.map((crumb, i) => (
            <li key={crumb.label} {...(i === where.length - 1 ? { 'aria-current': 'page' } : {})}>
              {crumb.href === undefined || i === where.length - 1 ? crumb.label : <Link to={crumb.href}>{crumb.label}</Link>}
            </li>
          ))}
        </ol>
      </nav>
      <span className="grow" />
      {phone ? null : (
        <nav className="places" aria-label="Main">
          {PLACES.map((p) => <NavLink key={p.href} to={p.href}>{p.label}</NavLink>)}
        </nav>
      )}
      {phone ? <IconButton icon="search" label="Search" onClick={onSearch} /> : (
        <button type="button" className="find" aria-label="Search" onClick={onSearch} aria-keyshortcuts="Control+K">
          <Icon name="search" size={14} /><span>Search</span><Kbd keys="Ctrl K" />
        </button>
      )}
      <Tooltip text="Your progress" atEnd>
        <Link className="ruler-link" to="/progress" aria-label={`Progress: ${done} of ${outline.weeks} weeks done`}><WeekRuler weeks={weeks} /></Link>
      </Tooltip>
      <Menu label="Theme" items={[
        { id: 'system', label: 'As the system', checked: theme === 'system', icon: 'system', onSelect: () => chooseTheme('system') },
        { id: 'light', label: 'Light', checked: theme === 'light', icon: 'light', onSelect: () => chooseTheme('light') },
        { id: 'dark', label: 'Dark', checked: theme === 'dark', icon: 'dark', onSelect: () => chooseTheme('dark') },
      ]}><Icon name={theme} /></Menu>
      {phone ? (
        <Menu label="Menu" items={[
          ...PLACES.map((p) => ({ id: p.href, label: p.label, onSelect: () => void navigate(p.href) })),
          { id: 'progress', label: 'Progress', onSelect: () => void navigate('/progress') },
          { id: 'about', label: 'About', onSelect: () => void navigate('/about') },
          { id: 'help', label: 'Keyboard and help', onSelect: onHelp },
        ]}><Icon name="menu" /></Menu>
      ) : <IconButton icon="help" label="Keyboard and help" keys="?" onClick={onHelp} />}
    </header>
  );
}
