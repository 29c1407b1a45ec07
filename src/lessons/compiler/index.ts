/* The compiler's door, for authoring and tests; the page never imports it. */
export { allIds, compileCourse, DEFAULT_VISUALIZERS, RELEASED_IDS } from './compile-course.ts';
export { treesOf } from './item-trees.ts';
export type { CompiledSource, CompileOptions, CompileResult } from './compile-course.ts';
export { formatProblem, Reporter, sortProblems } from './problems.ts';
export type { Problem } from './problems.ts';
export { highlight } from './highlight.ts';
export { plainText, elements } from './tree.ts';
export { argumentsOf } from './command-line.ts';
export { deploymentsOf, parseScenario, parseScenarioFile, toScenario } from './start.ts';
