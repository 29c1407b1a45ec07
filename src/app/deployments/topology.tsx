/*
 * The deployment as a picture: machines by the part they play, what lies between them, messages on their way. Every
 * machine and every link has a menu of what can go wrong with it; words say all of it again.
 */
import { useState } from 'react';
import { Button, Icon, IconButton, Menu, type MenuItem } from '../../ui/index.ts';
import { useWidth } from '../../visualizers/stage/index.tsx';
import type { Answers } from '../../lab/protocol.ts';
import { type LabSession, useSession } from '../lab/session.ts';
import { barrierWord, describeDeployment, machinesOf, menuPlaceOf, pairsOf, pairWords, placesOf, progressOf, withoutCommon, type DeploymentFacts, type Machine, type Pair, type Part } from './facts.ts';

const CARD = { width: 158, height: 92 };
/** Messages that are drawn at once. */
const DRAWN = 60;

export function PartMark({ part, size = 14 }: { part: Part; size?: number }) {
  const shape = part === 'sentinel' ? <path d="M4 1h8l4 7-4 7H4L0 8z" /> : part === 'client' ? <circle cx="8" cy="8" r="7" /> : <rect x="1" y="1" width="14" height="14" />;
  return <svg width={size} height={size} viewBox="-1 -1 18 18" className="part-mark" data-part={part} aria-hidden="true">{shape}</svg>;
}

function hostFaults(session: LabSession, { name, state }: Machine): MenuItem[] {
  const does = (id: string, label: string, line: string, disabled = false): MenuItem => ({ id, label, disabled, onSelect: () => session.fault(line) });
  const isUp = state === 'up';
  return [
    does('isolate', 'Cut it off from all others', `isolate ${name}`),
    state === 'paused' ? does('resume', 'Let it go on', `resume ${name}`) : does('pause', 'Freeze it', `pause ${name}`, !isUp),
    does('crash', 'Crash its programs (kill -9)', `crash ${name}`, !isUp),
    does('stop', 'Stop its programs (SIGTERM)', `stop ${name}`, !isUp),
    does('power', 'Cut its power', `power-loss ${name}`, state === 'off'),
    does('restart', 'Start it again', `restart ${name}`),
    does('restart-empty', 'Start it again on an empty disk', `restart ${name} empty`),
    does('busy', 'Keep it busy for 3 s', `busy ${name} 3s`, !isUp),
    does('clock', 'Set its clock 1 min forward', `clock ${name} +60s`, state === 'off'),
    does('memory', 'Leave its programs 8 MB of memory', `memory ${name} 8mb`, !isUp),
    does('memory-ok', 'Give them all of it again', `memory ${name} ok`),
    does('disk-full', 'Fill its disk', `disk ${name} full`),
    does('disk-ok', 'Make its disk well again', `disk ${name} ok`),
  ];
}

function linkFaults(session: LabSession, { a, b }: Pair): MenuItem[] {
  const does = (id: string, label: string, line: string): MenuItem => ({ id, label, onSelect: () => session.fault(line) });
  return [
    does('cut', 'Cut it', `cut ${a} - ${b}`),
    does('cut-while', 'Cut it for 5 s', `cut ${a} - ${b} for 5s`),
    does('cut-there', `Cut it from ${a} to ${b}`, `cut ${a} -> ${b}`),
    does('cut-back', `Cut it from ${b} to ${a}`, `cut ${b} -> ${a}`),
    does('delay', 'Make it slow: 200 ms', `delay ${a} - ${b} 200ms`),
    does('loss', 'Lose 10 % of its packets', `loss ${a} - ${b} 10%`),
    does('send-buffer', 'Small send buffers: 16 KB', `send-buffer ${a} - ${b} 16kb`),
    does('hold', 'Hold messages on their way', `hold ${a} - ${b}`),
    does('refuse', 'Refuse connections', `refuse ${a} - ${b}`),
    does('reset', 'Break its connections', `reset ${a} - ${b}`),
    does('plain', 'Its plain speed again', `delay ${a} - ${b} off`),
    does('heal', 'Take away all cuts', 'heal'),
  ];
}

export function Topology({ session, facts, ledgers, onTerminal }: { session: LabSession; facts: DeploymentFacts; ledgers: Answers['goals']['ledgers']; onTerminal: (machine: Machine) => void }) {
  const [place, width] = useWidth<HTMLDivElement>();
  const [asText, setAsText] = useState(false);
  const atUs = useSession(session, (state) => state.atUs);
  const machines = machinesOf(facts, ledgers);
  const { pairs, common } = withoutCommon(pairsOf(facts));
  const isNarrow = width < 3 * CARD.width + 40;
  const rows = isNarrow ? Math.ceil(machines.length / 2) : 0;
  const height = isNarrow ? rows * (CARD.height + 44) : machines.length > 4 ? 430 : 330;
  const places = placesOf(machines.map((each) => each.name), Math.max(width, 2 * CARD.width + 8), height, CARD);
  // The clock is told once a second; an event that has happened since says how late it is at least.
  const nowUs = Math.max(atUs, facts.events.at(-1)?.atUs ?? 0);
  const messages = facts.inFlight.filter((each) => !each.isBackground || facts.inFlight.length < 12).slice(0, DRAWN);
  return (
    <section className="topology" aria-label="Machines and links">
      <div className="topology-bar">
        <span className="topology-key"><PartMark part="master" size={11} /> master <PartMark part="replica" size={11} /> replica <PartMark part="sentinel" size={11} /> Sentinel <PartMark part="client" size={11} /> client{common === '' ? null : <span className="topology-common">links {common}</span>}</span>
        <span className="grow" />
        {facts.links.rules.length === 0 ? null : <Button small icon="undo" onClick={() => session.fault('heal')}>Heal</Button>}
        <Button small look="quiet" icon="text" aria-pressed={asText} onClick={() => setAsText(!asText)}>Text</Button>
      </div>
      <div className="topology-field" tabIndex={0} role="group" aria-label="Picture of the deployment">
        {asText ? <p className="topology-words">{describeDeployment(facts, ledgers)}</p> : null}
        <div ref={place} hidden={asText}>{width === 0 || asText ? null : (
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
              // Beside its line, to the right of its way, so that the two directions do not cover each other.
              const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
              const part = 0.22 + 0.56 * progressOf(message, nowUs);
              const x = a.x + (b.x - a.x) * part - ((b.y - a.y) / length) * 26;
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
      </div>
    </section>
  );
}
