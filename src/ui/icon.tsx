/*
 * Icons: drawn for this product on a 16 px grid with one stroke width, so that they sit beside text
 * like punctuation. An icon never stands alone without a name: IconButton asks for a label.
 */
const PATHS = {
  run: 'M5 3.5v9l7-4.5z',
  runAll: 'M3 3.5v9l5-4.5zM9 3.5v9l5-4.5z',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 14 14',
  light: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.7M8 12.8v1.7M1.5 8h1.7M12.8 8h1.7M3.4 3.4l1.2 1.2M11.4 11.4l1.2 1.2M12.6 3.4l-1.2 1.2M4.6 11.4l-1.2 1.2',
  dark: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z',
  system: 'M2 3.5h12v7.5H2zM6 14h4M8 11v3',
  help: 'M6 6.1a2.1 2.1 0 1 1 2.9 2c-.6.3-.9.7-.9 1.4v.3M8 12.4v.2',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4 6 8l4 4',
  split: 'M2.5 3h11v10h-11zM8 3v10',
  text: 'M3 4h10M3 7h10M3 10h7M3 13h5',
  undo: 'M5.5 3 3 5.5 5.5 8M3 5.5h6.5a3.5 3.5 0 0 1 0 7H6',
  reset: 'M3.2 8a4.8 4.8 0 1 0 1.5-3.5M3 2.5v2.8h2.8',
  share: 'M8 10V2.5M5.2 5 8 2.2 10.8 5M3 8.5v5h10v-5',
  download: 'M8 2.5V10M5.2 7.5 8 10.3l2.8-2.8M3 13.5h10',
  upload: 'M8 10.5V3M5.2 5.5 8 2.7l2.8 2.8M3 13.5h10',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  check: 'M3 8.5 6.5 12 13 4.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  step: 'M4 3.5v9l6-4.5zM12 3.5v9',
  back: 'M12 3.5v9L6 8zM4 3.5v9',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.3 1.6',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  terminal: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8 10.2h3.2',
  picture: 'M2 3h12v10H2zM2 9.5h4V13M6 9.5V6h4v7M10 6V3',
  keys: 'M2.5 4h3v3h-3zM7.5 5.5h6M2.5 9.5h3v3h-3zM7.5 11h6',
  external: 'M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13.2 2.8 7.5 8.5',
  warning: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.4M8 11.6v.2',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const filled = name === 'run' || name === 'runAll';
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill={filled ? 'currentColor' : 'none'} stroke="currentColor"
      strokeWidth={name === 'more' ? 2.2 : filled ? 0.8 : 1.35} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The product's own mark: a key (filled square) that sits in a space (the open box of the space bar). */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 11v9h18v-9" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="square" />
      <rect x="8" y="5" width="8" height="9" fill="var(--key-mark)" />
    </svg>
  );
}
