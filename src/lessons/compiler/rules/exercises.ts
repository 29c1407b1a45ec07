/*
 * Exercises: what is asked is checked, and what is checked is asked
 * -----------------------------------------------------------------
 * Whether the checks are right is proved with the engine (authoring/verify.ts); here stands what the text
 * alone shows.
 */
import type { Exercise } from '../../model.ts';
import { commandsOf, type ExerciseParts } from '../exercise.ts';
import type { Source } from '../source.ts';
import { didYouMean } from '../suggest.ts';
import { plainText } from '../tree.ts';

const MAX_MINUTES = 5;
const MAX_HANDS_ON_MINUTES = 15;

/** What a message may say in {{…}}. */
export const TEMPLATES: readonly string[] = [
  'found.type', 'found.value', 'found.ttl', 'found.similar', 'found.reply', 'found.length', 'found.encoding', 'found.commands', 'found.used', 'cause.command', 'cause.step', 'expected',
];

export function checkExercise(exercise: Exercise, parts: ExerciseParts, source: Source): void {
  const { report } = source;
  const longest = exercise.handsOn === true ? MAX_HANDS_ON_MINUTES : MAX_MINUTES;
  if (exercise.minutes > longest) report.error(source.lineOf(['minutes']), `an exercise of ${exercise.minutes} minutes`, `make it smaller; ${longest} minutes are the most`);
  if (parts.tasks.length === 0) report.error(source.bodyLine, 'the exercise has no tasks', 'write them as a numbered list');
  checkTasks(parts, source);
  checkHints(exercise, parts, source);
  checkAttempts(parts, source);
  if (parts.explain.length === 0) report.error(source.bodyLine, 'nothing explains the solution', 'add :::explain with the idea that makes it work');
  for (const placed of parts.checks) {
    placed.check.when.forEach((when, index) => {
      const line = placed.whenLines[index] ?? placed.line;
      for (const template of when.say.matchAll(/\{\{\s*([^}]*?)\s*\}\}/g)) {
        if (!TEMPLATES.includes(template[1] ?? '')) report.error(line, `unknown template {{${template[1] ?? ''}}}`, didYouMean(template[1] ?? '', TEMPLATES));
      }
      if (when.say.includes('{{cause.') && when.found.cause === undefined) report.error(line, 'the message names a cause and the pattern does not ask for one', 'add "cause: lost" to found');
      if (when.say.includes('{{found.similar}}') && when.found.similar === undefined) report.error(line, 'the message names a similar key and the pattern does not ask for one', 'add "similar: pattern" to found');
    });
  }
}

function checkTasks(parts: ExerciseParts, source: Source): void {
  const numbers = parts.tasks.map((task) => task.number);
  if (parts.checks.every((placed) => placed.check.quiet === true)) {
    source.report.error(source.bodyLine, 'the exercise has no checks', 'add a ```checks block');
    return;
  }
  for (const { check, task, line } of parts.checks) {
    if (task === undefined) source.report.error(line, `check "${check.id}" belongs to no task`, 'add "task: 1", or "task: none" for what must stay as it is');
    else if (task !== 'none' && !numbers.includes(task)) source.report.error(line, `check "${check.id}" is for task ${task}, which does not exist`, didYouMean(String(task), numbers.map(String)));
  }
  for (const number of numbers) {
    if (!parts.checks.some((placed) => placed.task === number)) source.report.error(source.bodyLine, `no check looks at task ${number}`, 'add a check with "task: ' + String(number) + '"');
  }
}

function checkHints(exercise: Exercise, parts: ExerciseParts, source: Source): void {
  const numbers = parts.tasks.map((task) => task.number);
  const levels = new Set(parts.hints.map((hint) => hint.level));
  const demanded = exercise.difficulty === 'medium' || exercise.difficulty === 'hard';
  if (demanded && levels.size < 2) source.report.error(source.bodyLine, `hints in ${levels.size} level(s)`, 'give a gentle hint (level=1) and a direct one (level=2)');
  else if (levels.size < 2) source.report.warning(source.bodyLine, `hints in ${levels.size} level(s)`, 'give a gentle hint (level=1) and a direct one (level=2)');
  const names = new Set(parts.solutions.flatMap((solution) => [...commandsOf(solution.steps)]));
  for (const hint of parts.hints) {
    if (hint.task !== undefined && !numbers.includes(hint.task)) source.report.error(hint.line, `a hint for task ${hint.task}, which does not exist`, didYouMean(String(hint.task), numbers.map(String)));
    if (hint.level !== 1) continue;
    const told = [...names].find((name) => new RegExp(`(^|[^A-Za-z])${name}([^A-Za-z]|$)`).test(plainText(hint.body)));
    if (told !== undefined) source.report.error(hint.line, `the first hint already says ${told}`, 'ask a question there; name the command in level 2');
  }
}

function checkAttempts(parts: ExerciseParts, source: Source): void {
  if (parts.solutions.length === 0) source.report.error(source.bodyLine, 'the exercise has no solution', 'add a ```solution block');
  const named = parts.checks.map((placed) => placed.check.id);
  for (const wrong of parts.wrongs) {
    if (!named.includes(wrong.fails)) source.report.error(wrong.line, `the wrong attempt fails "${wrong.fails}", which is no check`, didYouMean(wrong.fails, named));
  }
  for (const { check, line } of parts.checks) {
    if (check.when.length > 0 && check.quiet !== true && !parts.wrongs.some((wrong) => wrong.fails === check.id)) {
      source.report.error(line, `check "${check.id}" has messages that no wrong attempt reaches`, `add \`\`\`wrong {fails=${check.id} title="…"}, or remove its "when"`);
    }
  }
  if (parts.wrongs.length < 2) source.report.warning(source.bodyLine, `${parts.wrongs.length} wrong attempt(s)`, 'list two to four mistakes that learners make');
  const asks = parts.checks.flatMap((placed) => (placed.check.kind === 'ask' ? [placed.check] : []));
  for (const attempt of [...parts.solutions, ...parts.wrongs]) {
    for (const [id, choice] of Object.entries(attempt.answers)) {
      const ask = asks.find((each) => each.id === id);
      if (ask === undefined) source.report.error(attempt.line, `@answer for "${id}", which asks nothing`, didYouMean(id, asks.map((each) => each.id)));
      else if (ask.choices[choice] === undefined) source.report.error(attempt.line, `@answer ${id}=${choice + 1}: there are ${ask.choices.length} choices`, 'count them from 1');
    }
  }
}
