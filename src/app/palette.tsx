/*
 * The palette: one field that finds lessons, parts of lessons, exercises and commands. Arrow keys choose,
 * Enter opens. Before anything is typed it offers where one may want to go.
 */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { Dialog, Icon, Kbd } from '../ui/index.ts';
import { useLabClient } from './lab/provider.tsx';
import { useProgress } from './progress-store.ts';
import { nextItem } from './progress-view.ts';
import { commandDocs } from './reference/command-docs.ts';
import type { Found, Index } from './search.ts';

export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Search" bare className="palette">
      <PaletteBody onClose={onClose} />
    </Dialog>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState('');
  const [index, setIndex] = useState<Index>();
  const [fault, setFault] = useState(false);
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const lab = useLabClient();
  const progress = useProgress();
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    let gone = false;
    // Fetched when the palette is first opened: nobody waits for it before.
    import('./search.ts').then(({ searchIndex }) => searchIndex(() => commandDocs(lab))).then((made) => {
      if (gone) return;
      setIndex(made);
      // What was typed meanwhile is looked up again when the commands are there.
      made.whole.then(() => { if (!gone) setIndex({ ...made }); }, () => undefined);
    }, () => { if (!gone) setFault(true); });
    return () => { gone = true; };
  }, [lab]);

  const found = useMemo<Found[]>(() => {
    if (words.trim() !== '') return index?.find(words) ?? [];
    const next = nextItem(progress);
    return [
      ...(next === undefined ? [] : [{ id: 'next', kind: 'Go on', title: next.title, place: 'Where you left off', href: next.href }]),
      { id: 'learn', kind: 'Place', title: 'Learn', place: 'All weeks', href: '/learn' },
      { id: 'sandbox', kind: 'Place', title: 'Sandbox', place: 'A server of your own', href: '/sandbox' },
      { id: 'deployments', kind: 'Place', title: 'Deployments', place: 'Several servers, and what can go wrong between them', href: '/sandbox/deployments' },
      { id: 'reference', kind: 'Place', title: 'Reference', place: 'All commands', href: '/reference' },
      { id: 'progress', kind: 'Place', title: 'Progress', place: 'Save, restore, review', href: '/progress' },
    ];
  }, [words, index, progress]);

  const go = (hit: Found | undefined) => {
    if (hit === undefined) return;
    onClose();
    void navigate(hit.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter') go(found[at]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, found]);

  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        <input autoFocus value={words} role="combobox" aria-expanded="true" aria-controls={`${id}-list`} aria-label="Search lessons and commands" placeholder="Search lessons and commands"
          {...(found[at] === undefined ? {} : { 'aria-activedescendant': `${id}-${at}` })}
          onChange={(event) => { setWords(event.target.value); setAt(0); }} onKeyDown={onKeyDown} autoComplete="off" spellCheck={false} />
        <Kbd keys="Esc" />
      </div>
      {found.length === 0 ? (
        <p className="palette-empty" role="status">{fault ? 'The search index could not be loaded. It needs the network once.' : index === undefined ? 'Loading the index' : `Nothing found for “${words}”. Try a command name, such as EXPIRE.`}</p>
      ) : null}
      <div className="palette-results" role="listbox" id={`${id}-list`} aria-label="Results" ref={list}>
        {found.map((hit, i) => (
          <div key={hit.id} id={`${id}-${i}`} className="palette-result" role="option" aria-selected={i === at} onPointerMove={() => setAt(i)} onClick={() => go(hit)}>
            <small>{hit.kind}</small>
            <span className={`what${hit.kind === 'Command' ? ' command' : ''}`}>{hit.title}</span>
            <span className="place">{hit.place}</span>
          </div>
        ))}
      </div>
    </>
  );
}
