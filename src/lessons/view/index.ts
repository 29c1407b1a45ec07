/* What the page may use of the lessons' views. */
export { ExercisePanel, Solutions } from './exercise-panel.tsx';
export { useLessonHost, type LessonHost } from './host.tsx';
export { LessonHostProvider } from './provider.tsx';
export { InlineText } from './inline-text.tsx';
export { InlineQuiz } from './inline-quiz.tsx';
export { Prose, ShortProse } from './tree.tsx';
export { QuestionView } from './question.tsx';
export { QuizRun } from './quiz-run.tsx';
