/*
 * The sandbox: a server of one's own. Keys on the left, a picture over the terminals in the middle, details,
 * log and files on the right; every panel can be closed and stays so. What was done is kept across visits as
 * a recording, and can be shared as one.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import type { Recording, Scenario } from '../../simulation/index.ts';
import { Button, Dialog, Empty, Icon, IconButton, Menu, NARROW, notify, Panel, PHONE, remember, remembered, Skeleton, Split, tabPanelId, Tabs, useMedia } from '../../ui/index.ts';
import { views } from '../../visualizers/views.tsx';
import { LabFrame } from '../lab/crash.tsx';
import { CommandLog } from '../lab/log.tsx';
import { Picture, pictureSource } from '../lab/picture.tsx';
import { useFocusInNext } from '../lab/keep-focus.ts';
import { useLabSession } from '../lab/provider.tsx';
import { type LabSession, type OpenOptions, useSession } from '../lab/session.ts';
import { Terminals, type TerminalPlan } from '../lab/terminals.tsx';
import { WorldButtons } from '../lab/world-buttons.tsx';
import { usePage } from '../page.tsx';
import { saveFile } from '../save-file.ts';
import { FilesPanel } from '../sandbox/files.tsx';
import { KeyBrowser } from '../sandbox/key-browser.tsx';
import { KeyDetails } from '../sandbox/key-details.tsx';
import { keepRecording } from '../sandbox/keep.ts';
import { placeOf } from '../sandbox/place.ts';
import { plansOf } from '../sandbox/plans.ts';
import { openFile, openLink, openText, recordingText, shareRecording, type Opened } from '../sandbox/share.ts';
import { complain, ShareDialog } from '../sandbox/share-dialog.tsx';
import { ONE_SERVER, SERVER } from '../scenarios.ts';
import { readRecord, removeRecord, writeRecord } from '../storage.ts';

const RECORD = 'sandbox';
/** The record of the learner's own sandbox while a shared one is kept in its place. */
const beforeOf = (record: string): string => `${record}.before`;
/** Where the output of the server goes that the world starts with. */
const SERVER_LOG = '/var/log/redis-server.log';
const FIRST: TerminalPlan = { tty: 'a', host: 'local', run: 'redis-cli' };

interface World {
  options: OpenOptions;
  plans: TerminalPlan[];
  /** Shared by someone: it is not saved over the learner's own until they change it. */
  foreign: boolean;
}

function newWorld(scenario: Scenario, foreign: boolean): World {
  return { options: { scenario }, plans: [FIRST], foreign };
}

function worldOf(recording: Recording | undefined, foreign: boolean): World {
  if (recording === undefined) return newWorld(ONE_SERVER, foreign);
  return { options: { scenario: recording.scenario, recording }, plans: plansOf(recording), foreign };
}

export default function Sandbox() {
  usePage('Sandbox', [{ label: 'Sandbox' }]);
  const [world, setWorld] = useState<World>();
  const [refusal, setRefusal] = useState<{ what: string; remedy: string }>();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const addressOnly = useRef(false);

  useEffect(() => {
    if (addressOnly.current) {
      addressOnly.current = false;
      return;
    }
    let gone = false;
    const load = async () => {
      if (hash.startsWith('#s=')) {
        const opened = await openLink(hash);
        if (gone) return;
        if ('recording' in opened) {
          setRefusal(undefined);
          setWorld(worldOf(opened.recording, true));
          return;
        }
        setRefusal(opened);
      }
      const kept = await placeOf(RECORD).then(readRecord).catch(() => undefined);
      const own = typeof kept === 'string' ? await openText(kept) : undefined;
      if (gone) return;
      if (own !== undefined && 'what' in own) notify({ id: 'sandbox', kind: 'problem', text: `Your last sandbox could not be opened. ${own.what} A new one has begun.` });
      setWorld(worldOf(own !== undefined && 'recording' in own ? own.recording : undefined, false));
    };
    void load();
    return () => { gone = true; };
  }, [hash]);

  const open = useCallback((opened: Opened) => {
    if ('what' in opened) {
      setRefusal(opened);
      return;
    }
    setRefusal(undefined);
    setWorld('recording' in opened ? worldOf(opened.recording, true) : newWorld(opened.scenario, true));
  }, []);
  useDroppedSandbox(open);
  /** Takes the link out of the address; the world that stands, or comes next, is not to be loaded again for that. */
  const leaveLink = useCallback(() => {
    if (hash === '') return;
    addressOnly.current = true;
    void navigate('/sandbox', { replace: true });
  }, [hash, navigate]);
  const startNew = useCallback(() => {
    leaveLink();
    setWorld(worldOf(undefined, false));
  }, [leaveLink]);

  const goBack = useCallback(() => {
    const load = async () => {
      const record = await placeOf(RECORD);
      const kept = await readRecord(beforeOf(record));
      if (typeof kept !== 'string') return;
      await writeRecord(record, kept);
      await removeRecord(beforeOf(record));
      const own = await openText(kept);
      leaveLink();
      setWorld(worldOf('recording' in own ? own.recording : undefined, false));
    };
    void load();
  }, [leaveLink]);

  if (world === undefined) return <Skeleton label="Opening the sandbox" />;
  return (
    <>
      {refusal === undefined ? null : <p className="lab-problem" role="alert"><strong>{refusal.what}</strong> {refusal.remedy} <Button small onClick={() => { setRefusal(undefined); leaveLink(); }}>Close</Button></p>}
      <Room world={world} onOpen={open} onNew={startNew} onBack={goBack} onRefused={setRefusal} />
    </>
  );
}

/** A sandbox or snapshot that is dropped anywhere on the page is opened. */
function useDroppedSandbox(open: (opened: Opened) => void): void {
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      if (file === undefined || event.defaultPrevented) return;
      event.preventDefault();
      void openFile(file).then(open, () => open({ what: `${file.name} could not be read.`, remedy: 'Your own sandbox is untouched.' }));
    };
    document.addEventListener('dragover', over);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('drop', drop);
    };
  }, [open]);
}

/** Says why, when the server of this world would not start: the last warning in its log. */
function useStartFault(session: LabSession | undefined, world: World, onRefused: (refusal: { what: string; remedy: string }) => void): void {
  useEffect(() => {
    if (session === undefined || world.options.recording !== undefined || world.options.scenario === ONE_SERVER) return;
    let gone = false;
    const look = async () => {
      const runs = await session.ask({ about: 'databases', ...SERVER }).then(() => true, () => false);
      if (runs || gone) return;
      const log = await session.ask({ about: 'file', host: SERVER.host, path: SERVER_LOG }).then((file) => file.content, () => '');
      const told = log.split('\n').findLast((line) => line.includes(' # '));
      if (!gone) onRefused({ what: `The server would not load this file${told === undefined ? '.' : `: ${told.slice(told.indexOf(' # ') + 3)}`}`, remedy: `All it said stands in ${SERVER_LOG}. Your own sandbox is untouched: "Begin a new sandbox" or a reload leads back to it.` });
    };
    void look();
    return () => { gone = true; };
  }, [session, world, onRefused]);
}

interface RoomProps {
  world: World;
  onOpen: (opened: Opened) => void;
  onNew: () => void;
  onBack: () => void;
  onRefused: (refusal: { what: string; remedy: string }) => void;
}

function Room({ world, onOpen, onNew, onBack, onRefused }: RoomProps) {
  const session = useLabSession('sandbox', world.options);
  const [terminals, setTerminals] = useState({ world, plans: world.plans, selected: world.plans[0]?.tty ?? 'a' });
  const now = terminals.world === world ? terminals : { world, plans: world.plans, selected: world.plans[0]?.tty ?? 'a' };
  useKeep(session, world, onBack);
  useStartFault(session, world, onRefused);
  useFocusInNext(session);
  const add = (run: string | undefined) => {
    const tty = [...'abcdefghijklmnopqrstuvwxyz'].find((name) => !now.plans.some((plan) => plan.tty === name));
    if (tty === undefined) return;
    setTerminals({ ...now, plans: [...now.plans, { tty, host: FIRST.host, ...(run === undefined ? {} : { run }) }], selected: tty });
  };
  const close = (tty: string) => {
    if (now.plans.length < 2) return;
    session?.closeTerminal(tty);
    const plans = now.plans.filter((plan) => plan.tty !== tty);
    setTerminals({ ...now, plans, selected: plans[0]?.tty ?? 'a' });
  };
  if (session === undefined) return <Skeleton label="Starting the server" />;
  const terminal = (
    <Terminals session={session} plans={now.plans} selected={now.selected} onSelect={(selected) => setTerminals({ ...now, selected })} onAdd={add} onClose={close} actions={<WorldButtons session={session} />} />
  );
  return <LabFrame session={session}><Panels session={session} seed={world.options.scenario.seed} terminal={terminal} bar={<Bar session={session} seed={world.options.scenario.seed} onOpen={onOpen} onNew={onNew} onShell={() => add(undefined)} />} /></LabFrame>;
}

/**
 * Keeps the recording across visits. A shared world is kept from the moment the learner does something in it; what was
 * kept until then is put aside.
 */
function useKeep(session: LabSession | undefined, world: World, onBack: () => void): void {
  useEffect(() => {
    if (session === undefined) return;
    let putAside = !world.foreign;
    return keepRecording(session, {
      what: 'this sandbox', onlyTouched: world.foreign, withTime: false,
      save: async (text) => {
        const record = await placeOf(RECORD);
        if (!putAside) {
          putAside = true;
          const own = await readRecord(record);
          if (own !== undefined) {
            await writeRecord(beforeOf(record), own);
            notify({ id: 'sandbox', text: 'From now on this shared sandbox is the one that is kept. Your own from before was put aside.', actions: [{ label: 'Go back to mine', onSelect: onBack }] });
          }
        }
        await writeRecord(record, text);
      },
    });
  }, [session, world, onBack]);
}

function Bar({ session, seed, onOpen, onNew, onShell }: { session: LabSession; seed: number; onOpen: (opened: Opened) => void; onNew: () => void; onShell: () => void }) {
  const [shared, setShared] = useState<string>();
  const [asking, setAsking] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const phone = useMedia(PHONE);
  const navigate = useNavigate();
  const share = async () => {
    const made = await shareRecording(await session.ask({ about: 'recording' }));
    if ('link' in made) setShared(made.link);
    else {
      saveFile(made.file, made.name);
      notify({ id: 'share', text: 'This sandbox is too long for a link, so it was saved as a file. Whoever gets the file opens it here from the menu.' });
    }
  };
  const saveAs = async () => saveFile(new Blob([await recordingText(await session.ask({ about: 'recording' }))], { type: 'text/plain' }), 'sandbox.keyspace');
  return (
    <>
      {phone ? null : <Button small look="quiet" icon="terminal" onClick={onShell}>Shell</Button>}
      {phone ? null : <Button small look="quiet" icon="share" onClick={() => void share().catch(complain)}>Share</Button>}
      <Menu label="More" items={[
        ...(phone ? [
          { id: 'shell', label: 'Open a shell', icon: 'terminal' as const, onSelect: onShell },
          { id: 'share', label: 'Share', icon: 'share' as const, onSelect: () => void share().catch(complain) },
          { id: 'seed', label: `Chance from seed ${seed}`, icon: 'help' as const, onSelect: () => notify({ id: 'seed', text: SEED_MEANS }) },
        ] : []),
        { id: 'deployments', label: 'Deployments: several machines', icon: 'split', onSelect: () => void navigate('/sandbox/deployments') },
        { id: 'new', label: 'Begin a new sandbox', icon: 'plus', onSelect: () => setAsking(true) },
        { id: 'save', label: 'Save as a file', icon: 'download', onSelect: () => void saveAs().catch(complain) },
        { id: 'open', label: 'Open a sandbox or an RDB file', icon: 'upload', onSelect: () => file.current?.click() },
      ]}><Icon name="more" /></Menu>
      <input ref={file} type="file" hidden aria-label="Sandbox file" accept=".keyspace,.rdb,text/plain" onChange={(event) => {
        const chosen = event.target.files?.[0];
        event.target.value = '';
        if (chosen !== undefined) void openFile(chosen).then(onOpen, complain);
      }} />
      <ShareDialog link={shared} onClose={() => setShared(undefined)} title="Share this sandbox" says="Whoever opens this link gets the same server in the same state, with everything that was typed, passwords included. The link holds all of it; nothing is uploaded." />
      <Dialog open={asking} onClose={() => setAsking(false)} title="Begin a new sandbox?" actions={<><Button onClick={() => setAsking(false)}>Keep this one</Button><Button look="primary" onClick={() => { setAsking(false); onNew(); }}>Begin anew</Button></>}>
        <p>Keys, files and terminals of this one are given up. Save it as a file first if you want to come back to it.</p>
      </Dialog>
    </>
  );
}

/** What the number in the bar is for. */
const SEED_MEANS = 'Whatever looks random here follows from this number: which member SPOP takes, the server’s run id. So the same steps always give the same answers, and a shared sandbox is the same elsewhere.';

type Shown = Readonly<Record<'keys' | 'picture' | 'details', boolean>>;

function Panels({ session, seed, terminal, bar }: { session: LabSession; seed: number; terminal: React.ReactNode; bar: React.ReactNode }) {
  const phone = useMedia(PHONE);
  const narrow = useMedia(NARROW);
  const [shown, setShown] = useState<Shown>(() => {
    const kept = remembered('sandbox.panels')?.split(' ');
    return { keys: kept?.includes('keys') ?? true, picture: kept?.includes('picture') ?? true, details: kept?.includes('details') ?? true };
  });
  const [chosen, setChosen] = useState<{ db: number; key: string }>();
  const [right, setRight] = useState('key');
  // With room for two, the picture stands over the terminal; a phone begins with the terminal alone.
  const [small, setSmall] = useState(phone ? 'terminal' : 'picture');
  const [view, setView] = useState(() => remembered('sandbox.view') ?? Object.keys(views)[0] ?? '');
  const choose = useCallback((choice: { db: number; key: string } | undefined) => {
    setChosen(choice);
    if (choice !== undefined) setRight('key');
  }, []);
  const toggle = (panel: keyof Shown) => {
    const next = { ...shown, [panel]: !shown[panel] };
    setShown(next);
    remember('sandbox.panels', Object.entries(next).filter(([, on]) => on).map(([name]) => name).join(' ') || 'none');
  };
  const speed = useSession(session, (state) => state.speed);
  const params = useMemo(() => (chosen === undefined ? {} : { db: chosen.db, key: chosen.key }), [chosen]);
  const current = views[view] === undefined ? Object.keys(views)[0] ?? '' : view;

  const details = <KeyPane session={session} chosen={chosen} />;
  const log = <CommandLog session={session} />;
  const files = <FilesPanel session={session} />;
  const keys = <KeyBrowser session={session} chosen={chosen} onChoose={choose} />;
  const picture = current === '' ? null : <div className="sourced"><p className="source-line">{pictureSource(params)}</p><Picture session={session} view={current} params={params} /></div>;
  const viewTabs = <Tabs group="sandbox-view" label="Pictures" tabs={Object.entries(views).map(([id, entry]) => ({ id, label: entry.title }))} selected={current} onSelect={(id) => { setView(id); remember('sandbox.view', id); }} />;

  if (phone || narrow) {
    const tabs = [{ id: 'terminal', label: 'Terminal' }, { id: 'keys', label: 'Keys' }, { id: 'picture', label: 'Picture' }, { id: 'log', label: 'Log' }, { id: 'files', label: 'Files' }];
    const other = small === 'keys' ? <KeyBrowser session={session} /> : small === 'picture' ? <Panel title={viewTabs} label="Picture">{picture}</Panel> : small === 'log' ? log : small === 'files' ? files : null;
    return (
      <div className="sandbox" data-region="tools">
        <h1 className="only-read">Sandbox</h1>
        <div className="sandbox-bar"><Tabs group="sandbox-small" label="Panels" tabs={tabs} selected={small} onSelect={setSmall} /><span className="grow" />{phone ? null : <span className="panel-detail" title={SEED_MEANS}>seed {seed}</span>}{bar}</div>
        <div className="sandbox-small" role="tabpanel" id={tabPanelId('sandbox-small', small)} aria-labelledby={`sandbox-small-tab-${small}`}>
          {/* The terminal stays in place, so that coming back does not draw it anew. */}
          <div hidden={small !== 'terminal' && !(narrow && !phone)}>{terminal}</div>
          {other === null ? null : <div className="sandbox-over">{other}</div>}
        </div>
      </div>
    );
  }

  const rightTabs = [{ id: 'key', label: 'Key' }, { id: 'log', label: 'Log' }, { id: 'files', label: 'Files' }];
  const rightPanel = (
    <Panel title={<Tabs group="sandbox-right" label="Details" tabs={rightTabs} selected={right} onSelect={setRight} />} label="Details" actions={<IconButton icon="close" label="Close details" onClick={() => toggle('details')} />}>
      <div className="tool-body" role="tabpanel" id={tabPanelId('sandbox-right', right)} aria-labelledby={`sandbox-right-tab-${right}`}>{right === 'key' ? details : right === 'log' ? log : files}</div>
    </Panel>
  );
  const middle = shown.picture && current !== '' ? (
    <Split id="sandbox.middle" direction="column" start={0.54} least={[140, 140]} label="Between picture and terminals"
      first={<Panel title={viewTabs} label="Picture" actions={<IconButton icon="close" label="Close the picture" onClick={() => toggle('picture')} />}><div className="tool-body" role="tabpanel" id={tabPanelId('sandbox-view', current)} aria-labelledby={`sandbox-view-tab-${current}`}>{picture}</div></Panel>}
      second={terminal} />
  ) : terminal;
  const withRight = shown.details ? <Split id="sandbox.right" direction="row" start={0.7} least={[340, 260]} label="Between the middle and the details" first={middle} second={<div className="side" data-region="details">{rightPanel}</div>} /> : middle;
  const all = shown.keys ? (
    <Split id="sandbox.left" direction="row" start={0.21} least={[200, 500]} label="Between keys and the middle"
      first={<div className="side" data-region="keys"><Panel title="Keys" label="Keys" actions={<IconButton icon="close" label="Close keys" onClick={() => toggle('keys')} />}>{keys}</Panel></div>} second={withRight} />
  ) : withRight;
  return (
    <div className="sandbox">
      <div className="sandbox-bar" data-region="bar">
        <h1 className="panel-title">One server</h1><span className="panel-detail" title={SEED_MEANS}>local{speed === 0 ? ', time stands still' : ''}; chance from seed {seed}: the same steps, the same answers</span>
        <span className="grow" />
        {(['keys', 'picture', 'details'] as const).map((panel) => <Button key={panel} small look="quiet" aria-pressed={shown[panel]} onClick={() => toggle(panel)}>{panel === 'keys' ? 'Keys' : panel === 'picture' ? 'Picture' : 'Details'}</Button>)}
        <span className="sandbox-rule" />
        {bar}
      </div>
      <div className="sandbox-body">{all}</div>
    </div>
  );
}

function KeyPane({ session, chosen }: { session: LabSession; chosen: { db: number; key: string } | undefined }) {
  if (chosen === undefined) return <Empty title="No key chosen"><p>Choose a key on the left to see its type, encoding, lifetime, memory and value.</p></Empty>;
  return <KeyDetails session={session} db={chosen.db} name={chosen.key} />;
}
