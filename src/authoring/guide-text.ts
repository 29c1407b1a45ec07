/*
 * The words of the author's guide
 * -------------------------------
 * What no field can say: how to work, what each block means, and why the rules are as they are.
 */
export const GUIDE_START = `
# Author's guide

A lesson is a text with commands in it. You write Markdown, YAML and Redis commands, and nothing else. The
build runs every command you print and every solution you list, so what the course says is what Redis does.

## How to work

    npm run content:new -- exercise 01-fundamentals/70-my-task     a file to begin from
    npm run dev                                                    the page, reloaded when you save
    npm run content:check                                          the rules, and the proof with the engine
    npm run content:check -- 70-my-task                            the proof of one item only
    npm run content:check -- --no-engine                           the rules alone, in a few seconds
    npm run content:check -- --mutate 70-my-task                   what your checks overlook

A problem is one line: \`file:line: what is wrong — what to do\`. A warning does not fail the build; an error does.

## Where things stand

    content/course.yml                       modules, weeks, marks
    content/concepts.yml                     the ideas, in pieces small enough to recall one at a time
    content/glossary.yml                     words
    content/data/shop.redis                  commands, one on a line, to start from
    content/scenarios/standalone.yml         machines to start from
    content/01-fundamentals/module.md        the page of the module, with defaults for its items
    content/01-fundamentals/10-name/lesson.md
    content/01-fundamentals/20-name.exercise.md
    content/01-fundamentals/quiz.md          or quiz-a.md, quiz-b.md

The number gives the order and is no part of the id. The \`id\` in the front matter is permanent, since a learner's
progress is kept under it. Rename and move files as you like; never change an id.

## The text of a lesson

Begin with \`:::recall\`, end with \`:::quiz\`. Steps are \`## Verb and object\`, at most twelve, two minutes each. Show an idea
by an example that is run, then let the reader predict, then give a full task in an exercise.

| write | gives |
|---|---|
| \`\`\` \`\`\`redis \`\`\` with \`> COMMAND\` lines and replies | a session to run; each reply is compared in the build |
| \`{predict}\` after \`redis\` | the reply is hidden until the reader has guessed |
| \`{client=b}\` | typed by another client, in a terminal of its own |
| \`{expect=shape}\`, \`{expect=ignore}\`, \`{expect=error}\` | compare types only; do not compare; one reply must be an error |
| \`{once}\`, \`{confirm}\` | run at most once in a visit; ask before running |
| \`\`\` \`\`\`console \`\`\` with \`$ line\` and its output | the shell of the simulated machine, compared too |
| \`\`\` \`\`\`sh \`\`\`, \`conf\`, \`python\`, \`javascript\`, \`text\` | shown and copied, never run; \`{title="…"}\` above it |
| \`:::note\` \`:::tip\` \`:::warning\` \`:::production\` | a callout, with \`{title="…"}\` if you like; \`production\` says what differs on real machines |
| \`:::predict{id=name answer="…"}\` | a question with its answer; \`options="a \\| b"\` offers choices |
| \`:::viz{view=keyspace}\` | a live picture; \`key=…\` and other attributes go to it |
| \`:::compare\` around two blocks | side by side |
| \`:::details{summary="Why?"}\` | folded |
| \`:::recall{from="earlier lessons" n=2}\` | questions on what came before; \`from\` may be a lesson's id |
| \`:::quiz{ids="a b"}\` | questions from a quiz of the course |
| \`[[SET]]\`, \`[[CONFIG GET]]\` | a link to the command's card |
| \`[[term:shard]]\`, \`[[term:shard\\|shards]]\` | a link to the glossary |
| \`[text](id-of-an-item)\` | a link to a lesson, exercise or quiz |
| \`<!-- concept: string.set -->\` | tags the paragraph after it (or, at the end of a step, before it) |

Every block that opens with \`:::name\` closes with \`:::\`. There is no other HTML and no inline directive, so \`user:1000\` and
\`localhost:6379\` are safe to write. Blocks of one lesson continue each other's state, as a reader's do.

## Exercises

The body is a short story and one numbered list, the tasks. Everything that is checked is written in a task; every
task has a check.

- A \`\`\` \`\`\`checks \`\`\` block holds the conditions, in the order of the tasks: the first that fails is the one the learner
  reads. \`say\` is the condition as a full sentence in positive form.
- Checks look at the result. Demand a command (\`used\`) only where the command is the point.
- \`when\` lists what learners are likely to get wrong, each with its own message. The first that fits speaks; without one,
  a message is made from what was expected and found. Each message must be reached by one of your wrong attempts.
- \`cause: lost\` asks the past: it was so once, and \`{{cause.command}}\` took it away.
- Hints: level 1 asks a question and names no command of the solution; level 2 may.
- \`\`\` \`\`\`solution {title="…"} \`\`\`: all ways that are worth knowing, not one. \`\`\` \`\`\`wrong {fails=CHECK title="…"} \`\`\`: two to four mistakes, each with
  the check that fails first.
- \`:::explain\` says which idea made it work.

Steps in \`start\`, \`solution\` and \`wrong\`, one on a line:

| line | does |
|---|---|
| \`COMMAND …\` | typed at redis-cli |
| \`@b COMMAND …\` | by another client |
| \`$ line\` | typed at the shell |
| \`@wait 10s\` | lets time pass: us, ms, s, m, h, d |
| \`@restart\` | stops the server gracefully and starts it again |
| \`@answer check=2\` | chooses an answer of an \`ask\` check, counted from 1 |
`;

export const GUIDE_END = `
## Quizzes

A question is \`## Title {#id type=… concept=…}\`. What stands before the answer belongs to the question. Every wrong option has
its reason, in a quote below it; options are shuffled, so none may speak of the others.

| type | the answer |
|---|---|
| \`single\` (default), \`many\` | \`- [ ] wrong\` with \`> why\` below, \`- [x] right\` |
| \`blank\` | \`___\` in the text; then \`= NX \\| nx\` for what is right and \`~ XX > why\` for what is not; a line with \`=\` for each gap |
| \`numeric\` | \`= 1800 +- 5\`, \`~ 30 > why\`; \`unit=seconds\` beside the id |
| \`predict\` | a \`\`\` \`\`\`redis \`\`\` block without its last reply, which the build asks of the engine; \`start="SET a 1; SET b 2"\` beside the id |
| \`order\` | a numbered list in the right order |
| \`match\` | a list of \`left → right\` |
| \`do\` | \`start="…"\`, a \`\`\` \`\`\`checks \`\`\` block, and a \`\`\` \`\`\`solution \`\`\` that proves it |

## Style

Concrete, short sentences, one idea at a time. The recommendation first, the reason after it. "Just", "simply", "obviously",
"easy" and exclamation marks are errors of the build: they tell somebody who is stuck that it is their fault. Say
what is simulated. A right option that is far longer than the others gives itself away.

## What the build refuses

Unknown fields and directives; ids used twice; links, concepts, commands and pictures that do not exist; replies that
differ from the engine's; exercises that pass untouched, solutions that do not pass, wrong attempts that pass, that fail at
another check or get only the general message; messages nobody reaches; tasks without checks and checks without tasks;
concepts used before they are taught; raw HTML, scripts, addresses that run code, images from elsewhere, absurd nesting.
`;
