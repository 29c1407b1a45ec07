/*
 * Deployments: several machines that one can break. Choose a scenario, open terminals on any machine, let things go
 * wrong, and move about in time; what happened stands beside it as text, as a diagram, as offsets and slots. The whole is
 * one recording, so a link or a file of it is the same run elsewhere.
 */
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { Button, Dialog, Field, Icon, Menu, NARROW, notify, SelectField, Skeleton, Split, tabPanelId, Tabs, useMedia } from '../../ui/index.ts';
import { deployments } from '../deployments/scenarios.ts';
import { EventLog, SpaceTime, useWhy, WhyPanel } from '../deployments/events.tsx';
import type { Machine } from '../deployments/facts.ts';
import { Topology } from '../deployments/topology.tsx';
import { Transport } from '../deployments/transport.tsx';
import { useFacts } from '../deployments/use-facts.ts';
import '../deployments/deployments.css';
import { LabFrame } from '../lab/crash.tsx';
import { Picture } from '../lab/picture.tsx';
import { useLabSession } from '../lab/provider.tsx';
import { type LabSession, type OpenOptions, useSession } from '../lab/session.ts';
import { Terminals, type TerminalPlan } from '../lab/terminals.tsx';
import { usePage } from '../page.tsx';
import { saveFile } from '../save-file.ts';
import { openFile, openLink, recordingText, shareRecording, type Opened } from '../sandbox/share.ts';
import { complain, ShareDialog } from '../sandbox/share-dialog.tsx';
import { plansOf } from '../sandbox/plans.ts';

const HERE = '/sandbox/deployments';

interface World {
  options: OpenOptions;
  plans: TerminalPlan[];
  /** Id of the scenario it began as; undefined for one that was opened from a link or file. */
  id: string | undefined;
}

function begun(id: string | null): World {
  const chosen = deployments.find((each) => each.id === id) ?? deployments[0];
  if (chosen === undefined) throw new Error('there is no deployment');
  return { id: chosen.id, options: { scenario: chosen.scenario }, plans: [{ tty: 'a', host: chosen.scenario.hosts[0]?.name ?? '', run: 'redis-cli' }] };
}

export default function Deployments() {
  usePage('Deployments', [{ label: 'Sandbox', href: '/sandbox' }, { label: 'Deployments' }]);
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const wanted = search.get('scenario');
  const [world, setWorld] = useState<World>();
  const [refusal, setRefusal] = useState<{ what: string; remedy: string }>();

  const open = useCallback((opened: Opened) => {
    if ('what' in opened) setRefusal(opened);
    else if ('scenario' in opened) setRefusal({ what: 'This is a snapshot of one server.', remedy: 'Open it in the sandbox.' });
    else {
      setRefusal(undefined);
      setWorld({ id: undefined, options: { scenario: opened.recording.scenario, recording: opened.recording }, plans: plansOf(opened.recording) });
    }
  }, []);

  useEffect(() => {
    let gone = false;
    if (hash.startsWith('#s=')) {
      void openLink(hash).then((opened) => {
        if (gone) return;
        if ('what' in opened) setWorld(begun(null));
        open(opened);
      });
    } else setWorld(begun(wanted));
    return () => { gone = true; };
  }, [hash, wanted, open]);

  if (world === undefined) return <Skeleton label="Opening the deployment" />;
  return (
    <>
      {refusal === undefined ? null : <p className="lab-problem" role="alert"><strong>{refusal.what}</strong> {refusal.remedy} <Button small onClick={() => setRefusal(undefined)}>Close</Button></p>}
      <Room world={world} onOpen={open} onChoose={(id) => {
        setRefusal(undefined);
        // The same scenario anew is a new world, too.
        if (id === wanted && hash === '') setWorld(begun(id));
        else void navigate(`${HERE}?scenario=${id}`);
      }} />
    </>
  );
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

function Room({ world, onOpen, onChoose }: { world: World; onOpen: (opened: Opened) => void; onChoose: (id: string) => void }) {
  const session = useLabSession('sandbox', world.options);
  const [terminals, setTerminals] = useState({ world, plans: world.plans, selected: world.plans[0]?.tty ?? 'a' });
  const now = terminals.world === world ? terminals : { world, plans: world.plans, selected: world.plans[0]?.tty ?? 'a' };
  if (session === undefined) return <Skeleton label="Starting the machines" />;
  const add = (host: string, run: string | undefined) => {
    // One terminal to a machine is brought to the front; a second is opened with the button beside the tabs.
    const tty = LETTERS.find((name) => !now.plans.some((plan) => plan.tty === name));
    if (tty !== undefined) setTerminals({ ...now, plans: [...now.plans, { tty, host, ...(run === undefined ? {} : { run }) }], selected: tty });
  };
  const onTerminal = (machine: Machine) => {
    const there = now.plans.find((plan) => plan.host === machine.name);
    if (there !== undefined) setTerminals({ ...now, selected: there.tty });
    else add(machine.name, machine.part === 'client' ? undefined : machine.port === undefined || machine.port === 6379 ? 'redis-cli' : `redis-cli -p ${machine.port}`);
  };
  const close = (tty: string) => {
    if (now.plans.length < 2) return;
    session.closeTerminal(tty);
    const plans = now.plans.filter((plan) => plan.tty !== tty);
    setTerminals({ ...now, plans, selected: plans[0]?.tty ?? 'a' });
  };
  const front = now.plans.find((plan) => plan.tty === now.selected) ?? now.plans[0];
  const terminal = <Terminals session={session} plans={now.plans} selected={now.selected} onSelect={(selected) => setTerminals({ ...now, selected })} onAdd={(run) => add(front?.host ?? '', run)} onClose={close} />;
  return <LabFrame session={session}><Floor session={session} world={world} terminal={terminal} onTerminal={onTerminal} onOpen={onOpen} onChoose={onChoose} /></LabFrame>;
}

interface FloorProps {
  session: LabSession;
  world: World;
  terminal: ReactNode;
  onTerminal: (machine: Machine) => void;
  onOpen: (opened: Opened) => void;
  onChoose: (id: string) => void;
}

function Floor({ session, world, terminal, onTerminal, onOpen, onChoose }: FloorProps) {
  const [background, setBackground] = useState(false);
  const [resume, setResume] = useState(1);
  const [side, setSide] = useState('events');
  const [small, setSmall] = useState('machines');
  const facts = useFacts(session, background);
  const why = useWhy(session);
  const isNarrow = useMedia(NARROW);
  const chosen = deployments.find((each) => each.id === world.id);
  const machines = <div className="topology"><Topology session={session} facts={facts} onTerminal={(machine) => { onTerminal(machine); setSmall('terminal'); }} /><FaultLine session={session} /></div>;
  const offsets = useMemo(() => <Picture session={session} view="replication" />, [session]);
  const slots = useMemo(() => <Picture session={session} view="slots" />, [session]);
  const sides: Record<string, ReactNode> = {
    events: (
      <div className="happened">
        <WhyPanel why={why} session={session} />
        <label className="deployment-says"><input type="checkbox" checked={background} onChange={(event) => setBackground(event.target.checked)} /> with heartbeats and timers</label>
        <EventLog facts={facts} why={why} />
      </div>
    ),
    diagram: <div className="happened"><WhyPanel why={why} session={session} /><SpaceTime facts={facts} why={why} /></div>,
    offsets,
    slots,
  };
  const sideTabs = [{ id: 'events', label: 'Events' }, { id: 'diagram', label: 'Space and time' }, { id: 'offsets', label: 'Offsets and backlog' }, { id: 'slots', label: 'Slot map' }];
  const panel = (group: string, tabs: { id: string; label: string }[], selected: string, select: (id: string) => void, body: ReactNode) => (
    <section className="panel">
      <div className="panel-bar"><Tabs group={group} label="What is shown" tabs={tabs} selected={selected} onSelect={select} /></div>
      <div className="panel-body" role="tabpanel" id={tabPanelId(group, selected)} aria-labelledby={`${group}-tab-${selected}`}>{body}</div>
    </section>
  );
  return (
    <div className="deployment">
      <div className="deployment-bar">
        <h1>Deployment</h1>
        <SelectField label="Scenario" quietLabel value={world.id ?? ''} onChange={(event) => onChoose(event.target.value)}>
          {world.id === undefined ? <option value="">Opened from a link or file</option> : null}
          {deployments.map((each) => <option key={each.id} value={each.id}>{each.title}</option>)}
        </SelectField>
        <Transport session={session} facts={facts} resume={resume} onResume={setResume} />
        <span className="grow" />
        <ShareMenu session={session} onOpen={onOpen} onAnew={world.id === undefined ? undefined : () => onChoose(world.id ?? '')} />
      </div>
      {chosen === undefined || isNarrow ? null : <div className="deployment-says"><p>{chosen.says} <strong>{chosen.first}</strong></p></div>}
      <div className="deployment-body">
        {isNarrow
          ? panel('deployment-small', [{ id: 'machines', label: 'Machines' }, { id: 'terminal', label: 'Terminal' }, ...sideTabs], small, setSmall, small === 'machines' ? machines : small === 'terminal' ? terminal : sides[small])
          : (
            <Split id="deployment" direction="row" start={0.6} label="Between the machines and what happened"
              first={<Split id="deployment.left" direction="column" start={0.62} label="Between the machines and the terminals" first={machines} second={terminal as React.ReactElement} />}
              second={panel('deployment-side', sideTabs, side, setSide, sides[side])} />
          )}
      </div>
    </div>
  );
}

/** One line for everything that can go wrong, and what the last one did. */
function FaultLine({ session }: { session: LabSession }) {
  const [line, setLine] = useState('');
  const [help, setHelp] = useState<readonly { name: string; usage: string; summary: string }[]>();
  const fault = useSession(session, (state) => state.fault);
  return (
    <div className="deployment-fault">
      <form onSubmit={(event) => {
        event.preventDefault();
        if (line.trim() !== '') session.fault(line);
        setLine('');
      }}>
        <Field label="Fault" mono value={line} placeholder="partition p1 | r1 r2" spellCheck={false} autoComplete="off" onChange={(event) => setLine(event.target.value)} />
        <Button small type="submit">Do it</Button>
        <Button small look="quiet" onClick={() => session.ask({ about: 'faults' }).then(setHelp, () => undefined)}>All faults</Button>
      </form>
      <output data-problem={fault?.problem !== undefined}>{fault === undefined ? '' : fault.problem ?? fault.said}</output>
      <Dialog open={help !== undefined} onClose={() => setHelp(undefined)} title="What can go wrong" wide>
        <dl className="fault-list">{(help ?? []).map((each) => <div key={each.name}><dt><code>{each.usage}</code></dt><dd>{each.summary}</dd></div>)}</dl>
      </Dialog>
    </div>
  );
}

function ShareMenu({ session, onOpen, onAnew }: { session: LabSession; onOpen: (opened: Opened) => void; onAnew: (() => void) | undefined }) {
  const [shared, setShared] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const share = async () => {
    const made = await shareRecording(await session.ask({ about: 'recording' }), HERE);
    if ('link' in made) setShared(made.link);
    else {
      saveFile(made.file, 'deployment.keyspace');
      notify({ id: 'share', text: 'This run is too long for a link, so it was saved as a file. Whoever gets it opens it here from the menu.' });
    }
  };
  const save = async () => saveFile(new Blob([await recordingText(await session.ask({ about: 'recording' }))], { type: 'text/plain' }), 'deployment.keyspace');
  return (
    <>
      <Button small look="quiet" icon="share" onClick={() => void share().catch(complain)}>Share</Button>
      <Menu label="More" items={[
        ...(onAnew === undefined ? [] : [{ id: 'anew', label: 'Begin it anew', icon: 'reset' as const, onSelect: onAnew }]),
        { id: 'save', label: 'Save as a file', icon: 'download', onSelect: () => void save().catch(complain) },
        { id: 'open', label: 'Open a file', icon: 'upload', onSelect: () => file.current?.click() },
      ]}><Icon name="more" /></Menu>
      <input ref={file} type="file" hidden aria-label="Deployment file" accept=".keyspace,text/plain" onChange={(event) => {
        const chosen = event.target.files?.[0];
        event.target.value = '';
        if (chosen !== undefined) void openFile(chosen).then(onOpen, complain);
      }} />
      <ShareDialog link={shared} onClose={() => setShared(undefined)} title="Share this deployment" says="Whoever opens this link gets the same machines at the same moment of the same run, with everything that was typed and broken. The link holds all of it; nothing is uploaded." />
    </>
  );
}
