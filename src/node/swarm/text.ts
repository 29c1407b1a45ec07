/*
 * Plans as text
 * -------------
 * The scenario as a file of content/scenarios would have it, after a line of its own that says how long faults last.
 * The page and `npm run datacenter` open it like any other.
 */
import { parse, stringify } from 'yaml';
import type { Scenario } from '../../simulation/index.ts';
import { toScenario } from '../../lessons/compiler/index.ts';
import { scenarioSchema } from '../../lessons/schema.ts';
import type { Kind, Plan } from './plan.ts';

const HEAD = /^# swarm: (standalone|replicas|sentinels|cluster), faults until ([\d.]+) s, well within ([\d.]+) s\n/;

export function textOfPlan({ kind, scenario, safetyUs, livenessUs }: Plan): string {
  const timeline = scenario.timeline?.map(({ atUs, fault }) => ({ at: `${atUs / 1000}ms`, fault }));
  const authored: Omit<Scenario, 'timeline'> & { timeline?: unknown } = { ...scenario, ...(timeline === undefined ? {} : { timeline }) };
  return `# swarm: ${kind}, faults until ${safetyUs / 1e6} s, well within ${livenessUs / 1e6} s\n${stringify(authored, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}

/** The plan that a text tells; throws with the reason when it tells none. */
export function planOfText(text: string): Plan {
  const head = HEAD.exec(text);
  if (head === null) throw new Error('the file does not begin with the line "# swarm: …" of a plan');
  return { kind: head[1] as Kind, safetyUs: Number(head[2]) * 1e6, livenessUs: Number(head[3]) * 1e6, scenario: toScenario(scenarioSchema.parse(parse(text))) };
}
