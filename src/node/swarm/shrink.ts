/*
 * A failing plan made small
 * -------------------------
 * Parts are left out one after the other, and what still fails in the same way is kept: faults, then machines, then
 * time. The result is a scenario that somebody can read.
 */
import type { HostSpec, Scenario } from '../../simulation/index.ts';
import type { Plan } from './plan.ts';

/** So many runs at most. */
const MOST_RUNS = 250;

/** The smallest plan found for which `fails` still says yes. */
export function shrink(plan: Plan, fails: (candidate: Plan) => boolean, told: (runs: number, plan: Plan) => void = () => {}): Plan {
  let best = plan;
  let runs = 0;
  const holds = (candidate: Plan): boolean => {
    if (runs >= MOST_RUNS) return false;
    runs++;
    if (!fails(candidate)) return false;
    best = candidate;
    told(runs, best);
    return true;
  };
  for (let before: Plan | undefined; before !== best && runs < MOST_RUNS; ) {
    before = best;
    withoutFaults(() => best, holds);
    for (const { name } of [...best.scenario.hosts].reverse()) {
      const candidate = withoutHost(best, name);
      if (candidate !== undefined) holds(candidate);
    }
    withoutLines(() => best, holds);
    shorter(() => best, holds);
  }
  return best;
}

/** Halves, quarters, … of the list are left out, down to single lines. */
function withoutFaults(best: () => Plan, holds: (candidate: Plan) => boolean): void {
  for (let size = Math.ceil((best().scenario.timeline?.length ?? 0) / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < (best().scenario.timeline?.length ?? 0); ) {
      const timeline = best().scenario.timeline ?? [];
      if (!holds(changed(best(), { timeline: [...timeline.slice(0, at), ...timeline.slice(at + size)] }))) at += size;
    }
  }
}

/** The plan without a machine and without what is said of it; undefined for the first, whom others name by its address. */
function withoutHost(plan: Plan, name: string): Plan | undefined {
  const { hosts, timeline = [] } = plan.scenario;
  if (hosts[0]?.name === name) return undefined;
  const word = new RegExp(`\\s*\\b${name}(:\\d+)?\\b`, 'g');
  const left = hosts.filter((host) => host.name !== name).map((host): HostSpec => ({ ...host, ...(host.run === undefined ? {} : { run: host.run.map((line) => line.replace(word, '')) }) }));
  if (left.some((host) => Object.values(host.files ?? {}).some((text) => new RegExp(`replicaof ${name} `).test(text)))) return undefined;
  return changed(plan, { hosts: left, timeline: timeline.filter(({ fault }) => !new RegExp(`\\b${name}\\b`).test(fault)) });
}

/** Lines of machines that are nobody's server. */
function withoutLines(best: () => Plan, holds: (candidate: Plan) => boolean): void {
  best().scenario.hosts.forEach((host, i) => {
    host.run?.forEach((line) => {
      if (/^redis-server|^redis-sentinel|--cluster create/.test(line)) return;
      const hosts = best().scenario.hosts.map((each, k) => (k === i ? { ...each, run: each.run?.filter((other) => other !== line) ?? [] } : each));
      holds(changed(best(), { hosts }));
    });
  });
}

/** Faults end with the last of them. */
function shorter(best: () => Plan, holds: (candidate: Plan) => boolean): void {
  const last = Math.max(0, ...(best().scenario.timeline ?? []).map(({ atUs }) => atUs));
  for (const restUs of [100_000, 2_000_000, 8_000_000]) {
    const safetyUs = Math.ceil((last + restUs) / 100_000) * 100_000;
    if (safetyUs < best().safetyUs && holds({ ...best(), safetyUs })) return;
  }
}

function changed(plan: Plan, change: Partial<Scenario>): Plan {
  return { ...plan, scenario: { ...plan.scenario, ...change } };
}
