/*
 * Home: what this is in one sentence, and a terminal that answers at once. Below it the twelve weeks
 * as a path. Who has been here before is offered the next step first.
 */
import { useMemo } from 'react';
import { Link } from 'react-router';
import { buttonClass, Button } from '../../ui/index.ts';
import { CoursePath } from '../course-path.tsx';
import { courseOrder, outline } from '../course.ts';
import { useAnswer } from '../lab/asking.ts';
import { LabFrame } from '../lab/crash.tsx';
import { useLabSession } from '../lab/provider.tsx';
import { useLogEntries } from '../lab/log.tsx';
import type { LabSession } from '../lab/session.ts';
import { Terminals, type TerminalPlan } from '../lab/terminals.tsx';
import { usePage } from '../page.tsx';
import { useProgress } from '../progress-store.ts';
import { itemState, nextItem } from '../progress-view.ts';
import { ONE_SERVER, SERVER } from '../scenarios.ts';
import './home.css';

const TERMINALS: readonly TerminalPlan[] = [{ tty: 'a', host: 'local', run: 'redis-cli' }];
const OPTIONS = { scenario: ONE_SERVER };

const TRIES = [
  { line: 'SET greeting "hello"', says: 'store a value' },
  { line: 'INCR visits', says: 'count, without a race' },
  { line: 'EXPIRE greeting 20', says: 'let a key leave after 20 s' },
] as const;

export default function Home() {
  usePage('Keyspace');
  const session = useLabSession('home', OPTIONS);
  const progress = useProgress();
  const next = nextItem(progress);
  const begun = useMemo(() => courseOrder.some((item) => itemState(progress, item) !== 'none'), [progress]);
  const done = courseOrder.filter((item) => ['done', 'seen'].includes(itemState(progress, item))).length;
  return (
    <>
      <section className="hero" data-region="hero">
        <div className="hero-words">
          <h1>Learn Redis by running it, here, in this page.</h1>
          <p className="hero-sub">A whole server lives in this browser tab. What you type is executed, what you see is its true state, and it needs no account, no installation and, after this visit, no network.</p>
        </div>
        <div className="hero-terminal">
          {session === undefined ? null : (
            <LabFrame session={session}>
              <div className="hero-frame">
                <Terminals session={session} plans={TERMINALS} selected="a" onSelect={() => {}} autoFocus={matchMedia('(pointer: fine)').matches} />
                <Strip session={session} />
              </div>
            </LabFrame>
          )}
        </div>
        <div className="hero-acts">
          <p className="hero-buttons">
            {next === undefined ? null : <Link className={buttonClass('primary')} to={next.href}>{begun ? `Continue: ${next.title}` : 'Start week 1'}</Link>}
            <Link className={buttonClass()} to="/sandbox">Open the sandbox</Link>
          </p>
          {begun ? <p className="hero-progress numbers">{done} of {courseOrder.length} lessons, exercises and quizzes done. <Link to="/progress">Progress and review</Link></p> : null}
          <div className="tries">
            <p>Type in the terminal, or run one of these</p>
            {TRIES.map((item) => (
              <Button key={item.line} look="quiet" className="try" onClick={() => session?.run(item.line, 'a')}>
                <code>{item.line}</code><span>{item.says}</span>
              </Button>
            ))}
          </div>
        </div>
      </section>
      <section className="home-path" data-region="path">
        <h2>Twelve weeks, one path</h2>
        <p>{outline.summary} Nothing is locked.</p>
        <CoursePath />
      </section>
      <footer className="home-foot">
        <p>Redis is a trademark of its owner. Keyspace is an independent project and not affiliated with it. <Link to="/about">About and notices</Link></p>
      </footer>
    </>
  );
}

/** Figures measured in the server, as on the foot of an instrument. */
function Strip({ session }: { session: LabSession }) {
  const { value: databases } = useAnswer(session, { about: 'databases', ...SERVER }, 1000);
  const entries = useLogEntries(session);
  const last = entries.at(-1);
  const keys = databases?.reduce((sum, database) => sum + database.keys, 0) ?? 0;
  const expires = databases?.reduce((sum, database) => sum + database.expires, 0) ?? 0;
  return (
    <div className="panel-foot hero-strip numbers" aria-label="Measured in the server">
      <span><strong>{keys}</strong> {keys === 1 ? 'key' : 'keys'}</span>
      <span><strong>{expires}</strong> with a lifetime</span>
      {last === undefined ? null : <span className="hero-last">last command <strong>{last.argv[0]?.toUpperCase()}</strong>{last.durationUs > 0 ? <>, <strong>{last.durationUs} µs</strong> of server time</> : null}</span>}
    </div>
  );
}
