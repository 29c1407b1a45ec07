/*
 * Patterns of what was found, and the messages they choose
 * --------------------------------------------------------
 * A `when` entry fits when all fields of its `found` hold. `cause: lost` asks the past: was it so once, and
 * which command took it away?
 */
import { fromUtf8, globMatch, isTagged, type Bytes, type Reply } from '../../engine/index.ts';
import type { Cause, Check, Found } from '../model.ts';
import type { Probe, StateProbe } from '../probe.ts';
import { lastMomentOf } from './cause.ts';
import { ask, KeyFacts, keyOf, keysMatching } from './facts.ts';
import { isCommand, learnersCommands } from './how.ts';
import { within } from './key.ts';
import { matchesReply } from './reply-matcher.ts';
import { bareText, readable } from './reply-text.ts';

/** What a fitting pattern has to tell: values for templates, and the cause if it asked for one. */
export interface Fit {
  values: Map<string, string>;
  cause?: Cause;
}

/** The state as a check's messages see it. Read on demand: a pattern costs only what it asks. */
class Seen {
  readonly facts: KeyFacts | undefined;
  private readonly check: Check;
  private readonly state: StateProbe;

  constructor(check: Check, state: StateProbe) {
    this.check = check;
    this.state = state;
    const key = keyOf(check, state);
    this.facts = key === undefined ? undefined : new KeyFacts(state, check, key);
  }

  /** The reply of the check's own command, or of reading its key. */
  get reply(): Reply {
    if (this.check.kind === 'reply') return ask(this.state, this.check, this.check.argv);
    return this.facts?.value ?? null;
  }
}

/** Whether `found` holds now; undefined when it does not. */
export function fit(found: Found, check: Check, probe: Probe): Fit | undefined {
  const seen = new Seen(check, probe.now);
  const values = new Map<string, string>();
  if (!holdsNow(found, check, seen, probe, values)) return undefined;
  if (found.similar !== undefined) {
    const similar = similarKey(found.similar, check, seen.facts?.key, probe);
    if (similar === undefined) return undefined;
    values.set('found.similar', readable(similar));
  }
  const facts = seen.facts;
  const lazily = (name: string, read: () => string): void => {
    if (!values.has(name)) values.set(name, read());
  };
  if (facts !== undefined) {
    lazily('found.type', () => (facts.exists ? facts.type : 'missing key'));
    lazily('found.value', () => bareText(facts.value));
    lazily('found.ttl', () => (facts.ttl === 'none' ? 'no lifetime' : String(facts.ttl)));
    lazily('found.length', () => String(facts.length));
    lazily('found.encoding', () => facts.encoding ?? 'none');
  }
  if (check.kind === 'reply' || facts !== undefined) lazily('found.reply', () => bareText(seen.reply));
  lazily('found.commands', () => String(learnersCommands(probe).length));
  if (found.cause === undefined) return { values };
  const past = lastMomentOf(probe, (state) => property(found, check, state));
  if (found.cause === 'never') return past === undefined ? { values } : undefined;
  if (past?.cause === undefined) return undefined;
  values.set('cause.command', past.cause.command);
  values.set('cause.step', String(past.cause.step));
  return { values, cause: past.cause };
}

function holdsNow(found: Found, check: Check, seen: Seen, probe: Probe, values: Map<string, string>): boolean {
  const facts = seen.facts;
  if (found.error !== undefined) {
    const reply = seen.reply;
    if (reply === null || !isTagged(reply) || reply.kind !== 'error' || !reply.text.startsWith(found.error)) return false;
  }
  if (found.key !== undefined && (facts === undefined || facts.exists !== (found.key === 'exists'))) return false;
  if (found.type !== undefined && facts?.type !== found.type) return false;
  if (found.encoding !== undefined && facts?.encoding !== found.encoding) return false;
  if (found.ttl !== undefined && (facts === undefined || !ttlFits(facts, found.ttl))) return false;
  if (found.value !== undefined && (facts === undefined || !matchesReply(facts.value, found.value))) return false;
  if (found.length !== undefined && (facts === undefined || !within(facts.length, found.length))) return false;
  if (found.reply !== undefined && !matchesReply(seen.reply, found.reply)) return false;
  if (found.used !== undefined) {
    const name = found.used;
    if (!learnersCommands(probe).some((entry) => isCommand(entry, name))) return false;
    values.set('found.used', name);
  }
  if (found.commands !== undefined && !within(learnersCommands(probe).length, found.commands)) return false;
  if (found.port !== undefined && probe.now.run(['PING'], check) !== undefined) return false;
  if (found.file !== undefined && check.kind === 'file') {
    const content = probe.now.file(check.path, check.host);
    if (found.file === 'missing') return content === undefined;
    if (content === undefined || !new RegExp(found.file.matches, 'm').test(fromUtf8(content))) return false;
  }
  return true;
}

function ttlFits(facts: KeyFacts, wanted: NonNullable<Found['ttl']>): boolean {
  if (!facts.exists) return false;
  const ttl = facts.ttl;
  if (wanted === 'none') return ttl === 'none';
  return ttl !== 'none' && (wanted === 'some' || within(ttl, wanted));
}

/** A key that the learner made, under a name that resembles the right one. */
function similarKey(pattern: Bytes, check: Check, own: Bytes | undefined, probe: Probe): Bytes | undefined {
  const before = new Set(keysMatching(probe.initial, check, '*'));
  return keysMatching(probe.now, check, '*').find((key) => key !== own && !before.has(key) && globMatch(pattern, key));
}

/**
 * What was "lost": for a lifetime that is gone, having one; for a missing key, its existence; otherwise the
 * opposite of the pattern.
 */
function property(found: Found, check: Check, state: StateProbe): boolean {
  const key = keyOf(check, state);
  const facts = key === undefined ? undefined : new KeyFacts(state, check, key);
  if (found.ttl === 'none') return facts !== undefined && facts.exists && facts.ttl !== 'none';
  if (found.key === 'missing') return facts?.exists === true;
  if (found.value !== undefined) return facts !== undefined && facts.exists && !matchesReply(facts.value, found.value);
  if (found.reply !== undefined && check.kind === 'reply') return !matchesReply(ask(state, check, check.argv), found.reply);
  if (found.type !== undefined) return facts !== undefined && facts.exists && facts.type !== found.type;
  return false;
}

/** The message with its templates filled; a value that is not known reads as "?". */
export function fill(template: string, values: ReadonlyMap<string, string>): string {
  return template.replace(/\{\{\s*([^}]*?)\s*\}\}/g, (_whole, name: string) => (values.get(name) ?? '?').replaceAll('`', "'"));
}
