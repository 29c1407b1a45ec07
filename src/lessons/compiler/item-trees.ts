/*
 * All prose of an item
 * --------------------
 * Links, words and tables are looked at wherever an author can write: bodies, hints, options, reasons.
 */
import type { Item, Question, Tree } from '../model.ts';

/** Every tree of an item. */
export function treesOf(item: Item): Tree[] {
  switch (item.kind) {
    case 'module':
    case 'lesson':
      return [item.body];
    case 'exercise':
      return [item.story, ...item.tasks.map((task) => task.body), item.notes, ...item.hints.map((hint) => hint.body), item.explain];
    case 'quiz':
      return [item.intro, ...item.questions.flatMap(questionTrees)];
  }
}

function questionTrees(question: Question): Tree[] {
  const trees = [question.prompt, ...(question.explain === undefined ? [] : [question.explain])];
  switch (question.type) {
    case 'single':
    case 'many':
      return [...trees, ...question.options.flatMap((option) => [option.text, option.reason])];
    case 'blank':
      return [...trees, ...question.gaps.flatMap((gap) => gap.wrong.map((wrong) => wrong.reason))];
    case 'numeric':
    case 'predict':
      return [...trees, ...question.wrong.map((wrong) => wrong.reason)];
    case 'order':
      return [...trees, ...question.items.map((each) => each.text)];
    case 'match':
      return [...trees, ...question.pairs.flatMap((pair) => [pair.left, pair.right])];
    case 'do':
      return trees;
  }
}
