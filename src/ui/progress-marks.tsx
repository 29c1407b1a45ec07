/*
 * Marks of progress. The ruler has one tick per week, as on the time axis of an instrument; the small
 * square beside an item is empty, half filled, filled or hatched, with the same said in words.
 */
export type ItemState = 'none' | 'begun' | 'done' | 'seen';

const WORDS: Record<ItemState, string> = { none: 'not started', begun: 'begun', done: 'done', seen: 'done, solution seen' };

export function StateMark({ state }: { state: ItemState }) {
  return <span className="state-mark" data-state={state} role="img" aria-label={WORDS[state]} />;
}

/** Without a label it is an ornament of something that has one. */
export function WeekRuler({ weeks, label }: { weeks: readonly ItemState[]; label?: string }) {
  return (
    <span className="ruler" {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}>
      {weeks.map((state, i) => <i key={i} data-state={state} />)}
    </span>
  );
}

export function BarMeter({ part, whole, label }: { part: number; whole: number; label: string }) {
  const share = whole === 0 ? 0 : Math.round((part / whole) * 100);
  return <div className="bar-meter" role="img" aria-label={label}><i style={{ width: `${share}%` }} /></div>;
}
