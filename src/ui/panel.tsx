/* A panel: a bar that says what is shown and where it was measured, a body, and a foot for figures. */
import type { ReactNode } from 'react';

export interface PanelProps {
  title: ReactNode;
  /** Where the contents come from: "live from local:6379, db0". */
  detail?: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  label?: string;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, detail, actions, foot, label, className, children }: PanelProps) {
  return (
    <section className={`panel${className === undefined ? '' : ` ${className}`}`} {...(label === undefined ? {} : { 'aria-label': label })}>
      <div className="panel-bar">
        {typeof title === 'string' ? <h2 className="panel-title">{title}</h2> : title}
        {detail === undefined ? null : <span className="panel-detail">{detail}</span>}
        <span className="grow" />
        {actions}
      </div>
      <div className="panel-body">{children}</div>
      {foot === undefined ? null : <div className="panel-foot">{foot}</div>}
    </section>
  );
}

/** What a panel shows when there is nothing yet: what to do first, with the button that does it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children}
      {action}
    </div>
  );
}

/** Shown only when loading takes longer than 200 ms (the style sheet waits). `lines` are widths in per cent. */
export function Skeleton({ lines = [40, 92, 88, 95, 60], label = 'Loading' }: { lines?: readonly number[]; label?: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="only-read">{label}</span>
      {lines.map((width, i) => <i key={i} style={{ width: `${width}%` }} />)}
    </div>
  );
}

export type CalloutKind = 'note' | 'tip' | 'warning' | 'production' | 'good' | 'problem';

/** Words beside the text. The title names the kind, so that the rule at the left is never the only sign. */
export function Callout({ kind, title, children }: { kind: CalloutKind; title?: string | undefined; children: ReactNode }) {
  const names: Record<CalloutKind, string> = { note: 'Note', tip: 'Tip', warning: 'Watch out', production: 'In production', good: 'Done', problem: 'Problem' };
  return (
    <aside className={`callout callout-${kind}`} aria-label={title ?? names[kind]}>
      <p className="callout-title">{title ?? names[kind]}</p>
      {children}
    </aside>
  );
}
