/*
 * The deployment as a picture: machines by the part they play, what lies between them, messages on their way. Every
 * machine and every link has a menu of what can go wrong with it; words say all of it again. Many machines are a crowd.
 */
import { useMemo, useState } from 'react';
import { Button, Icon, IconButton, Menu } from '../../ui/index.ts';
import { useRoom, useWidth } from '../../visualizers/stage/index.tsx';
import type { Answers } from '../../lab/protocol.ts';
import type { LabSession } from '../lab/session.ts';
import { MOST_CARDS } from './crowd-facts.ts';
import { Crowd } from './crowd.tsx';
import { barrierWord, describeDeployment, machinesOf, menuPlaceOf, pairsOf, pairWords, placesOf, progressOf, ringHeight, withoutCommon, type DeploymentFacts, type Machine, type Pair } from './facts.ts';
import { hostFaults, linkFaults } from './fault-menus.ts';
import { PartMark } from './part-mark.tsx';

const CARD = { width: 158, height: 84 };
const [MIN_HEIGHT, MAX_HEIGHT] = [330, 520];
/** Messages that are drawn at once. */
const DRAWN = 60;

interface TopologyProps {
  session: LabSession;
  facts: DeploymentFacts;
  ledgers: Answers['goals']['ledgers'];
  onTerminal: (machine: Machine) => void;
}

export function Topology({ session, facts, ledgers, onTerminal }: TopologyProps) {
  const [asText, setAsText] = useState(false);
  const machines = useMemo(() => machinesOf(facts, ledgers), [facts, ledgers]);
  const { pairs, common } = useMemo(() => withoutCommon(pairsOf(facts)), [facts]);
  const plane = { session, facts, machines, pairs, onTerminal };
  return (
    <section className="topology" aria-label="Machines and links">
      <div className="topology-bar">
        <span className="topology-key"><PartMark part="master" size={11} /> master <PartMark part="replica" size={11} /> replica <PartMark part="sentinel" size={11} /> Sentinel <PartMark part="client" size={11} /> client{common === '' ? null : <span className="topology-common">links {common}</span>}</span>
        <span className="grow" />
        {facts.links.rules.length === 0 ? null : <Button small icon="undo" onClick={() => session.fault('heal')}>Heal</Button>}
        <Button small look="quiet" icon="text" aria-pressed={asText} onClick={() => setAsText(!asText)}>Text</Button>
      </div>
      <div className="topology-field" tabIndex={0} role="group" aria-label="Picture of the deployment">
        {asText ? <p className="topology-words">{describeDeployment(facts, ledgers)}</p> : machines.length > MOST_CARDS ? <Crowd {...plane} /> : <Cards {...plane} />}
      </div>
    </section>
  );
}

interface CardsProps extends Pick<TopologyProps, 'session' | 'facts' | 'onTerminal'> {
  machines: readonly Machine[];
  pairs: readonly Pair[];
}

function Cards({ session, facts, machines, pairs, onTerminal }: CardsProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const room = useRoom(place);
  const isNarrow = width < 3 * CARD.width + 40;
  const rows = isNarrow ? Math.ceil(machines.length / 2) : 0;
  const names = machines.map((each) => each.name);
  // The whole ring is to be seen without scrolling where that is possible.
  const height = isNarrow ? rows * (CARD.height + 44) : ringHeight(names, width, Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, room - 16)), MAX_HEIGHT, CARD);
  const places = placesOf(names, Math.max(width, 2 * CARD.width + 8), height, CARD);
  const messages = facts.inFlight.filter((each) => !each.isBackground || facts.inFlight.length < 12).slice(0, DRAWN);
  return (
    <div ref={place}>{width === 0 ? null : (
      <div className="topology-plane" style={{ height }}>
          <svg width={width} height={height} aria-hidden="true">
            {pairs.map((pair) => {
              const [a, b] = [places.get(pair.a), places.get(pair.b)];
              return a === undefined || b === undefined ? null : <path key={`${pair.a} ${pair.b}`} d={`M${a.x} ${a.y}L${b.x} ${b.y}`} className="link" data-barrier={barrierWord(pair)} data-connected={pair.connections > 0} data-odd={pair.settings !== ''} />;
            })}
          </svg>
          {machines.map((machine) => {
            const at = places.get(machine.name);
            if (at === undefined) return null;
            return (
              <article key={machine.name} className="machine" data-state={machine.state} style={{ left: at.x - CARD.width / 2, top: at.y - CARD.height / 2, width: CARD.width, minHeight: CARD.height }} aria-label={machine.name}>
                <header>
                  <PartMark part={machine.part} />
                  <h2>{machine.name}</h2>
                  <span className="grow" />
                  <IconButton icon="terminal" label={`Open a terminal on ${machine.name}`} onClick={() => onTerminal(machine)} />
                  <Menu label={`What can go wrong with ${machine.name}`} items={hostFaults(session, machine)}><Icon name="more" /></Menu>
                </header>
                <p>{machine.says}</p>
                <p className="machine-address">{machine.trouble === '' ? machine.address : <strong>{machine.trouble}</strong>}</p>
              </article>
            );
          })}
          {pairs.map((pair) => {
            const [a, b] = [places.get(pair.a), places.get(pair.b)];
            if (a === undefined || b === undefined) return null;
            const word = barrierWord(pair);
            const at = menuPlaceOf(a, b, places.values(), CARD);
            return (
              <div key={`${pair.a} ${pair.b}`} className="link-menu" data-barrier={word} style={{ left: at.x, top: at.y }}>
                {word === '' && pair.settings === '' ? null : <span className="link-word">{[word, pair.settings].filter((each) => each !== '').join(', ')}</span>}
                <Menu label={`What can go wrong between ${pairWords(pair)}`} items={linkFaults(session, pair)}><Icon name="more" size={12} /></Menu>
              </div>
            );
          })}
          {messages.map((message) => {
            const [a, b] = [places.get(message.from), places.get(message.to)];
            if (a === undefined || b === undefined) return null;
            // Beside its line, to the right of its way, so that the two directions do not cover each other; words are wider than high.
            const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
            const part = 0.22 + 0.56 * progressOf(message, facts.atUs);
            const x = a.x + (b.x - a.x) * part - ((b.y - a.y) / length) * 46;
            const y = a.y + (b.y - a.y) * part + ((b.x - a.x) / length) * 26;
            return (
              <span key={message.id} className="flight" data-stopped={message.stopped ?? 'no'} data-background={message.isBackground} style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` }} title={`${message.label} from ${message.from} to ${message.to}, ${message.bytes} bytes`}>
                {message.label}
                {message.stopped === 'held' ? <button type="button" aria-label={`Let ${message.label} from ${message.from} to ${message.to} pass`} onClick={() => session.fault(`release ${message.id}`)}>▸</button> : null}
              </span>
            );
          })}
      </div>
    )}</div>
  );
}
