/* The part that a machine plays, by shape: filled square, outlined square, hexagon, circle; dashed where nothing runs. */
import type { Part } from './facts.ts';

export function PartMark({ part, size = 14 }: { part: Part; size?: number }) {
  const shape = part === 'sentinel' ? <path d="M4 1h8l4 7-4 7H4L0 8z" /> : part === 'client' ? <circle cx="8" cy="8" r="7" /> : <rect x="1" y="1" width="14" height="14" />;
  return <svg width={size} height={size} viewBox="-1 -1 18 18" className="part-mark" data-part={part} aria-hidden="true">{shape}</svg>;
}
