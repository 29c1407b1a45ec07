/*
 * What is wrong at this moment, and how it is undone
 * --------------------------------------------------
 * Faults stay until something takes them away. Each that can be seen is told in a few words, with the line that undoes it
 * where there is one, however it came about: by a menu, by a line that was typed, by the scenario, or in a terminal.
 */
import type { HostView, Scenario } from '../../simulation/index.ts';
import { missingServices, pairsOf, secondsAhead, withoutCommon, type DeploymentFacts } from './facts.ts';

export interface InForce {
  readonly what: string;
  /** The fault that undoes it; undefined where only a terminal can. */
  readonly undo: string | undefined;
  /** The machine that it is about, where it is one, and what undoing means there. */
  readonly on?: string;
  readonly how?: string;
}

export function inForce(facts: DeploymentFacts, scenario: Scenario, missing = missingServices(facts, scenario)): InForce[] {
  return [...barriers(facts), ...facts.hosts.flatMap((host) => ofHost(host, missing.get(host.name))), ...settings(facts, scenario), ...(facts.links.isBuggified ? [{ what: 'late and in pieces, by chance', undo: 'buggify off' }] : [])];
}

/** A line may have put several rules in the way: they are taken away together. */
function barriers({ links }: DeploymentFacts): InForce[] {
  const ids = new Map<string, number[]>();
  for (const { id, text } of links.rules) ids.set(text, [...(ids.get(text) ?? []), id]);
  return [...ids].map(([what, own]) => ({ what, undo: `heal ${own.join(' ')}` }));
}

export const STARTS = 'Start it again';

function ofHost(host: HostView, missing: string | undefined): InForce[] {
  const { name, state, diskFault, memoryLeftBytes, clockAheadUs, isFiltered } = host;
  const it = (what: string, undo: string | undefined, how?: string): InForce => ({ what, undo, on: name, ...(how === undefined ? {} : { how }) });
  return [
    ...(state === 'off' ? [it(`${name} has no power`, `restart ${name}`, STARTS)] : []),
    ...(state === 'paused' ? [it(`${name} is frozen`, `resume ${name}`, 'Let it go on')] : []),
    ...(missing === undefined ? [] : [it(`${missing} is down on ${name}`, `restart ${name}`, STARTS)]),
    ...(diskFault === '' ? [] : [it(`disk of ${name}: ${diskFault}`, `disk ${name} ok`, 'Make its disk well again')]),
    ...(memoryLeftBytes === null ? [] : [it(`${name} has ${Math.round(memoryLeftBytes / 1024 ** 2)} MB of memory left`, `memory ${name} ok`, 'Give its programs all memory again')]),
    ...(clockAheadUs === 0 ? [] : [it(`clock of ${name} ${secondsAhead(clockAheadUs)}`, `clock ${name} ${clockAheadUs > 0 ? '-' : '+'}${Math.abs(Math.round(clockAheadUs))}us`, 'Set its clock right')]),
    ...(isFiltered ? [it(`packet filter of ${name}: iptables -F there`, undefined)] : []),
  ];
}

/** So many links with the same setting are how the scenario begins, where it says anything of its links. */
const MANY = 3;

/** What a scenario makes of its links at the very begin is no fault. */
function settings(facts: DeploymentFacts, { timeline = [] }: Scenario): InForce[] {
  const pairs = pairsOf(facts).filter((pair) => pair.settings !== '');
  const { common } = withoutCommon(pairs);
  const isMade = timeline.some(({ atUs }) => atUs === 0);
  const own = pairs.filter(({ settings: words }) => words !== common && !(isMade && pairs.filter((other) => other.settings === words).length >= MANY))
    .map((pair) => ({ what: `${pair.a} - ${pair.b}: ${pair.settings}`, undo: `delay ${pair.a} - ${pair.b} off` }));
  return common === '' || isMade ? own : [{ what: `links: ${common}`, undo: 'delay * - * off' }, ...own];
}
