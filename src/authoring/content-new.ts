/*
 * npm run content:new -- KIND PATH
 * --------------------------------
 * Writes a file to begin from: `exercise 01-fundamentals/70-my-task` makes
 * content/01-fundamentals/70-my-task.exercise.md. What is written compiles but for the words that only an
 * author can give, and content:check names those.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FRONT = (id: string, kind: string, title: string, more: string): string => `---
id: ${id}
kind: ${kind}
section: "1.1"
title: ${title}
objectives:
  - Say with a verb what the learner can do afterwards
concepts: [redis.request]
${more}---
`;

const SCAFFOLDS: Readonly<Record<string, { file: (path: string) => string; text: (id: string, title: string) => string }>> = {
  lesson: {
    file: (path) => `${path}/lesson.md`,
    text: (id, title) => `${FRONT(id, 'lesson', title, 'minutes: 10\nstart: empty\n')}
## Look back

:::recall{from="earlier lessons" n=2}
:::

## Show one idea

Say in two sentences what it is for. Then let the reader run it.

\`\`\`redis
> SET greeting hello
OK
\`\`\`

\`\`\`redis {predict}
> GET greeting
"hello"
\`\`\`

:::production
Say what differs on a real machine.
:::

## Check yourself

:::quiz{ids="id-of-a-question"}
:::
`,
  },
  exercise: {
    file: (path) => `${path}.exercise.md`,
    text: (id, title) => `${FRONT(id, 'exercise', title, 'difficulty: easy\nminutes: 4\nstart: |\n  SET visits 41\n')}
Tell in one or two sentences who needs what.

1. Raise \`visits\` to \`42\`.

\`\`\`checks
- id: visits
  task: 1
  say: "\`visits\` is 42"
  run: GET visits
  reply: "42"
  when:
    - found: { reply: "41" }
      say: "\`visits\` is still {{found.reply}}. Nothing has changed it yet."
    - found: { reply: "1" }
      say: "The number from before is gone. A plain write replaces the value."
\`\`\`

:::hint{level=1 task=1}
Ask the question that leads to the answer.
:::
:::hint{level=2 task=1}
[[INCR]] adds one.
:::

\`\`\`solution {title="Let the server count"}
INCR visits
\`\`\`
\`\`\`solution {title="Write the new number"}
SET visits 42
\`\`\`
\`\`\`wrong {fails=visits title="Reads only"}
GET visits
\`\`\`
\`\`\`wrong {fails=visits title="Starts anew"}
SET visits 1
\`\`\`

:::explain
Say which idea made it work.
:::
`,
  },
  quiz: {
    file: (path) => `${path}.md`,
    text: (id, title) => `---
id: ${id}
kind: quiz
title: ${title}
objectives:
  - Recall what the lessons said
concepts: [redis.request]
minutes: 5
---

## What does the server reply to PING? {#${id}-ping concept=redis.request}

- [x] \`PONG\`
  > A status, the shortest conversation there is.
- [ ] \`OK\`
  > That is the reply to a write.
- [ ] Nothing
  > Every command gets a reply.

## What is the reply? {#${id}-predict type=predict concept=redis.request}

\`\`\`redis
> SET a 1
> INCR a
\`\`\`
`,
  },
};

/** The file and its text, or what is wrong with the words. */
export function scaffold(kind: string | undefined, path: string | undefined): { file: string; text: string } | { problem: string } {
  const made = kind !== undefined && Object.hasOwn(SCAFFOLDS, kind) ? SCAFFOLDS[kind] : undefined;
  if (made === undefined || path === undefined) return { problem: `usage: npm run content:new -- ${Object.keys(SCAFFOLDS).join('|')} FOLDER/NN-name` };
  const found = /^([a-z0-9-]+)\/((?:\d+-)?([a-z][a-z0-9-]*))$/.exec(path);
  if (found === null) return { problem: `"${path}" is no path like 01-fundamentals/70-my-task` };
  if (kind !== 'quiz' && !/^\d+-/.test(found[2] ?? '')) return { problem: `"${found[2] ?? ''}" has no number; the number says where it stands in the module` };
  if (kind === 'quiz' && !/^quiz(-|$)/.test(found[2] ?? '')) return { problem: `a quiz is named quiz or quiz-something, not "${found[2] ?? ''}"` };
  const id = found[3] ?? '';
  const title = id.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase());
  return { file: `content/${made.file(path)}`, text: made.text(id, title) };
}

function main(words: readonly string[]): number {
  const made = scaffold(words[0], words[1]);
  if ('problem' in made) {
    process.stderr.write(`${made.problem}\n`);
    return 2;
  }
  const file = join(process.cwd(), made.file);
  if (existsSync(file)) {
    process.stderr.write(`${made.file} exists already; nothing was written\n`);
    return 1;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, made.text);
  process.stdout.write(`${made.file}\nNow give it its words, and run: npm run content:check -- ${words[1] ?? ''}\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
