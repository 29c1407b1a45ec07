/*
 * Two panes and a divider between them. The divider is dragged, or moved by the arrow keys once it has
 * the focus (Home and End go to the limits, Enter back to the start). The place is remembered by `id`
 * as a fraction, so that it survives another window size.
 */
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { remember, remembered } from './memory.ts';

export interface SplitProps {
  /** Key of the remembered place: "lesson", "sandbox.left". */
  id: string;
  direction: 'row' | 'column';
  /** Fraction of the first pane at the first visit, 0–1. */
  start: number;
  /** Smallest sizes of the two panes in pixels. */
  least?: readonly [number, number];
  label: string;
  first: ReactNode;
  second: ReactNode;
}

/** Another id is another divider with a place of its own, also where React would keep the one before. */
export function Split(props: SplitProps) {
  return <Divided key={props.id} {...props} />;
}

function Divided({ id, direction, start, least = [200, 200], label, first, second }: SplitProps) {
  const [fraction, setFraction] = useState(() => {
    const kept = Number(remembered(`split.${id}`) ?? start);
    return kept > 0 && kept < 1 ? kept : start;
  });
  const [dragging, setDragging] = useState(false);
  const frame = useRef<HTMLDivElement>(null);

  const limit = (wanted: number): number => {
    const box = frame.current?.getBoundingClientRect();
    const whole = box === undefined ? 0 : direction === 'row' ? box.width : box.height;
    if (whole <= least[0] + least[1]) return wanted;
    return Math.min(1 - least[1] / whole, Math.max(least[0] / whole, wanted));
  };
  const move = (wanted: number) => {
    const next = limit(wanted);
    setFraction(next);
    remember(`split.${id}`, next.toFixed(4));
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragging(true);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!dragging) return;
    const box = frame.current?.getBoundingClientRect();
    if (box === undefined) return;
    move(direction === 'row' ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const back = direction === 'row' ? 'ArrowLeft' : 'ArrowUp';
    const forth = direction === 'row' ? 'ArrowRight' : 'ArrowDown';
    const step = event.shiftKey ? 0.1 : 0.02;
    if (event.key === back) move(fraction - step);
    else if (event.key === forth) move(fraction + step);
    else if (event.key === 'Home') move(0.01);
    else if (event.key === 'End') move(0.99);
    else if (event.key === 'Enter') move(start);
    else return;
    event.preventDefault();
  };
  return (
    <div className={`split split-${direction}`} ref={frame} style={dragging ? { userSelect: 'none' } : undefined}>
      <div className="split-part" style={{ flex: `${fraction} 1 0` }}>{first}</div>
      <div className="divider" role="separator" tabIndex={0} aria-label={label} aria-orientation={direction === 'row' ? 'vertical' : 'horizontal'}
        aria-valuenow={Math.round(fraction * 100)} aria-valuemin={0} aria-valuemax={100} data-dragging={dragging}
        onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={() => setDragging(false)} onPointerCancel={() => setDragging(false)}
        onDoubleClick={() => move(start)} onKeyDown={onKeyDown} />
      <div className="split-part" style={{ flex: `${1 - fraction} 1 0` }}>{second}</div>
    </div>
  );
}
