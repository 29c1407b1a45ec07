/* A run on the screen: machines over terminals on the left, what is to be seen of them on the right, time above. */
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { deployments } from 'virtual:deployments';
import { Button, Icon, Menu, NARROW, notify, SelectField, Split, tabPanelId, Tabs, useMedia } from '../../ui/index.ts';
import { Picture } from '../lab/picture.tsx';
import { type LabSession, useSession } from '../lab/session.ts';
import { saveFile } from '../save-file.ts';
import { openFile, recordingText, shareRecording, type Opened } from '../sandbox/share.ts';
import { complain, ShareDialog } from '../sandbox/share-dialog.tsx';
import { EventLog, useWhy, WhyPanel } from './events.tsx';
import { classesHiddenAtFirst, type EventClass } from './event-classes.ts';
import { FaultLine } from './fault-line.tsx';
import { kindsOf, missingServices, type DeploymentFacts, type Machine } from './facts.ts';
import { clock, useGoals, type GoalFacts } from './goal-facts.ts';
import { Goals, goalsLine } from './goals.tsx';
import { inForce } from './in-force.ts';
import { Mended } from './mended.tsx';
import { HERE, SHARED, wasActedOn, type Run } from './runs.ts';
import { SpaceTime } from './space-time.tsx';
import { Topology } from './topology.tsx';
import { StoryBand, Transport } from './transport.tsx';
import { useFacts } from './use-facts.ts';

interface Tab {
  readonly id: string;
  readonly label: string;
  /** A picture of the visualizers' room. */
  readonly view?: string;
  readonly fits?: 'sentinel' | 'cluster';
}

/** What stands beside the machines; the last ones only where such servers are. */
const TABS: readonly Tab[] = [
  { id: 'events', label: 'Events' },
  { id: 'diagram', label: 'Space and time' },
  { id: 'goals', label: 'Goals' },
  { id: 'offsets', label: 'Offsets and backlog', view: 'replication' },
  { id: 'slots', label: 'Slot map', view: 'slots', fits: 'cluster' },
  { id: 'monitors', label: 'Monitors', view: 'monitors', fits: 'sentinel' },
  { id: 'failover', label: 'Failover', view: 'failover', fits: 'sentinel' },
  { id: 'beliefs', label: 'Beliefs', view: 'beliefs', fits: 'cluster' },
];

export interface FloorProps {
  session: LabSession;
  run: Run;
  /** The tab that the address asks for. */
  show: string | null;
  terminal: ReactNode;
  onTerminal: (machine: Machine) => void;
  onOpen: (opened: Opened) => void;
  onChoose: (id: string) => void;
  onAnew: () => void;
}

export function Floor({ session, run, show, terminal, onTerminal, onOpen, onChoose, onAnew }: FloorProps) {
  const [background, setBackground] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<EventClass>>(() => classesHiddenAtFirst(run.options.scenario));
  const [resume, setResume] = useState('1');
  const isNarrow = useMedia(NARROW);
  const deployment = deployments.find(({ id }) => id === run.id);
  // What is to be mended is told by its goals.
  const [chosen, setChosen] = useState(() => TABS.find(({ id }) => id === show)?.id ?? (deployment?.isBroken === true ? 'goals' : 'events'));
  const [small, setSmall] = useState(() => TABS.find(({ id }) => id === show)?.id ?? 'machines');
  const facts = useFacts(session, background);
  const goals = useGoals(session);
  const why = useWhy(session);
  const kinds = useMemo(() => kindsOf(run.options.scenario, facts.hosts), [run, facts.hosts]);
  const missing = useMemo(() => missingServices(facts, run.options.scenario), [run, facts]);
  const wrong = useMemo(() => inForce(facts, run.options.scenario, missing), [run, facts, missing]);
  const tabs = TABS.filter(({ fits }) => fits === undefined || kinds[fits]);
  const selected = isNarrow ? small : tabs.some(({ id }) => id === chosen) ? chosen : 'events';
  const select = isNarrow ? setSmall : setChosen;
  const machines = <div className="topology"><StoryBand session={session} /><Topology session={session} facts={facts} ledgers={goals?.ledgers ?? NO_LEDGERS} missing={missing} wrong={wrong} onTerminal={(machine) => { onTerminal(machine); setSmall('terminal'); }} /><FaultLine session={session} hosts={run.options.scenario.hosts.map(({ name }) => name)} wrong={wrong} /></div>;
  const all = isNarrow ? [{ id: 'machines', label: 'Machines' }, { id: 'terminal', label: 'Terminal' }, ...tabs] : tabs;
  const group = isNarrow ? 'deployment-small' : 'deployment-side';
  const side = (
    <section className="panel">
      <div className="panel-bar"><Tabs group={group} label="What is shown" tabs={all} selected={selected} onSelect={select} /></div>
      <div className="panel-body" role="tabpanel" id={tabPanelId(group, selected)} aria-labelledby={`${group}-tab-${selected}`}>
        {selected === 'machines' ? machines : selected === 'terminal' ? terminal
          : <Side tab={TABS.find(({ id }) => id === selected) ?? TABS[0]} session={session} facts={facts} goals={goals} why={why} background={background} onBackground={setBackground} hidden={hidden} onHidden={setHidden} />}
      </div>
    </section>
  );
  return (
    <div className="deployment">
      <div className="deployment-bar">
        <h1>Deployment</h1>
        <ScenarioField id={run.id} onChoose={onChoose} />
        <Transport session={session} facts={facts} resume={resume} onResume={setResume} />
        <span className="grow" />
        <GoalsChip goals={goals} onClick={() => select('goals')} />
        <RunMenu session={session} onOpen={onOpen} onAnew={run.id === SHARED ? undefined : onAnew} />
      </div>
      <Words run={run} isNarrow={isNarrow} onAnew={onAnew} />
      {deployment?.isBroken === true ? <Mended key={run.id} session={session} goals={goals} atUs={facts.atUs} of={deployment} wasActedOn={wasActedOn(run)} onChoose={onChoose} /> : null}
      <div className="deployment-body">
        {isNarrow ? side : (
          <Split id="deployment" direction="row" start={0.6} label="Between the machines and what happened"
            first={<Split id="deployment.left" direction="column" start={0.7} label="Between the machines and the terminals" first={machines} second={terminal as React.ReactElement} />}
            second={side} />
        )}
      </div>
    </div>
  );
}

const NO_LEDGERS: GoalFacts['ledgers'] = [];

interface SideProps {
  tab: Tab | undefined;
  session: LabSession;
  facts: DeploymentFacts;
  goals: GoalFacts | undefined;
  why: ReturnType<typeof useWhy>;
  background: boolean;
  onBackground: (on: boolean) => void;
  hidden: ReadonlySet<EventClass>;
  onHidden: (hidden: ReadonlySet<EventClass>) => void;
}

function Side({ tab, session, facts, goals, why, background, onBackground, hidden, onHidden }: SideProps) {
  const atUs = useSession(session, (state) => state.atUs);
  const view = tab?.view;
  const picture = useMemo(() => (view === undefined ? null : <Picture session={session} view={view} />), [session, view]);
  switch (tab?.id) {
    case 'events':
      return <div className="happened"><WhyPanel why={why} session={session} /><EventLog session={session} facts={facts} why={why} background={background} onBackground={onBackground} hidden={hidden} onHidden={onHidden} /></div>;
    case 'diagram':
      return <div className="happened"><WhyPanel why={why} session={session} /><SpaceTime session={session} facts={facts} why={why} hidden={hidden} onHidden={onHidden} /></div>;
    case 'goals':
      return <Goals goals={goals} atUs={atUs} />;
    default:
      return picture;
  }
}

function ScenarioField({ id, onChoose }: { id: string; onChoose: (id: string) => void }) {
  const options = (isBroken: boolean) => deployments.filter((each) => each.isBroken === isBroken).map((each) => <option key={each.id} value={each.id}>{each.title}</option>);
  return (
    <SelectField label="Scenario" quietLabel value={id} onChange={(event) => onChoose(event.target.value)}>
      {id === SHARED ? <option value={SHARED}>Opened from a link or file</option> : null}
      <optgroup label="Whole, to be broken">{options(false)}</optgroup>
      <optgroup label="Broken, to be mended">{options(true)}</optgroup>
    </SelectField>
  );
}

/** What the scenario is, and where a kept run goes on. On a phone folded, so that the machines have the room. */
function Words({ run, isNarrow, onAnew }: { run: Run; isNarrow: boolean; onAnew: () => void }) {
  const chosen = deployments.find((each) => each.id === run.id);
  const left = run.leftAtUs === undefined ? null : (
    <p className="deployment-left"><span className="grow">{run.foreign ? `Somebody else’s run, at ${clock(run.leftAtUs)}. It becomes yours when you change it.` : `Goes on where you left it, at ${clock(run.leftAtUs)}.`}</span>{chosen === undefined ? null : <Button small onClick={onAnew}>Begin anew</Button>}</p>
  );
  if (chosen === undefined) return left === null ? null : <div className="deployment-says">{left}</div>;
  const words = <p>{chosen.says} <strong>{chosen.first}</strong></p>;
  // What is to be mended says itself what to do; the rest is folded.
  const folded = chosen.isBroken ? <details><summary><strong>{chosen.first}</strong></summary><p>{chosen.says}</p></details> : <details><summary>What stands here</summary>{words}</details>;
  return <div className="deployment-says">{isNarrow ? folded : words}{left}</div>;
}

function GoalsChip({ goals, onClick }: { goals: GoalFacts | undefined; onClick: () => void }) {
  const line = goalsLine(goals);
  if (line === undefined) return null;
  return <button type="button" className="goals-chip" data-verdict={line.verdict} onClick={onClick}><Icon name={line.verdict === 'met' ? 'check' : line.verdict === 'violated' ? 'warning' : 'clock'} size={12} /> {line.text}</button>;
}

function RunMenu({ session, onOpen, onAnew }: { session: LabSession; onOpen: (opened: Opened) => void; onAnew: (() => void) | undefined }) {
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
