/*
 * Checks, put to the test
 * -----------------------
 * `npm run content:check -- --mutate` spoils each solution a little, in every way below, and tells the spoiled ones that
 * still pass: something the task asks for is then not checked, or a step of the solution is not needed.
 * Spoiling is a question to the author, so what it finds are warnings.
 */
import type { Check } from '../lessons/index.ts';
import { argumentsOf, type CompiledSource, type Problem } from '../lessons/compiler/index.ts';
import { commandTable } from '../engine/index.ts';
import { fold, fromUtf8 } from '../engine/bytes.ts';
import type { Step } from '../simulation/index.ts';
import { Bench } from './bench.ts';

interface Mutation {
  what: string;
  steps: Step[];
}

/** Every small change to these steps: a writing command left out, a number more than doubled. */
export function mutations(steps: readonly Step[]): Mutation[] {
  const made: Mutation[] = [];
  steps.forEach((step, index) => {
    if (step.kind !== 'redis' || !writes(step.text)) return;
    const text = fromUtf8(step.text);
    made.push({ what: `without \`${text}\``, steps: steps.filter((_, at) => at !== index) });
    // Only numbers that stand alone as a word: digits within a key's name are part of the name.
    const word = /(?<=\s)-?\d+(?=\s|$)/.exec(step.text);
    if (word === null) return;
    const changed = step.text.slice(0, word.index) + String(Number(word[0]) * 2 + 1) + step.text.slice(word.index + word[0].length);
    made.push({ what: `with \`${fromUtf8(changed)}\` for \`${text}\``, steps: steps.map((each, at) => (at === index ? { ...step, text: changed } : each)) });
  });
  return made;
}

function writes(line: string): boolean {
  const name = argumentsOf(fromUtf8(line))?.[0];
  return name !== undefined && commandTable.lookup(fold(name))?.isWrite === true;
}

/** Warnings about the exercises of a course whose checks overlook a spoiled solution. */
export function mutateCourse(sources: ReadonlyMap<string, CompiledSource>, only?: (id: string) => boolean): Problem[] {
  const problems: Problem[] = [];
  for (const { item, source, exercise } of sources.values()) {
    if (item.kind !== 'exercise' || exercise === undefined || (only !== undefined && !only(item.id))) continue;
    const answers: Record<string, number> = {};
    for (const check of item.checks) if (check.kind === 'ask') answers[check.id] = check.choices.findIndex((choice) => choice.right);
    for (const solution of exercise.solutions) {
      for (const mutation of mutations(solution.steps)) {
        if (!passes(item.checks, item.start, mutation.steps, { ...answers, ...solution.answers })) continue;
        problems.push({
          file: source.file, line: solution.line, level: 'warning',
          what: `the solution "${solution.title}" still passes ${mutation.what}`,
          fix: 'add a check that notices, or leave the step out of the solution',
        });
      }
    }
  }
  return problems;
}

function passes(checks: readonly Check[], start: ConstructorParameters<typeof Bench>[0], steps: readonly Step[], answers: Readonly<Record<string, number>>): boolean {
  const bench = new Bench(start, checks, answers);
  try {
    bench.perform(steps);
    const results = bench.results();
    return results.length > 0 && results.every((result) => result.passed);
  } finally {
    bench.dispose();
  }
}
