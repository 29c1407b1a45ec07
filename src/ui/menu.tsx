/*
 * A menu behind a button. Arrow keys, Home and End move, Escape closes and gives the focus back, Tab and a click elsewhere
 * close. Items may be checked (one of several), shown by a mark as well as by aria-checked.
 *
 * It is drawn in the browser's top layer, where no pane that scrolls can cut it off, and kept within the
 * window: below its button or above it, whichever has room.
 */
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
  id: string;
  label: string;
  icon?: IconName;
  checked?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

/** Pixels between the menu and its button, and between the menu and the edge of the window. */
const GAP = 4;
const MARGIN = 8;

/** Puts an open menu beside its button: its right end under the button's, or as far to the right as the window asks for. */
function place(menu: HTMLElement, button: HTMLElement): void {
  if (typeof menu.showPopover === 'function' && !menu.matches(':popover-open')) menu.showPopover();
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, scrollHeight: height } = menu;
  const below = window.innerHeight - MARGIN - (at.bottom + GAP);
  const above = at.top - GAP - MARGIN;
  const goesUp = height > below && above > below;
  const room = goesUp ? above : below;
  menu.style.left = `${Math.max(MARGIN, Math.min(at.right - width, window.innerWidth - MARGIN - width))}px`;
  menu.style.top = `${goesUp ? at.top - GAP - Math.min(height, room) : at.bottom + GAP}px`;
  menu.style.maxHeight = `${room}px`;
}

export function Menu({ label, items, children, className = 'icon-button' }: { label: string; items: readonly MenuItem[]; children: ReactNode; className?: string }) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    if (open && list.current !== null && button.current !== null) place(list.current, button.current);
  }, [open]);

  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && anchor.current?.contains(event.target) === false) setOpen(false);
    };
    // It stays with its button when that moves; elsewhere much may scroll.
    const moved = () => {
      if (list.current !== null && button.current !== null) place(list.current, button.current);
    };
    const scrolled = (event: Event) => {
      if (event.target instanceof Node && event.target.contains(button.current)) moved();
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('scroll', scrolled, true);
    window.addEventListener('resize', moved);
    anchor.current?.querySelector<HTMLElement>('.menu-item[aria-checked="true"], .menu-item:not(:disabled)')?.focus({ preventScroll: true });
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('scroll', scrolled, true);
      window.removeEventListener('resize', moved);
    };
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
    if (event.key === 'Tab') {
      close(); // Tab itself then goes on from the button.
      return;
    }
    const all = [...(anchor.current?.querySelectorAll<HTMLElement>('.menu-item:not(:disabled)') ?? [])];
    const at = all.findIndex((item) => item === document.activeElement);
    const next = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  };
  const choice = items.some((item) => item.checked !== undefined);
  return (
    <span className="menu-anchor" ref={anchor} onKeyDown={onKeyDown}>
      <button type="button" ref={button} className={className} aria-haspopup="menu" aria-expanded={open} {...(open ? { 'aria-controls': id } : {})} aria-label={label} title={label} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open ? (
        <div className="menu" role="menu" id={id} aria-label={label} ref={list} popover="manual">
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
