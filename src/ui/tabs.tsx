/*
 * Tabs by the book: one tab stop, arrows move and choose, Home and End jump. The contents are drawn by the
 * caller in an element with the id that tabPanelId() gives.
 */
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

export interface Tab {
  id: string;
  label: ReactNode;
  /** Spoken name when the label is more than text. */
  name?: string;
}

export function tabPanelId(group: string, tab: string): string {
  return `${group}-panel-${tab}`;
}

export interface TabsProps {
  /** Names this group in ids. */
  group: string;
  label: string;
  tabs: readonly Tab[];
  selected: string;
  onSelect: (id: string) => void;
  /** Delete on a tab, if it can be closed. */
  onClose?: (id: string) => void;
}

/** Pixels of the neighbour that are seen beside the chosen one. */
const EDGE = 24;

export function Tabs({ group, label, tabs, selected, onSelect, onClose }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  // The chosen one is seen whole, also where there are more than fit.
  useEffect(() => {
    const chosen = list.current?.querySelector('[aria-selected="true"]');
    if (list.current === null || chosen === null || chosen === undefined) return;
    // Only this row may move, not the page around it.
    const [row, tab] = [list.current.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (tab.left < row.left) list.current.scrollLeft -= row.left - tab.left + EDGE;
    else if (tab.right > row.right) list.current.scrollLeft += tab.right - row.right + EDGE;
  }, [selected]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === selected);
    let next = -1;
    if (event.key === 'ArrowRight') next = (at + 1) % tabs.length;
    else if (event.key === 'ArrowLeft') next = (at - 1 + tabs.length) % tabs.length;
    else if (event.key === 'Home') next = 0;
    else if (event.key === 'End') next = tabs.length - 1;
    else if (event.key === 'Delete' && onClose !== undefined) {
      onClose(selected);
      return;
    }
    const tab = tabs[next];
    if (tab === undefined) return;
    event.preventDefault();
    onSelect(tab.id);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button key={tab.id} type="button" role="tab" className="tab" id={`${group}-tab-${tab.id}`} aria-selected={tab.id === selected} tabIndex={tab.id === selected ? 0 : -1}
          {...(tab.id === selected ? { 'aria-controls': tabPanelId(group, tab.id) } : {})} {...(tab.name === undefined ? {} : { 'aria-label': tab.name })} onClick={() => onSelect(tab.id)}>
          {tab.label}
        </button>
      ))}
    </div>
  );
}
