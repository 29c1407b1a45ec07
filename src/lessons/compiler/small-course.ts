/*
 * A course of one page, for tests
 * -------------------------------
 * The smallest content that compiles without a problem. Tests change one file of it and look at what is
 * said; so each test shows exactly what it is about.
 */
export const LESSON = `---
id: first-lesson
kind: lesson
section: "1.1"
title: Store a value
objectives: [Store a value]
concepts: [string.set]
minutes: 5
---

:::recall{from="earlier lessons" n=1}
:::

## Store a value

[[SET]] writes to user:1000 at localhost:6379. See [the exercise](first-exercise).

\`\`\`redis
> SET a 1
OK
> GET a
"1"
\`\`\`

<!-- concept: string.set -->

:::production
Real machines have real disks.
:::

:::quiz{ids="q-one"}
:::
`;

export const EXERCISE = `---
id: first-exercise
kind: exercise
section: "1.1"
title: Store two values
objectives: [Store values]
concepts: [string.set]
difficulty: easy
minutes: 3
start: |
  SET keep me
deny: { commands: [FLUSHALL], say: "Other keys live here." }
---

A short story.

1. Store \`1\` under \`a\`.
2. Store \`2\` under \`b\`.

\`\`\`checks
- id: a
  task: 1
  say: "\`a\` is 1"
  run: GET a
  reply: "1"
  when:
    - found: { key: missing, similar: "A*" }
      say: "There is no \`a\`, but there is \`{{found.similar}}\`."
- id: b
  task: 2
  say: "\`b\` is 2"
  key: b
  value: 2
- id: kept
  task: none
  say: "\`keep\` is as it was"
  unchanged: keep
\`\`\`

:::hint{level=1 task=1}
Which command stores?
:::
:::hint{level=2 task=1}
[[SET]] does.
:::

\`\`\`solution {title="Two commands"}
SET a 1
SET b 2
\`\`\`
\`\`\`solution {title="One command"}
MSET a 1 b 2
\`\`\`
\`\`\`wrong {fails=a title="Capital letter"}
SET A 1
SET b 2
\`\`\`
\`\`\`wrong {fails=b title="Forgot one"}
SET a 1
\`\`\`

:::explain
Names are case-sensitive.
:::
`;

export const QUIZ = `---
id: quiz-one
kind: quiz
title: Strings
objectives: [Remember]
concepts: [string.set]
minutes: 3
---

## What does SET reply? {#q-one concept=string.set}

- [x] \`OK\`
  > A status.
- [ ] The old value
  > Only with GET.

## Fill in {#q-blank type=blank concept=string.set}

\`SET a 1 ___\` writes only if \`a\` is **not** there.

= NX | nx
~ XX > That is the mirror image.

## What is the reply? {#q-predict type=predict concept=string.set}

\`\`\`redis
> SET a 1
> GET a
\`\`\`

## Put in order {#q-order type=order concept=string.set}

1. one
2. two
3. three

## Match {#q-match type=match concept=string.set}

- \`GET\` → reads
- \`SET\` → writes
- \`DEL\` → removes

## How many seconds is half an hour? {#q-number type=numeric unit=seconds concept=string.set}

= 1800 +- 5
~ 30 > Those are minutes.

## Do it {#q-do type=do concept=string.set start="SET a 1"}

\`\`\`checks
- say: "\`a\` is 2"
  run: GET a
  reply: 2
\`\`\`
\`\`\`solution
INCR a
\`\`\`
`;

export const COURSE = `id: small
title: A small course
language: en
summary: Small.
reference: { product: Redis, version: "8.0" }
weeks: 1
pass_marks: { quiz: 80, module: 80, final: 70 }
modules:
  - id: one
    number: 1
    folder: 01-one
    weeks: [1]
    title: One
    summary: The first.
    sections:
      - { id: "1.1", title: Strings, topics: [SET] }
  - id: two
    number: 2
    weeks: [2]
    title: Two
    summary: Not yet.
    sections: []
`;

export const CONCEPTS = `string.set: { name: SET replaces, week: 1, prerequisites: [] }
`;

export const MODULE = `---
id: one
kind: module
title: One
objectives: [Store]
minutes: 20
start: empty
panels: [terminal]
---

Welcome.
`;

/** The files, some of them replaced (or, with undefined, left out). */
export function smallCourse(changes: Readonly<Record<string, string | undefined>> = {}): Map<string, string> {
  const files: Record<string, string | undefined> = {
    'content/course.yml': COURSE,
    'content/concepts.yml': CONCEPTS,
    'content/scenarios/standalone.yml': 'seed: 1\nhosts:\n  - { name: local, run: [redis-server] }\n',
    'content/01-one/module.md': MODULE,
    'content/01-one/01-first/lesson.md': LESSON,
    'content/01-one/02-first.exercise.md': EXERCISE,
    'content/01-one/quiz.md': QUIZ,
    ...changes,
  };
  return new Map(Object.entries(files).filter((each): each is [string, string] => each[1] !== undefined));
}
