/*
 * The theme: light, dark, or as the system says. The root's data-theme is set by public/theme.js before
 * the first paint (a file, not an inline script, because the page's policy forbids those); here it is
 * only changed and heard.
 */
import { useSyncExternalStore } from 'react';
import { remember, remembered } from './memory.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

const heard = new Set<() => void>();

export function themeChoice(): ThemeChoice {
  const kept = remembered('theme');
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function chooseTheme(choice: ThemeChoice): void {
  remember('theme', choice === 'system' ? undefined : choice);
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
  for (const listener of heard) listener();
}

function subscribe(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  heard.add(listener);
  system.addEventListener('change', listener);
  return () => {
    heard.delete(listener);
    system.removeEventListener('change', listener);
  };
}

function shown(): 'light' | 'dark' {
  const choice = themeChoice();
  if (choice !== 'system') return choice;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice);
}

/** The theme in force: for what cannot read style sheets itself (the terminal's canvas, the editor). */
export function useTheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, shown);
}

/** A token as a colour that canvas code understands: "rgb(…)". */
export function tokenColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  probe.style.display = 'none';
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return asRgb(found);
}

/** oklch() as the browser computes it, painted on one pixel to learn its sRGB bytes. */
function asRgb(colour: string): string {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const paint = canvas.getContext('2d');
  if (paint === null) return colour;
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = paint.getImageData(0, 0, 1, 1).data;
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
