/* A live picture of a lab: watches a visualizer, loads its drawing and puts it on the stage. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Skeleton } from '../../ui/index.ts';
import type { AnyVisualizerView, Seen, Stage } from '../../visualizers/stage/index.tsx';
import { loadStage, views } from '../../visualizers/views.tsx';
import { SERVER } from '../scenarios.ts';
import { useAnswer } from './asking.ts';
import { commandText } from './log.tsx';
import { shownBytes } from './bytes-text.ts';
import { type LabSession, useSession } from './session.ts';

export interface PictureProps {
  session: LabSession;
  view: string;
  params?: Readonly<Record<string, unknown>>;
  withoutPrompts?: boolean;
}

/** A picture in a world without a terminal, or whose terminal is busy from the start, waits no longer than this for a prompt. */
const PATIENCE_MS = 1500;

/** Whether a terminal has shown a prompt: the words come first, the picture's drawing and its data after them. */
function usePrompted(session: LabSession): boolean {
  const prompts = useSession(session, (state) => Object.values(state.foregrounds).some(({ prompt }) => prompt !== ''));
  const isReady = useSession(session, (state) => state.phase === 'ready');
  const [prompted, setPrompted] = useState(prompts);
  useEffect(() => {
    if (prompted || !isReady) return;
    const timer = setTimeout(() => setPrompted(true), prompts ? 0 : PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [prompted, prompts, isReady]);
  return prompted;
}

const NO_PARAMS: Readonly<Record<string, unknown>> = {};

/** Another view is another picture: what was seen of the one must not reach the drawing of the other. */
export function Picture(props: PictureProps) {
  return <OnePicture key={props.view} {...props} />;
}

function OnePicture({ session, view, params = NO_PARAMS, withoutPrompts = false }: PictureProps) {
  const [visualizer, setVisualizer] = useState<{ drawing: AnyVisualizerView; On: typeof Stage }>();
  const [fault, setFault] = useState(false);
  const [changed, setChanged] = useState<Readonly<Record<string, unknown>>>(NO_PARAMS);
  const [seen, setSeen] = useState<Seen<unknown>>();
  const [visible, setVisible] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const speed = useSession(session, (state) => state.speed);
  const prompted = usePrompted(session);
  const given = JSON.stringify(params);
  const all = useMemo(() => ({ ...(JSON.parse(given) as Record<string, unknown>), ...changed }), [given, changed]);
  const needsKeys = visualizer?.drawing.controls?.some((control) => control.kind === 'key') === true;
  const db = typeof all['db'] === 'number' ? all['db'] : 0;
  const { value: page } = useAnswer(session, needsKeys && visible ? { about: 'keys', ...SERVER, db, pattern: '*', limit: 200 } : undefined);
  const [last, setLast] = useState<string>();

  useEffect(() => {
    if (!prompted) return;
    let gone = false;
    setVisualizer(undefined);
    setFault(false);
    const drawing = views[view]?.load();
    if (drawing !== undefined) Promise.all([drawing, loadStage()]).then(([module, On]) => { if (!gone) setVisualizer({ drawing: module.default, On }); }, () => { if (!gone) setFault(true); });
    return () => { gone = true; };
  }, [view, prompted]);

  // A picture that nobody sees costs nothing: it is watched only while it is on the screen.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const watch = new IntersectionObserver((entries) => setVisible(entries.some((entry) => entry.isIntersecting)));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    if (!prompted || !visible || views[view] === undefined) return;
    return session.watch(view, all, setSeen);
  }, [session, view, all, visible, prompted]);

  useEffect(() => session.onLog((entries) => {
    const entry = entries.findLast((candidate) => candidate.isWrite);
    if (entry !== undefined) setLast(commandText(entry).slice(0, 80));
  }), [session]);

  const onParams = useCallback((change: Readonly<Record<string, unknown>>) => setChanged((before) => ({ ...before, ...change })), []);
  return (
    <div ref={place} className="picture">
      {fault ? <p className="lab-problem" role="alert">This picture could not be loaded. Load the page again when the network is back.</p>
        : visualizer === undefined ? (views[view] === undefined ? <p className="lab-problem">There is no picture named “{view}”.</p> : <Skeleton label="Loading the picture" />)
        : <visualizer.On visualizer={visualizer.drawing} seen={seen} params={all} onParams={onParams} keys={(page?.keys ?? []).map((key) => key.key)} lastCommand={last} withoutPrompts={withoutPrompts}
            transport={{ speed, setSpeed: (wanted) => session.pace(wanted), advance: (us) => session.advance(us) }} />}
    </div>
  );
}

export function pictureTitle(view: string): string {
  return views[view]?.title ?? view;
}

/** Where a picture's facts come from, for the bar above it. */
export function pictureSource(params: Readonly<Record<string, unknown>> = NO_PARAMS): string {
  const db = params['db'];
  const key = params['key'];
  return `live from ${SERVER.host}:${SERVER.port}${db === undefined ? ', db0' : `, db${String(db)}`}${typeof key === 'string' && key !== '' ? `, ${shownBytes(key)}` : ''}`;
}
