/* Many machines on a plane: a mark and a name for each, one in hand with all that can be done to it. See crowd-facts.ts. */
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Icon, IconButton, Menu, REDUCED_MOTION, SelectField, useMedia } from '../../ui/index.ts';
import { useWidth } from '../../visualizers/stage/index.tsx';
import { type LabSession, useSession } from '../lab/session.ts';
import { belongingOf, CELL, cellWords, crowdPlan, crowdWords, groupsOf, healthOf, neighbour, type Belonging, type Health } from './crowd-facts.ts';
import { isOdd, pairWords, type DeploymentFacts, type Machine, type Pair, type Part } from './facts.ts';
import type { InForce } from './in-force.ts';
import { drawFlights, flightsOf, inksOf } from './flights.ts';
import { hostFaults, linkFaults } from './fault-menus.ts';
import { PartMark } from './part-mark.tsx';

interface CrowdProps {
  session: LabSession;
  facts: DeploymentFacts;
  machines: readonly Machine[];
  pairs: readonly Pair[];
  wrong: readonly InForce[];
  onTerminal: (machine: Machine) => void;
}

/** Where machines lay, for each run: it holds when the picture is closed and opened again. */
const places = new WeakMap<LabSession, Belonging>();
const NOWHERE: Belonging = new Map();

export function Crowd({ session, facts, machines, pairs, wrong, onTerminal }: CrowdProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const [chosen, setChosen] = useState<string>();
  const belongs = useMemo(() => belongingOf(machines, places.get(session) ?? NOWHERE), [machines, session]);
  useEffect(() => { places.set(session, belongs); }, [session, belongs]);
  // Where machines lie depends on who belongs together, and on nothing else that a look brings.
  const plan = useMemo(() => crowdPlan(groupsOf(belongs), width), [belongs, width]);
  const machine = machines.find(({ name }) => name === chosen);
  const inHand = chosen ?? machines[0]?.name ?? '';
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = neighbour(plan.places, inHand, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-machine="${next}"]`)?.focus();
  };
  return (
    <>
      <p className="crowd-words">{crowdWords(machines, belongs, pairs, facts.links.busConnections)}</p>
      <InHand session={session} machine={machine} machines={machines} pairs={pairs} wrong={wrong} onTerminal={onTerminal} />
      <div ref={place} className="crowd" style={{ height: plan.height }} role="group" aria-label="Machines; arrow keys go from one to the next" onKeyDown={onKeyDown}>
        {width === 0 ? null : plan.boxes.map(({ key, ...box }) => <i key={key} className="crowd-group" style={{ left: box.x, top: box.y, width: box.width, height: box.height }} />)}
        {width === 0 ? null : machines.map((each) => {
          const at = plan.places.get(each.name);
          return at === undefined ? null : <Cell key={each.name} name={each.name} part={each.part} health={healthOf(each, belongs)} words={cellWords(each)} x={at.x} y={at.y} isChosen={each.name === chosen} isInHand={each.name === inHand} onChoose={setChosen} />;
        })}
        {width === 0 ? null : <Flights session={session} facts={facts} pairs={pairs} places={plan.places} width={width} height={plan.height} />}
      </div>
    </>
  );
}

interface CellProps {
  name: string;
  part: Part;
  health: Health;
  words: string;
  x: number;
  y: number;
  isChosen: boolean;
  isInHand: boolean;
  onChoose: (name: string) => void;
}

/** Drawn again only when something of it has changed. */
const Cell = memo(function Cell({ name, part, health, words, x, y, isChosen, isInHand, onChoose }: CellProps) {
  return (
    <button type="button" className="crowd-machine" data-machine={name} data-health={health} aria-pressed={isChosen} aria-label={words} title={words} tabIndex={isInHand ? 0 : -1} style={{ left: x - CELL.width / 2, top: y - CELL.height / 2, width: CELL.width, height: CELL.height }} onClick={() => onChoose(name)}>
      <PartMark part={part} size={11} /> {name}{health === 'well' || health === 'idle' ? null : <Icon name={health === 'trouble' ? 'warning' : 'clock'} size={10} />}
    </button>
  );
});

/** The chosen machine: what it is, a terminal on it, what can go wrong with it and with its link to any other. */
function InHand({ session, machine, machines, pairs, wrong, onTerminal }: Pick<CrowdProps, 'session' | 'machines' | 'pairs' | 'wrong' | 'onTerminal'> & { machine: Machine | undefined }) {
  const [other, setOther] = useState('');
  if (machine === undefined) return <p className="crowd-hand crowd-hint">Choose a machine to see what it does and to break it.</p>;
  const near = machine.follows !== '' ? machine.follows : machines.find(({ follows }) => follows === machine.name)?.name;
  const peer = machines.some(({ name }) => name === other && name !== machine.name) ? other : near ?? machines.find(({ name }) => name !== machine.name)?.name ?? '';
  const pair = pairs.find(({ a, b }) => (a === machine.name && b === peer) || (a === peer && b === machine.name));
  const between: Pair = pair ?? { a: machine.name, b: peer, connections: 0, there: '', back: '', settings: '', isFollowed: false };
  return (
    <section className="crowd-hand" aria-label={`Machine ${machine.name}`}>
      <PartMark part={machine.part} />
      <h2>{machine.name}</h2>
      <p>{machine.says}{machine.slots === 0 ? '' : `, ${machine.slots.toLocaleString('en')} slots`}{machine.trouble === '' ? '' : <>; <strong>{machine.trouble}</strong></>}</p>
      <span className="crowd-doing">
        <IconButton icon="terminal" label={`Open a terminal on ${machine.name}`} onClick={() => onTerminal(machine)} />
        <Menu label={`Break or mend ${machine.name}`} items={hostFaults(session, machine, wrong)}><Icon name="more" /></Menu>
      </span>
      <span className="crowd-doing">
        <SelectField label="Link to" value={peer} onChange={(event) => setOther(event.target.value)}>
          {machines.filter(({ name }) => name !== machine.name).map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </SelectField>
        {isOdd(between) ? <span className="crowd-link">{pairWords(between).replace(/^.*?: /, '')}</span> : null}
        <Menu label={`Break or mend the link ${between.a} and ${between.b}`} items={linkFaults(session, between)}><Icon name="more" /></Menu>
      </span>
    </section>
  );
}

function Flights({ session, facts, pairs, places, width, height }: Pick<CrowdProps, 'session' | 'facts' | 'pairs'> & { places: ReturnType<typeof crowdPlan>['places']; width: number; height: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const speed = useSession(session, (state) => state.speed);
  const stands = useMedia(REDUCED_MOTION);
  // The size of a canvas is set only when it changes: setting it takes a new buffer.
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const scale = window.devicePixelRatio;
    element.width = width * scale;
    element.height = height * scale;
    element.getContext('2d')?.scale(scale, scale);
  }, [width, height]);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const inks = inksOf(element);
    const flights = flightsOf(facts.inFlight, places, facts.atUs, stands ? 0 : speed);
    const odd = pairs.filter(isOdd);
    const begun = performance.now();
    let frame = 0;
    const draw = () => {
      if (drawFlights(context, flights, odd, places, inks, performance.now() - begun)) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [facts, pairs, places, speed, stands, width, height]);
  return <canvas ref={canvas} className="crowd-flights" style={{ width, height }} aria-hidden="true" />;
}
