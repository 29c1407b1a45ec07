/*
 * The deployment as a picture: machines by the part they play, what lies between them, messages on their way. Every
 * machine and every link has a menu of what can go wrong with it; words say all of it again. Many machines are a crowd.
 */
import { useMemo, useState } from 'react';
import { Button, Icon, IconButton, Menu, Skeleton } from '../../ui/index.ts';
import { useRoom, useWidth } from '../../visualizers/stage/index.tsx';
import type { Answers } from '../../lab/protocol.ts';
import type { LabSession } from '../lab/session.ts';
import { MOST_CARDS } from './crowd-facts.ts';
import { Crowd } from './crowd.tsx';
import { barrierWord, describeDeployment, drawnMessages, machinesOf, menuPlaceOf, menuWidth, pairsOf, pairWords, placesOf, progressOf, ringHeight, withoutCommon, type DeploymentFacts, type Machine, type MenuPlace, type Pair } from './facts.ts';
import { hostFaults, linkFaults } from './fault-menus.ts';
import type { InForce } from './in-force.ts';
import { PartMark } from './part-mark.tsx';

const CARD = { width: 158, height: 80 };
/** Where a ring of those would be higher than its room, cards leave out the address. */
const LOW_CARD = { width: 158, height: 64 };
const LEAST_LOW = 250;
/** Words of so many letters take two lines of a card; where there are more, the address makes room. */
const TWO_LINES = 42;
const [MIN_HEIGHT, MAX_HEIGHT] = [330, 520];
/** Messages that are drawn at once. */
const DRAWN = 60;

/** What the marks of the machines mean. */
const KEY = [['master', 'master'], ['replica', 'replica'], ['sentinel', 'Sentinel'], ['client', 'client']] as const;

interface TopologyProps {
  session: LabSession;
  facts: DeploymentFacts;
  ledgers: Answers['goals']['ledgers'];
  /** What should run and does not, by machine, and all that is wrong. */
  missing: ReadonlyMap<string, string>;
  wrong: readonly InForce[];
  onTerminal: (machine: Machine) => void;
}

export function Topology({ session, facts, ledgers, missing, wrong, onTerminal }: TopologyProps) {
  const [asText, setAsText] = useState(false);
  const machines = useMemo(() => machinesOf(facts, ledgers, missing), [facts, ledgers, missing]);
  const { pairs, common } = useMemo(() => withoutCommon(pairsOf(facts)), [facts]);
  const plane = { session, facts, machines, pairs, wrong, onTerminal };
  return (
    <section className="topology" aria-label="Machines and links">
      <div className="topology-bar">
        <span className="topology-key">{KEY.map(([part, word]) => <span key={part}><PartMark part={part} size={11} /> {word}</span>)}{common === '' ? null : <span>links {common}</span>}</span>
        <span className="grow" />
        <Button small look="quiet" icon="text" aria-pressed={asText} onClick={() => setAsText(!asText)}>Text</Button>
      </div>
      <div className="topology-field" tabIndex={0} role="group" aria-label="Picture of the deployment">
        {asText ? <p className="topology-words">{describeDeployment(facts, ledgers, missing)}</p> : machines.length === 0 ? <Skeleton label="Starting the machines" /> : machines.length > MOST_CARDS ? <Crowd {...plane} /> : <Cards {...plane} />}
      </div>
    </section>
  );
}

/** What stands beside the button of a link. */
const linkWord = (pair: Pair): string => [barrierWord(pair), pair.settings].filter((each) => each !== '').join(', ');

interface CardsProps extends Pick<TopologyProps, 'session' | 'facts' | 'wrong' | 'onTerminal'> {
  machines: readonly Machine[];
  pairs: readonly Pair[];
}

function Cards({ session, facts, machines, pairs, wrong, onTerminal }: CardsProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const room = useRoom(place);
  const isNarrow = width < 3 * CARD.width + 40;
  const rows = isNarrow ? Math.ceil(machines.length / 2) : 0;
  const names = machines.map((each) => each.name);
  // The whole ring is to be seen without scrolling where that is possible.
  const ring = ringHeight(names, width, Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, room - 16)), MAX_HEIGHT, CARD);
  const isLow = !isNarrow && room > 0 && ring > room - 16;
  const card = isLow ? LOW_CARD : CARD;
  const height = isNarrow ? rows * (CARD.height + 44) : isLow ? ringHeight(names, width, Math.max(LEAST_LOW, room - 16), MAX_HEIGHT, card) : ring;
  const places = placesOf(names, Math.max(width, 2 * card.width + 8), height, card);
  const menus = new Map<Pair, MenuPlace>();
  for (const pair of pairs) {
    const [a, b] = [places.get(pair.a), places.get(pair.b)];
    if (a !== undefined && b !== undefined) menus.set(pair, menuPlaceOf(a, b, places.values(), card, [...menus.values()], menuWidth(linkWord(pair))));
  }
  const messages = drawnMessages(facts.inFlight, DRAWN);
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
              <article key={machine.name} className="machine" data-state={machine.state} data-health={machine.trouble !== '' ? 'trouble' : machine.isBehind ? 'behind' : 'well'} style={{ left: at.x - card.width / 2, top: at.y - card.height / 2, width: card.width, minHeight: card.height }} title={isLow ? machine.address : undefined} aria-label={machine.name}>
                <header>
                  <PartMark part={machine.part} />
                  <h2>{machine.name}</h2>
                  <span className="grow" />
                  <IconButton icon="terminal" label={`Open a terminal on ${machine.name}`} onClick={() => onTerminal(machine)} />
                  <Menu label={`Break or mend ${machine.name}`} items={hostFaults(session, machine, wrong)}><Icon name="more" /></Menu>
                </header>
                <p>{machine.says}</p>
                {machine.trouble !== '' ? <p className="machine-trouble"><Icon name="warning" size={11} /> {machine.trouble}</p> : isLow || machine.says.length > TWO_LINES ? null : <p className="machine-address">{machine.address}</p>}
              </article>
            );
          })}
          {pairs.map((pair) => {
            const at = menus.get(pair);
            if (at === undefined) return null;
            const word = linkWord(pair);
            return (
              <div key={`${pair.a} ${pair.b}`} className="link-menu" data-barrier={barrierWord(pair)} style={{ left: at.x, top: at.y }}>
                {word === '' || at.width < menuWidth(word) ? null : <span className="link-word">{word}</span>}
                <Menu label={`Break or mend the link ${pairWords(pair)}`} items={linkFaults(session, pair)}><Icon name="more" size={12} /></Menu>
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
              <span key={message.id} className="flight" data-stopped={message.stopped ?? 'no'} data-background={message.isBackground} style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` }} title={`${message.label} from ${message.from} to ${message.to}, ${message.bytes} bytes${message.more === 0 ? '' : `, and ${message.more} more`}`}>
                {message.label}{message.more === 0 ? '' : ` +${message.more}`}
                {message.stopped === 'held' ? <button type="button" aria-label={`Let ${message.label} from ${message.from} to ${message.to} pass`} onClick={() => session.fault(`release ${message.id}`)}>▸</button> : null}
              </span>
            );
          })}
      </div>
    )}</div>
  );
}
