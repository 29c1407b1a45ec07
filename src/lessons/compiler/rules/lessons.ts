/*
 * Lessons: short, in steps, with recall at both ends
 * --------------------------------------------------
 */
import type { Lesson } from '../../model.ts';
import type { Source } from '../source.ts';

const MAX_MINUTES = 15;
const MAX_STEPS = 12;
/** Words a minute when reading and typing along; three times slower than reading a novel. */
const WORDS_PER_MINUTE = 100;

export function checkLesson(lesson: Lesson, source: Source): void {
  const { report } = source;
  if (lesson.minutes > MAX_MINUTES) report.error(source.lineOf(['minutes']), `a lesson of ${lesson.minutes} minutes`, `split it; lessons take at most ${MAX_MINUTES}`);
  if (lesson.words > lesson.minutes * 2 * WORDS_PER_MINUTE) {
    report.warning(source.lineOf(['minutes']), `${lesson.words} words in ${lesson.minutes} minutes`, 'shorten the lesson, or say how long it really takes');
  }
  const steps = lesson.headings.filter((heading) => heading.depth === 2).length;
  if (steps === 0) report.error(source.bodyLine, 'the lesson has no steps', 'begin each step with "## Verb and object"');
  if (steps > MAX_STEPS) report.error(source.bodyLine, `${steps} steps`, `split the lesson; ${MAX_STEPS} steps are the most`);
  let depth = 1;
  for (const heading of lesson.headings) {
    if (heading.depth > depth + 1) report.error(source.bodyLine, `heading "${heading.text}" skips a level`, 'use ## for steps and ### inside them');
    depth = heading.depth;
  }
  if (source.notes.recalls.length === 0) report.error(source.bodyLine, 'the lesson does not begin with a recall', 'add :::recall{from="earlier lessons" n=2} at its beginning');
  if (source.notes.questions.size === 0) report.error(source.bodyLine, 'the lesson does not end with questions', 'add :::quiz{ids="…"} at its end');
  if (!source.body.includes(':::production')) report.warning(source.bodyLine, 'nothing says how production differs', 'add a :::production callout');
}
