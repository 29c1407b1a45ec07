/*
 * Quizzes: one question, one concept, and no give-away
 * ----------------------------------------------------
 */
import type { Option, Quiz } from '../../model.ts';
import type { QuizParts } from '../quiz.ts';
import type { Source } from '../source.ts';

/** A right option this much longer than the longest wrong one gives itself away. */
const TELLING_RATIO = 1.8;
const TELLING_CHARACTERS = 30;

export function checkQuiz(quiz: Quiz, parts: QuizParts, source: Source): void {
  const { report } = source;
  if (quiz.draw !== undefined && quiz.draw > quiz.questions.length) report.error(source.lineOf(['draw']), `draws ${quiz.draw} of ${quiz.questions.length} questions`, 'draw fewer, or write more');
  for (const { question, line, optionLines } of parts.questions) {
    if (question.type === 'single' || question.type === 'many') {
      question.options.forEach((option, index) => {
        if (/\bof the above\b|^(all|none|both|neither) of (these|them|the others)\W*$/i.test(option.plain)) {
          report.error(optionLines[index] ?? line, `option "${option.plain}" points at the others`, 'options are shuffled; say what you mean');
        }
      });
      if (question.type === 'single') checkLengths(question.options, line, question.id, source);
    }
    if (/\b(not|never)\b/i.test(question.plain) && /\bwhich\b.*\b(is|are|does|do)\b\s+not\b/i.test(question.plain) && !/\*\*|<strong>/.test(source.body.split('\n')[line - source.bodyLine] ?? '')) {
      report.warning(line, `question "${question.id}" hides a "not"`, 'ask for what is so, or set the word in **bold**');
    }
  }
  const used = new Set(parts.questions.map((placed) => placed.question.concept));
  quiz.concepts.forEach((concept, index) => {
    if (!used.has(concept)) report.warning(source.lineOf(['concepts', index]), `no question is about "${concept}"`, 'add one, or remove the concept');
  });
}

function checkLengths(options: readonly Option[], line: number, id: string, source: Source): void {
  const right = options.find((option) => option.right)?.plain.length ?? 0;
  const longestWrong = Math.max(0, ...options.filter((option) => !option.right).map((option) => option.plain.length));
  if (right > longestWrong * TELLING_RATIO && right > longestWrong + TELLING_CHARACTERS) {
    source.report.error(line, `the right option of "${id}" is far longer than the others`, 'make them alike; move the explanation to the reason');
  }
}
