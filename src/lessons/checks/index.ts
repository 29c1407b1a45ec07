/*
 * The side door of checks, for the lab alone: evaluating needs the engine, and the page must not carry a
 * second one in its main bundle.
 */
export { evaluateCheck, evaluateChecks, isSolved } from './evaluate.ts';
export { replyText } from './reply-text.ts';
