/*
 * A menu behind a button. Arrow keys move, Escape closes and gives the focus back, a click elsewhere
 * closes. Items may be checked (one of several), shown by a mark as well as by aria-checked.
 */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
  id: string;
  label: string;
  icon?: IconName;
  checked?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

export function Menu({ label, items, children, className = 'icon-button' }: { label: string; items: readonly MenuItem[]; children: ReactNode; className?: string }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && anchor.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    anchor.current?.querySelector<HTMLElement>('.menu-item[aria-checked="true"], .menu-item:not(:disabled)')?.focus();
    return () => document.removeEventListener('pointerdown', away);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = [...(anchor.current?.querySelectorAll<HTMLElement>('.menu-item:not(:disabled)') ?? [])];
    const at = all.findIndex((item) => item === document.activeElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  const choice = items.some((item) => item.checked !== undefined);
  return (
    <span className="menu-anchor" ref={anchor} onKeyDown={onKeyDown}>
      <button type="button" ref={button} className={className} aria-haspopup="menu" aria-expanded={open} {...(open ? { 'aria-controls': id } : {})} aria-label={label} title={label} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open ? (
        <div className="menu" role="menu" id={id} aria-label={label}>
          {items.map((item) => (
            <button key={item.id} type="button" className="menu-item" role={item.checked === undefined ? 'menuitem' : 'menuitemradio'} {...(item.checked === undefined ? {} : { 'aria-checked': item.checked })}
              disabled={item.disabled} onClick={() => { close(); item.onSelect(); }}>
              {choice ? <span className="mark">{item.checked === true ? <Icon name="check" size={13} /> : null}</span> : null}
              {item.icon === undefined ? null : <Icon name={item.icon} />}
              {item.label}
            </button>
          ))}
        </div>
      ) : null}
    </span>
  );
}
