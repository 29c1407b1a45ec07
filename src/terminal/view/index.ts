/* What the page may use of the terminal's view. */
export { bytesOf, fromArray, isText, textOf, toArray } from './encoding.ts';
export { plainReader } from './plain-screen.ts';
export type { TtyPort } from './port.ts';
export { leaveRegion, preloadTerminal, Terminal } from './terminal.tsx';
