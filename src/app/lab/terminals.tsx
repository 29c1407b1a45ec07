/*
 * The terminals of one lab: tabs, or two side by side. Each is a client of its own on the same host. The
 * form (grid or plain text) is chosen per terminal and remembered; phones begin with plain text.
 */
import { useEffect, useState, type ReactNode } from 'react';
import { Terminal } from '../../terminal/view/index.ts';
import { Button, IconButton, Kbd, PHONE, remember, remembered, Split, tabPanelId, Tabs, Tooltip, useMedia } from '../../ui/index.ts';
import { type LabSession, useSession } from './session.ts';

export interface TerminalPlan {
  tty: string;
  host: string;
  /** Typed into the shell when it opens. */
  run?: string;
}

export interface TerminalsProps {
  session: LabSession;
  plans: readonly TerminalPlan[];
  /** Opens one more; absent where the number is fixed. */
  onAdd?: (run: string | undefined) => void;
  onClose?: (tty: string) => void;
  selected: string;
  onSelect: (tty: string) => void;
  autoFocus?: boolean;
  /** Buttons of the page around it (undo, reset). */
  actions?: ReactNode;
}

export function Terminals({ session, plans, onAdd, onClose, selected, onSelect, autoFocus = false, actions }: TerminalsProps) {
  const phone = useMedia(PHONE);
  const [plain, setPlain] = useState<boolean>(() => {
    const kept = remembered('terminal.plain');
    return kept === undefined ? phone || matchMedia('(pointer: coarse)').matches : kept === 'yes';
  });
  const [split, setSplit] = useState(() => remembered('terminal.split') === 'yes');
  const foregrounds = useSession(session, (state) => state.foregrounds);
  const at = Math.max(0, plans.findIndex((plan) => plan.tty === selected));
  const shown = plans[at];
  const beside = plans.length > 1 ? plans[at === plans.length - 1 ? at - 1 : at + 1] : undefined;
  // A second terminal opens at once, so that its client exists before it is first looked at.
  useEffect(() => {
    for (const plan of plans) session.terminal(plan.tty, plan.host, plan.run);
  }, [session, plans]);
  if (shown === undefined) return null;

  const title = (plan: TerminalPlan) => {
    const program = foregrounds[plan.tty]?.program ?? plan.run ?? 'shell';
    // Where terminals stand on several machines, the machine is what tells them apart.
    const where = plans.some((each) => each.host !== plan.host) ? `${plan.host} ` : '';
    return plans.length === 1 ? program : `${where}${program} ${plan.tty}`;
  };
  const draw = (plan: TerminalPlan, focus: boolean) => (
    <Terminal key={`${session.id}-${plan.tty}`} port={session.terminal(plan.tty, plan.host, plan.run)} label={`Terminal ${plan.tty}, ${title(plan)}`} prompt={foregrounds[plan.tty]?.prompt ?? ''} plain={plain} autoFocus={focus} />
  );
  const two = split && beside !== undefined && !phone;
  const [left, right] = beside !== undefined && plans.indexOf(beside) < at ? [beside, shown] : [shown, beside];
  return (
    <section className="panel terminals" aria-label="Terminals">
      <div className="panel-bar">
        {plans.length === 1 ? <h2 className="panel-title">{title(shown)}</h2> : (
          <Tabs group={`${session.id}-ttys`} label="Terminals" selected={shown.tty} onSelect={onSelect} {...(onClose === undefined ? {} : { onClose })}
            tabs={plans.map((plan) => ({ id: plan.tty, label: title(plan) }))} />
        )}
        {plans.length === 1 ? <span className="panel-detail">{shown.host}</span> : null}
        {onAdd === undefined ? null : <IconButton icon="plus" label="Open another terminal" atEnd={false} onClick={() => onAdd('redis-cli')} />}
        <span className="grow" />
        {plain ? null : <span className="terminal-way-out"><Kbd keys="F6" /> leaves the terminal</span>}
        {onClose !== undefined && plans.length > 1 ? <IconButton icon="close" label={`Close terminal ${shown.tty}`} onClick={() => onClose(shown.tty)} /> : null}
        {plans.length > 1 && !phone ? (
          <IconButton icon="split" label={two ? 'Show one terminal' : 'Show two side by side'} aria-pressed={two} onClick={() => { setSplit(!split); remember('terminal.split', split ? 'no' : 'yes'); }} />
        ) : null}
        <Tooltip text="One input line and output as text, for screen readers and touch" atEnd>
          <Button small look="quiet" icon="text" aria-pressed={plain} onClick={() => { setPlain(!plain); remember('terminal.plain', plain ? 'no' : 'yes'); }}>Plain</Button>
        </Tooltip>
        {actions}
      </div>
      <div className="panel-body terminals-body" {...(plans.length > 1 ? { role: 'tabpanel', id: tabPanelId(`${session.id}-ttys`, shown.tty), 'aria-labelledby': `${session.id}-ttys-tab-${shown.tty}` } : {})}>
        {two && left !== undefined && right !== undefined
          ? <Split id="terminals" direction="row" start={0.5} label="Between the two terminals" first={draw(left, false)} second={draw(right, false)} />
          : draw(shown, autoFocus)}
      </div>
    </section>
  );
}
