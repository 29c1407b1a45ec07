/*
 * What prose asks of the page around it. Lessons know neither the lab nor the pictures; the page hands
 * in what it can do, and a preview of an author's text can hand in less.
 */
import { createContext, useContext, type ReactNode } from 'react';
import type { Question } from '../model.ts';

export interface LessonHost {
  /** Types a line into the terminal of `client` (the first terminal when undefined). */
  run: (line: string, client: string | undefined) => void;
  /** Types a line of redis and hands over what came back, as redis-cli prints it. */
  runAndHear: (line: string, client: string | undefined, heard: (reply: string) => void) => void;
  /** A live picture. */
  picture: (props: { id: string; view: string; params: Readonly<Record<string, string>> }) => ReactNode;
  /** The short card of a command, or undefined while it is not known. */
  commandCard: (name: string) => ReactNode;
  /** Meaning of a glossary term, inline markup. */
  term: (id: string) => { term: string; meaning: string } | undefined;
  /** Questions on earlier items, the learner's own errors first. */
  recall: (from: string, count: number) => Promise<readonly Question[]>;
  /** A question was answered. */
  answered: (question: Question, right: boolean) => void;
  /** The workspace of a question that is done in a terminal. */
  doWorkspace: (question: Extract<Question, { type: 'do' }>, solved: () => void) => ReactNode;
  /** A link within the course. */
  link: (props: { href: string; className?: string; children: ReactNode }) => ReactNode;
}

const HostContext = createContext<LessonHost | undefined>(undefined);
export const HostProvider = HostContext.Provider;

export function useLessonHost(): LessonHost {
  const host = useContext(HostContext);
  if (host === undefined) throw new Error('prose needs a LessonHostProvider around it');
  return host;
}
