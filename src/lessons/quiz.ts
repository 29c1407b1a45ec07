/*
 * Quizzes, without a screen
 * -------------------------
 * Drawing and shuffling by seed, marking each type of question with the reasons, the score. The page holds the
 * answers and asks these functions; nothing here remembers anything.
 *
 * Positions in answers are those of the source (option 0 is the first that the author wrote), whatever order
 * was shown, so that an answer means the same in every variant.
 */
import type { ChoiceQuestion, Question, Quiz, Tree } from './model.ts';
import { permutation, seeded } from './shuffle.ts';

export type Answer =
  | { type: 'single'; chosen: number | undefined }
  | { type: 'many'; chosen: readonly number[] }
  | { type: 'blank'; texts: readonly string[] }
  | { type: 'numeric'; text: string }
  | { type: 'predict'; text: string }
  /** Source positions in the learner's order. */
  | { type: 'order'; order: readonly number[] }
  /** For each left side the source position of the right side chosen. */
  | { type: 'match'; chosen: readonly (number | undefined)[] }
  /** Whether the checks have passed, as the lab reported. */
  | { type: 'do'; solved: boolean };

export interface Mark {
  right: boolean;
  /** 0 to 1; partial for many, order, match and several gaps. */
  score: number;
  /** What to tell about each part: an option, a gap, an item. */
  parts: PartMark[];
}

export interface PartMark {
  /** Source position of the part. */
  index: number;
  right: boolean;
  /** Whether the learner chose or filled it. */
  given: boolean;
  /** The author's reason; empty when there is none. */
  reason: Tree;
  /** The right answer in plain text, where the part has one of its own. */
  expected?: string;
}

// --- drawing ------------------------------------------------------------------------------------

/** The questions of one attempt, in order. Variants differ by seed. */
export function drawQuestions(quiz: Pick<Quiz, 'id' | 'draw' | 'questions'>, seed: number): Question[] {
  const order = permutation(quiz.questions.length, seeded(seed, quiz.id));
  const drawn = quiz.draw === undefined ? order : order.slice(0, quiz.draw);
  return drawn.map((index) => quiz.questions[index]).filter((question) => question !== undefined);
}

/**
 * The order in which the parts of a question are shown: options, items, or the right sides of pairs. A question
 * to be ordered is never shown in its right order.
 */
export function shownOrder(question: Question, seed: number): number[] {
  const next = seeded(seed, question.id);
  switch (question.type) {
    case 'single':
    case 'many':
      return permutation(question.options.length, next);
    case 'order': {
      const order = permutation(question.items.length, next);
      if (order.length > 1 && order.every((value, index) => value === index)) order.push(order.shift() ?? 0);
      return order;
    }
    case 'match':
      return permutation(question.pairs.length, next);
    default:
      return [];
  }
}

/** The answer of somebody who has not touched the question yet. */
export function emptyAnswer(question: Question, seed: number): Answer {
  switch (question.type) {
    case 'single': return { type: 'single', chosen: undefined };
    case 'many': return { type: 'many', chosen: [] };
    case 'blank': return { type: 'blank', texts: question.gaps.map(() => '') };
    case 'numeric': return { type: 'numeric', text: '' };
    case 'predict': return { type: 'predict', text: '' };
    case 'order': return { type: 'order', order: shownOrder(question, seed) };
    case 'match': return { type: 'match', chosen: question.pairs.map(() => undefined) };
    case 'do': return { type: 'do', solved: false };
  }
}

/** Whether there is something to mark. */
export function isAnswered(answer: Answer): boolean {
  switch (answer.type) {
    case 'single': return answer.chosen !== undefined;
    case 'many': return answer.chosen.length > 0;
    case 'blank': return answer.texts.every((text) => text.trim() !== '');
    case 'numeric':
    case 'predict': return answer.text.trim() !== '';
    case 'order': return true;
    case 'match': return answer.chosen.every((chosen) => chosen !== undefined);
    case 'do': return answer.solved;
  }
}

// --- marking ------------------------------------------------------------------------------------

/** Marks an answer. An answer to another type of question is wrong, not an exception. */
export function markAnswer(question: Question, answer: Answer): Mark {
  switch (question.type) {
    case 'single': return markSingle(question, answer.type === 'single' ? answer.chosen : undefined);
    case 'many': return markMany(question, answer.type === 'many' ? answer.chosen : []);
    case 'blank': return markBlank(question, answer.type === 'blank' ? answer.texts : []);
    case 'numeric': return markNumeric(question, answer.type === 'numeric' ? answer.text : '');
    case 'predict': return markPredict(question, answer.type === 'predict' ? answer.text : '');
    case 'order': return markOrder(question, answer.type === 'order' ? answer.order : []);
    case 'match': return markMatch(question, answer.type === 'match' ? answer.chosen : []);
    case 'do': {
      const right = answer.type === 'do' && answer.solved;
      return { right, score: right ? 1 : 0, parts: [] };
    }
  }
}

type Of<T extends Question['type']> = Extract<Question, { type: T }>;

function markSingle(question: ChoiceQuestion, chosen: number | undefined): Mark {
  const parts = question.options.map((option, index): PartMark => ({ index, right: option.right, given: index === chosen, reason: option.reason }));
  const right = chosen !== undefined && question.options[chosen]?.right === true;
  return { right, score: right ? 1 : 0, parts };
}

/** A right choice earns its share, a wrong one takes a share away; the sum is not below 0. */
function markMany(question: ChoiceQuestion, chosen: readonly number[]): Mark {
  const all = question.options.filter((option) => option.right).length;
  let points = 0;
  const parts = question.options.map((option, index): PartMark => {
    const given = chosen.includes(index);
    if (given) points += option.right ? 1 : -1;
    return { index, right: given === option.right, given, reason: option.reason };
  });
  return { right: parts.every((part) => part.right), score: all === 0 ? 0 : Math.max(0, points / all), parts };
}

/** Blanks around and quotation marks differ from person to person; case counts only if an author gives two cases. */
function normalise(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replace(/[“”„]/g, '"').replace(/[‘’]/g, "'");
}

function sameText(given: string, wanted: string): boolean {
  const a = normalise(given);
  const b = normalise(wanted);
  return a === b || a.toLowerCase() === b.toLowerCase();
}

function markBlank(question: Of<'blank'>, texts: readonly string[]): Mark {
  const parts = question.gaps.map((gap, index): PartMark => {
    const text = texts[index] ?? '';
    const right = gap.accept.some((accept) => sameText(text, accept));
    const wrong = gap.wrong.find((each) => sameText(text, each.answer));
    return { index, right, given: text.trim() !== '', reason: right ? [] : (wrong?.reason ?? []), expected: gap.accept[0] ?? '' };
  });
  return partial(parts);
}

function markNumeric(question: Of<'numeric'>, text: string): Mark {
  const cleaned = text.trim().replace(/(?<=\d)[ ,_](?=\d{3}(\D|$))/g, '').replace(/\s*[a-zµ%]*$/i, '');
  const value = cleaned === '' ? Number.NaN : Number(cleaned);
  const right = Math.abs(value - question.value) <= question.tolerance;
  const wrong = question.wrong.find((each) => value >= each.min && value <= each.max);
  return partial([{ index: 0, right, given: text.trim() !== '', reason: right ? [] : (wrong?.reason ?? []), expected: `${question.value}${question.unit === undefined ? '' : ` ${question.unit}`}` }]);
}

/**
 * Forgives how a reply is written down: `(integer) 1` may be typed as 1, `"a"` as a, `(nil)` as nil, and an
 * error by its first word, because the question is what is replied and not how redis-cli paints it.
 */
export function samePrediction(given: string, reply: string): boolean {
  const plain = (text: string): string =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/\s+/g, ' ').replace(/^\(integer\) ?/i, '').replace(/^\(nil\)$/i, 'nil').replace(/^\(error\) ?/i, '').replace(/^((?:\d+\) ?)*)"(.*)"$/, '$1$2'))
      .filter((line) => line !== '')
      .join('\n');
  const a = plain(given);
  const b = plain(reply);
  if (a === '') return false;
  if (a === b || a.toLowerCase() === b.toLowerCase()) return true;
  if (/^\(error\)/i.test(reply.trim())) return new RegExp(`^(${(b.split(' ')[0] ?? '').replace(/\W/g, '')}|error|an error)$`, 'i').test(a);
  // A list may be typed as its members, one on a line or with commas between.
  const members = (text: string): string => text.split(/\n|, ?/).map((part) => part.replace(/^\d+\) ?/, '').replace(/^"(.*)"$/, '$1').replace(/^\(nil\)$/, 'nil').replace(/^\(integer\) /, '')).join('\n');
  return b.includes(') ') && members(a) === members(b);
}

function markPredict(question: Of<'predict'>, text: string): Mark {
  const right = samePrediction(text, question.reply);
  const wrong = question.wrong.find((each) => samePrediction(text, each.answer));
  return partial([{ index: 0, right, given: text.trim() !== '', reason: right ? [] : (wrong?.reason ?? []), expected: question.reply }]);
}

/** Score: the share of neighbours that stand in the right order. */
function markOrder(question: Of<'order'>, order: readonly number[]): Mark {
  const parts = order.map((item, place): PartMark => ({ index: item, right: item === place, given: true, reason: [], expected: question.items[place]?.plain ?? '' }));
  const right = order.length === question.items.length && parts.every((part) => part.right);
  let pairs = 0;
  for (let place = 0; place + 1 < order.length; place++) if ((order[place] ?? 0) < (order[place + 1] ?? 0)) pairs++;
  const most = Math.max(1, question.items.length - 1);
  return { right, score: right ? 1 : Math.min(pairs / most, 1 - 1 / most), parts };
}

function markMatch(question: Of<'match'>, chosen: readonly (number | undefined)[]): Mark {
  return partial(
    question.pairs.map((pair, index): PartMark => ({ index, right: chosen[index] === index, given: chosen[index] !== undefined, reason: [], expected: pair.rightPlain })),
  );
}

function partial(parts: PartMark[]): Mark {
  const right = parts.filter((part) => part.right).length;
  return { right: parts.length > 0 && right === parts.length, score: parts.length === 0 ? 0 : right / parts.length, parts };
}

// --- the whole ------------------------------------------------------------------------------------

export interface QuizScore {
  /** Per cent, rounded down, so that 100 means all. */
  percent: number;
  right: number;
  of: number;
  passed: boolean;
  /** Concepts of questions that were not right, each once. */
  weak: string[];
}

export function scoreQuiz(quiz: Pick<Quiz, 'pass'>, questions: readonly Question[], marks: ReadonlyMap<string, Mark>): QuizScore {
  let points = 0;
  let right = 0;
  const weak = new Set<string>();
  for (const question of questions) {
    const mark = marks.get(question.id);
    points += mark?.score ?? 0;
    if (mark?.right === true) right++;
    else weak.add(question.concept);
  }
  const percent = questions.length === 0 ? 0 : Math.floor((points * 100) / questions.length + 1e-9);
  return { percent, right, of: questions.length, passed: percent >= quiz.pass, weak: [...weak] };
}
