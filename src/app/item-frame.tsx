/* What the pages of lessons, exercises and quizzes share: the head, the ways on, the host for their prose. */
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Blocks, ItemHeading, ItemSummary, Question } from '../lessons/index.ts';
import type { Scenario, Step } from '../simulation/index.ts';
import type { LessonHost } from '../lessons/view/index.ts';
import { Panel } from '../ui/index.ts';
import { CommandCard } from './reference/command-card.tsx';
import { outline, summaryOf } from './course.ts';
import { hearReply } from './lab/hear-reply.ts';
import { Picture, pictureSource, pictureTitle } from './lab/picture.tsx';
import type { LabSession } from './lab/session.ts';
import type { TerminalPlan } from './lab/terminals.tsx';
import { record } from './progress-store.ts';
import { DoWorkspace } from './do-workspace.tsx';
import { recallFor } from './recall.ts';
import './item-frame.css';

/** The first terminal's name; others are named by the author. */
export const FIRST_TTY = 'a';

export function ItemHead({ item, over }: { item: ItemHeading; over?: string }) {
  return (
    <header className="item-head">
      <p className="item-over">
        {item.section === '' ? null : <span>{item.section}</span>}
        <span>{over ?? item.kind}</span>
        <span>{item.minutes} min</span>
      </p>
      <h1>{item.title}</h1>
      {item.objectives.length === 0 ? null : (
        <dl className="objectives">
          <dt>After this you</dt>
          <dd><ul>{item.objectives.map((objective) => <li key={objective}>{objective.charAt(0).toLowerCase() + objective.slice(1)}</li>)}</ul></dd>
        </dl>
      )}
    </header>
  );
}

const KIND: Record<ItemSummary['kind'], string> = { lesson: 'Lesson', exercise: 'Exercise', quiz: 'Quiz', module: 'Week' };

export function Onward({ item }: { item: ItemSummary }) {
  const previous = item.previous === undefined ? undefined : summaryOf(item.previous);
  const next = item.next === undefined ? undefined : summaryOf(item.next);
  return (
    <nav className="onward" aria-label="Before and after">
      {previous === undefined ? null : <Link to={previous.href} className="onward-previous"><small>Back: {KIND[previous.kind]}</small><strong>{previous.title}</strong></Link>}
      {next === undefined ? null : <Link to={next.href} className="onward-next"><small>Next: {KIND[next.kind]}, {next.minutes} min</small><strong>{next.title}</strong></Link>}
    </nav>
  );
}

/** Terminals that a page needs: the first, those its panels name, those its blocks speak to. */
export function terminalPlans(scenario: Scenario, panels: readonly string[], blocks: Blocks, steps: readonly Step[]): TerminalPlan[] {
  const names = new Set<string>([FIRST_TTY]);
  for (const panel of panels) {
    const [kind, name] = panel.split('@');
    if (kind === 'terminal' && name !== undefined && name !== '') names.add(name);
  }
  for (const block of Object.values(blocks)) if ((block.kind === 'transcript' || block.kind === 'console') && block.client !== undefined) names.add(block.client);
  for (const step of steps) if (step.kind === 'redis' && step.client !== undefined) names.add(step.client);
  const host = scenario.hosts[0];
  // A world in which no server runs yet begins at the shell.
  const serves = host?.run?.some((line) => line.includes('redis-server')) === true;
  return [...names].map((tty) => ({ tty, host: host?.name ?? '', ...(serves ? { run: 'redis-cli' } : {}) }));
}

export interface PageTerminals {
  plans: TerminalPlan[];
  selected: string;
  select: (tty: string) => void;
  add: () => void;
  close: (tty: string) => void;
}

export function usePageTerminals(session: LabSession | undefined, initial: readonly TerminalPlan[]): PageTerminals {
  const key = initial.map((plan) => plan.tty).join(' ');
  const [state, setState] = useState<{ key: string; plans: TerminalPlan[]; selected: string }>({ key, plans: [...initial], selected: FIRST_TTY });
  const now = state.key === key ? state : { key, plans: [...initial], selected: FIRST_TTY };
  return {
    plans: now.plans,
    selected: now.selected,
    select: (tty) => setState({ ...now, selected: tty }),
    add: () => {
      const tty = [...'abcdefghijklmnopqrstuvwxyz'].find((name) => !now.plans.some((plan) => plan.tty === name));
      const first = now.plans[0];
      if (tty !== undefined && first !== undefined) setState({ ...now, plans: [...now.plans, { ...first, tty }], selected: tty });
    },
    close: (tty) => {
      if (tty === FIRST_TTY || now.plans.length < 2) return;
      session?.closeTerminal(tty);
      setState({ ...now, plans: now.plans.filter((plan) => plan.tty !== tty), selected: FIRST_TTY });
    },
  };
}

export interface ItemHostOptions {
  /** Id of the item. */
  item: string;
  /** Questions that it asks itself, not to be asked in advance. */
  own?: readonly string[];
  session: LabSession | undefined;
  terminals: PageTerminals;
  /** The page typed something. */
  onRan: () => void;
}

/** The host that prose asks; `select` shows the terminal that something is typed into. */
export function useItemHost({ item, own = [], session, terminals, onRan }: ItemHostOptions): LessonHost {
  const now = useRef({ item, own, session, terminals, onRan });
  now.current = { item, own, session, terminals, onRan };
  return useMemo<LessonHost>(() => {
    const type = (line: string, client: string | undefined): string => {
      const { session: lab, terminals: own, onRan: ran } = now.current;
      const tty = client ?? FIRST_TTY;
      if (own.selected !== tty && own.plans.some((plan) => plan.tty === tty)) own.select(tty);
      const plan = own.plans.find((candidate) => candidate.tty === tty);
      if (plan !== undefined) lab?.terminal(plan.tty, plan.host, plan.run);
      lab?.run(line, tty);
      ran();
      return tty;
    };
    return {
      run: (line, client) => void type(line, client),
      runAndHear: (line, client, heard) => {
        const { session: lab } = now.current;
        if (lab !== undefined) hearReply(lab, line, client ?? FIRST_TTY, heard);
        type(line, client);
      },
      picture: ({ id, view, params }) => (session === undefined ? null : (
        <div className="drawn" id={id}>
          <Panel title={pictureTitle(view)} detail={pictureSource(params)} label={`Picture: ${pictureTitle(view)}`}><Picture session={session} view={view} params={params} /></Panel>
        </div>
      )),
      commandCard: (name) => <CommandCard name={name} />,
      term: (id) => outline.glossary[id],
      recall: (from, count) => recallFor(now.current.item, from, count, now.current.own),
      answered: (question: Question, right: boolean) => record({ type: 'answered', question: question.id, right }),
      doWorkspace: (question, solved) => <DoWorkspace question={question} onSolved={solved} />,
      link: ({ href, className, children }: { href: string; className?: string; children: ReactNode }) => <Link to={href} {...(className === undefined ? {} : { className })}>{children}</Link>,
    };
  }, [session]);
}

