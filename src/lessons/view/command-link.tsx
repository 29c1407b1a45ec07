/*
 * A command or a term in the text opens a small card on press: syntax, since, complexity for a command,
 * the meaning for a term. Escape or a press elsewhere closes it.
 */
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { lights } from '../../ui/index.ts';
import { useLessonHost } from './host.tsx';

function Card({ label, className, lit, children, card }: { label: string; className: string; lit?: string; children: ReactNode; card: () => ReactNode }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : event.target instanceof Node && anchor.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('keydown', away);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('keydown', away);
    };
  }, [open]);
  return (
    <span className="card-anchor" ref={anchor} {...(lit === undefined ? {} : lights(lit))}>
      <button type="button" className={className} aria-expanded={open} {...(open ? { 'aria-controls': id } : {})} onClick={() => setOpen(!open)}>{children}</button>
      {open ? <span className="card" id={id} role="note" aria-label={label}>{card()}</span> : null}
    </span>
  );
}

export function CommandLink({ name, children }: { name: string; children: ReactNode }) {
  const host = useLessonHost();
  return <Card label={`The command ${name}`} className="command-link" lit={`command:${name}`} card={() => host.commandCard(name)}>{children}</Card>;
}

export function TermLink({ id, children }: { id: string; children: ReactNode }) {
  const host = useLessonHost();
  const found = host.term(id);
  if (found === undefined) return <>{children}</>;
  return <Card label={found.term} className="term-link" card={() => <span className="card-text"><strong>{found.term}</strong> {found.meaning.replaceAll(/[`*]|\[\[|\]\]/g, '')}</span>}>{children}</Card>;
}
