/*
 * The rules of the course
 * -----------------------
 * What content:check fails on and no engine is needed for (learning.md, section 2.9). Each file of this
 * folder is one subject; each rule tells the place and the remedy.
 */
import type { Concept, Course, GlossaryTerm } from '../../model.ts';
import type { CompiledSource, CompileOptions } from '../compile-course.ts';
import { checkConcepts } from './concepts.ts';
import { checkExercise } from './exercises.ts';
import { checkLesson } from './lessons.ts';
import { checkQuiz } from './quizzes.ts';
import { checkReferences } from './references.ts';
import { checkWords } from './words.ts';

export interface RuleSubject {
  course: Course;
  sources: ReadonlyMap<string, CompiledSource>;
  concepts: ReadonlyMap<string, Concept & { line: number }>;
  glossary: ReadonlyMap<string, GlossaryTerm>;
  options: CompileOptions;
  /** False while a file could not be read: rules about what is missing elsewhere keep quiet. */
  complete: boolean;
}

export function checkRules(subject: RuleSubject): void {
  if (subject.complete) checkConcepts(subject);
  for (const compiled of subject.sources.values()) {
    if (compiled.item.kind === 'lesson') checkLesson(compiled.item, compiled.source);
    if (compiled.item.kind === 'exercise' && compiled.exercise !== undefined) checkExercise(compiled.item, compiled.exercise, compiled.source);
    if (compiled.item.kind === 'quiz' && compiled.quiz !== undefined) checkQuiz(compiled.item, compiled.quiz, compiled.source);
    checkReferences(compiled, subject);
    checkWords(compiled);
  }
}
