/*
 * Concepts: nothing is used before it is taught
 * ---------------------------------------------
 * The first lesson that names a concept teaches it. Exercises and quizzes only practise, so they come later;
 * and what a concept builds on is taught before it or together with it.
 */
import { didYouMean } from '../suggest.ts';
import type { RuleSubject } from './rules.ts';

export function checkConcepts({ course, sources, concepts }: RuleSubject): void {
  const taught = new Set<string>();
  for (const module of course.outline.modules) {
    for (const id of module.items) {
      const compiled = sources.get(id);
      if (compiled === undefined || compiled.item.kind === 'module') continue;
      const { item, source } = compiled;
      item.concepts.forEach((concept, index) => {
        const line = source.lineOf(['concepts', index]);
        const known = concepts.get(concept);
        if (known === undefined) source.report.error(line, `concept "${concept}" is not in concepts.yml`, didYouMean(concept, concepts.keys()));
        else if (item.kind !== 'lesson' && !taught.has(concept)) {
          source.report.error(line, `concept "${concept}" is practised before a lesson has taught it`, 'add it to the concepts of an earlier lesson, or move this item');
        }
      });
      for (const [concept, line] of source.notes.concepts) {
        if (!concepts.has(concept)) source.report.error(line, `concept "${concept}" is not in concepts.yml`, didYouMean(concept, concepts.keys()));
        else if (!item.concepts.includes(concept)) source.report.error(line, `concept "${concept}" is tagged here and not listed in the front matter`, 'add it to concepts');
      }
      if (item.kind !== 'lesson') continue;
      for (const concept of item.concepts) taught.add(concept);
      for (const concept of item.teaches) {
        for (const before of concepts.get(concept)?.prerequisites ?? []) {
          if (concepts.has(before) && !taught.has(before)) {
            source.report.error(source.lineOf(['concepts']), `"${concept}" builds on "${before}", which is not taught yet`, 'teach that first, or correct the prerequisites in concepts.yml');
          }
        }
      }
      item.needs.forEach((need, index) => {
        const line = source.lineOf(['needs', index]);
        if (!sources.has(need)) source.report.error(line, `needs "${need}", which is no item`, didYouMean(need, sources.keys()));
        else if (need === item.id) source.report.error(line, 'the item needs itself', 'remove it');
      });
    }
    module.handsOn.forEach((each) => {
      if (each.item === undefined || !module.hasLessons) return;
      const target = sources.get(each.item);
      if (target === undefined || target.item.kind !== 'exercise') {
        const page = sources.get(module.items[0] ?? '');
        page?.source.report.error(1, `course.yml names the hands-on exercise "${each.item}", which does not exist`, didYouMean(each.item, sources.keys()));
      }
    });
  }
}
