/*
 * Deployments: several machines that one can break, or mend. Choose a scenario, open terminals on any machine, let things
 * go wrong, and move about in time. The whole is one recording: it is kept across visits, and a link or a file of it is
 * the same run elsewhere.
 *
 *     ?scenario=NAME        the run of this scenario: the one that was kept, or a new one
 *     &show=TAB  &at=20s    a new one at this moment, with this tab in front
 *     #s=…                  somebody else's
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { deployments } from 'virtual:deployments';
import { Button, Empty, notify, Skeleton } from '../../ui/index.ts';
import { Floor } from '../deployments/floor.tsx';
import type { Machine } from '../deployments/facts.ts';
import { addressOf, begun, giveUp, keepRun, keptRun, lastOpened, momentOf, readRun, rememberOpened, SHARED, type Refusal, type Run } from '../deployments/runs.ts';
import '../deployments/deployments.css';
import { LabFrame } from '../lab/crash.tsx';
import { useFocusInNext } from '../lab/keep-focus.ts';
import { useLabSession } from '../lab/provider.tsx';
import type { LabSession } from '../lab/session.ts';
import { Terminals } from '../lab/terminals.tsx';
import { usePage } from '../page.tsx';
import { keepRecording } from '../sandbox/keep.ts';
import { openLink, recordingText, type Opened } from '../sandbox/share.ts';

/** What the address asks for, and what came of it. */
type Stand = { readonly run: Run } | { readonly missing: string };

export default function Deployments() {
  usePage('Deployments', [{ label: 'Sandbox', href: '/sandbox' }, { label: 'Deployments' }]);
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const wanted = search.get('scenario');
  const at = search.get('at');
  const [stand, setStand] = useState<Stand>();
  const [refusal, setRefusal] = useState<Refusal>();
  /** The address follows what is shown; nothing is to be opened for it. */
  const addressOnly = useRef(false);

  const takeUp = useCallback((taken: Run | Refusal) => {
    if ('what' in taken) setRefusal(taken);
    else {
      setRefusal(undefined);
      setStand({ run: taken });
    }
  }, []);

  useEffect(() => {
    if (addressOnly.current) {
      addressOnly.current = false;
      return;
    }
    let gone = false;
    const load = async () => {
      if (hash.startsWith('#s=')) {
        const opened = await openLink(hash);
        const taken = 'recording' in opened ? await readRun(SHARED, await recordingText(opened.recording), true) : opened;
        if (gone) return;
        takeUp(taken);
        if (!('what' in taken)) return;
      }
      const found = await atAddress(wanted, at);
      if (gone) return;
      if (found.told !== undefined) notify({ id: 'deployment', kind: 'problem', text: found.told });
      setStand(found.stand);
    };
    void load();
    return () => { gone = true; };
  }, [hash, wanted, at, takeUp]);

  const run = stand !== undefined && 'run' in stand ? stand.run : undefined;
  useEffect(() => { if (run !== undefined && !run.foreign) void rememberOpened(run.id); }, [run]);

  const anew = useCallback(() => {
    const chosen = deployments.find((each) => each.id === run?.id);
    if (chosen === undefined || run === undefined) return;
    void giveUp(run);
    setRefusal(undefined);
    setStand({ run: begun(chosen) });
  }, [run]);
  const open = useCallback((opened: Opened) => {
    if ('what' in opened) setRefusal(opened);
    else if ('scenario' in opened) setRefusal({ what: 'This is a snapshot of one server.', remedy: 'Open it in the sandbox.' });
    else void recordingText(opened.recording).then((text) => readRun(SHARED, text, true)).then(takeUp);
  }, [takeUp]);
  const choose = useCallback((id: string) => {
    setRefusal(undefined);
    void navigate(addressOf(id));
  }, [navigate]);
  /** What came from somebody else and was changed is the learner's own from now on, and has an address of its own. */
  const kept = useCallback((id: string) => {
    if (hash === '' && wanted === id) return;
    addressOnly.current = true;
    void navigate(addressOf(id), { replace: true });
  }, [hash, wanted, navigate]);

  if (stand === undefined) return <Skeleton label="Opening the deployment" />;
  return (
    <>
      {refusal === undefined ? null : <p className="lab-problem" role="alert"><span className="grow"><strong>{refusal.what}</strong> {refusal.remedy}</span> <Button small onClick={() => setRefusal(undefined)}>Close</Button></p>}
      {'missing' in stand ? <Missing name={stand.missing} /> : <Room run={stand.run} show={search.get('show')} onOpen={open} onChoose={choose} onAnew={anew} onKept={kept} />}
    </>
  );
}

/** What an address without a link in it leads to, and what has to be said about it. */
async function atAddress(wanted: string | null, at: string | null): Promise<{ stand: Stand; told?: string }> {
  const id = wanted ?? await lastOpened();
  const chosen = deployments.find((each) => each.id === id);
  if (wanted !== null && wanted !== SHARED && chosen === undefined) return { stand: { missing: wanted } };
  const first = chosen ?? deployments[0];
  if (first === undefined) throw new Error('there is no deployment');
  const atUs = momentOf(at);
  if (atUs !== undefined) return { stand: { run: begun(first, atUs) } };
  const own = id === SHARED || chosen !== undefined ? await keptRun(id ?? '', chosen?.scenario) : undefined;
  if (own === undefined) return { stand: { run: begun(first) }, ...(wanted === SHARED ? { told: 'No shared run is kept in this browser, so the first deployment is shown.' } : {}) };
  if ('what' in own) return { stand: { run: begun(first) }, told: `Your last run could not be taken up. ${own.what} A new one has begun.` };
  return { stand: { run: own } };
}

function Missing({ name }: { name: string }) {
  return (
    <main className="deployment-missing">
      <Empty title={`There is no deployment called “${name.slice(0, 60)}”`}>
        <p>Choose one of these:</p>
        <ul>{deployments.map((each) => <li key={each.id}><Link to={addressOf(each.id)}>{each.title}</Link></li>)}</ul>
      </Empty>
    </main>
  );
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

interface RoomProps {
  run: Run;
  show: string | null;
  onOpen: (opened: Opened) => void;
  onChoose: (id: string) => void;
  onAnew: () => void;
  onKept: (id: string) => void;
}

function Room({ run, show, onOpen, onChoose, onAnew, onKept }: RoomProps) {
  const session = useLabSession('sandbox', run.options);
  const [terminals, setTerminals] = useState<{ run: Run; plans: Run['plans']; selected: string; isAsked?: boolean }>({ run, plans: run.plans, selected: run.plans[0]?.tty ?? 'a' });
  const now: typeof terminals = terminals.run === run ? terminals : { run, plans: run.plans, selected: run.plans[0]?.tty ?? 'a' };
  useKeep(session, run, onKept);
  /** The field in which the scenario was chosen, by arrow keys perhaps: the next arrow key is for it, too. */
  const chosenIn = useRef<string>(undefined);
  useFocusInNext(session, () => {
    const selector = chosenIn.current;
    chosenIn.current = undefined;
    return selector;
  });
  // Who asks for a terminal goes there; one that is drawn anew takes the focus by itself, as soon as it stands.
  useEffect(() => {
    if (terminals.isAsked !== true) return;
    document.querySelector<HTMLElement>('.terminals :is(.xterm-helper-textarea, .plain-form input)')?.focus();
    setTerminals({ ...terminals, isAsked: false });
  }, [terminals]);
  if (session === undefined) return <Skeleton label="Starting the machines" />;
  const add = (host: string, program: string | undefined) => {
    // One terminal to a machine is brought to the front; a second is opened with the button beside the tabs.
    const tty = LETTERS.find((name) => !now.plans.some((plan) => plan.tty === name));
    if (tty !== undefined) setTerminals({ ...now, plans: [...now.plans, { tty, host, ...(program === undefined ? {} : { run: program }) }], selected: tty, isAsked: true });
  };
  const onTerminal = (machine: Machine) => {
    const there = now.plans.find((plan) => plan.host === machine.name);
    if (there !== undefined) setTerminals({ ...now, selected: there.tty, isAsked: true });
    else add(machine.name, machine.part === 'client' ? undefined : machine.port === undefined || machine.port === 6379 ? 'redis-cli' : `redis-cli -p ${machine.port}`);
  };
  const close = (tty: string) => {
    if (now.plans.length < 2) return;
    session.closeTerminal(tty);
    const plans = now.plans.filter((plan) => plan.tty !== tty);
    setTerminals({ run, plans, selected: plans[0]?.tty ?? 'a' });
  };
  const choose = (id: string) => {
    if (document.activeElement instanceof HTMLSelectElement) chosenIn.current = '.deployment-bar select';
    onChoose(id);
  };
  const front = now.plans.find((plan) => plan.tty === now.selected) ?? now.plans[0];
  const terminal = <Terminals session={session} plans={now.plans} selected={now.selected} autoFocus={now.isAsked === true} onSelect={(selected) => setTerminals({ run, plans: now.plans, selected })} onAdd={(program) => add(front?.host ?? '', program)} onClose={close} />;
  return <LabFrame session={session}><Floor key={session.id} session={session} run={run} show={show} terminal={terminal} onTerminal={onTerminal} onOpen={onOpen} onChoose={choose} onAnew={onAnew} /></LabFrame>;
}

/** Keeps the run from the moment something is done in it. */
function useKeep(session: LabSession | undefined, run: Run, onKept: (id: string) => void): void {
  useEffect(() => {
    if (session === undefined) return;
    return keepRecording(session, {
      what: 'this run', onlyTouched: true, withTime: true,
      save: async (text) => {
        await keepRun(run, text);
        if (run.foreign) onKept(run.id);
      },
    });
  }, [session, run, onKept]);
}
