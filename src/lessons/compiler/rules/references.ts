/*
 * References: everything that is named exists
 * -------------------------------------------
 */
import type { CompiledSource } from '../compile-course.ts';
import { didYouMean } from '../suggest.ts';
import type { RuleSubject } from './rules.ts';

export function checkReferences(compiled: CompiledSource, { options, sources, complete }: RuleSubject): void {
  const { item, source, exercise } = compiled;
  const { report, notes } = source;
  for (const [view, line] of notes.visualizers) {
    if (options.visualizers !== undefined && !options.visualizers.has(view)) report.error(line, `there is no picture "${view}"`, didYouMean(view, options.visualizers));
  }
  if (options.commandNames !== undefined) {
    for (const [name, line] of notes.commands) {
      if (!options.commandNames.has(name)) report.error(line, `[[${name}]] has no card`, `${didYouMean(name, options.commandNames)} For a command that the engine does not have yet, write \`${name}\``);
    }
    for (const { check, line, whenLines } of exercise?.checks ?? []) {
      const texts = [{ text: check.say, at: line }, ...check.when.map((when, index) => ({ text: when.say, at: whenLines[index] ?? line }))];
      for (const { text, at } of texts) {
        for (const found of text.matchAll(/\[\[([^[\]]+)\]\]/g)) {
          if (!options.commandNames.has(found[1] ?? '')) report.error(at, `[[${found[1] ?? ''}]] has no card`, didYouMean(found[1] ?? '', options.commandNames));
        }
      }
    }
  }
  if (item.kind === 'module' && complete) {
    item.testOut.forEach((id, index) => {
      if (sources.get(id)?.item.kind !== 'quiz') report.error(source.lineOf(['test_out', index]), `test_out names "${id}", which is no quiz`, didYouMean(id, [...sources.values()].filter((each) => each.item.kind === 'quiz').map((each) => each.item.id)));
    });
  }
}
