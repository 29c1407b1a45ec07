/*
 * What authors may write
 * ----------------------
 * One schema per YAML shape of the course: front matter of each kind of item, checks, scenarios and the
 * three files at the top of content/. It is the one source for the compiler's messages, for the types of
 * what authors write, for the JSON Schema that editors complete from and for docs/authors-guide.md, so
 * every field carries its description. Objects are strict: a field nobody reads is an error, because it is
 * nearly always a slip of the pen.
 *
 * Only src/authoring, the compiler and tests import this file; zod never reaches the page.
 */
import { z } from 'zod';
import { GOALS } from '../simulation/index.ts';

const id = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'an id is lower case words joined by hyphens');
const conceptId = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a concept id is words joined by dots, like string.set');
const sectionId = z.string().regex(/^\d+\.\d+$/, 'a section is written "1.3", in quotation marks');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date is written 2026-11-23');
const words = z.string().min(1);
const port = z.int().min(1).max(65535);

// --- front matter -------------------------------------------------------------------------------

const common = {
  id: id.describe('Permanent name, unique in the course. Progress is kept under it: never change it.'),
  title: words.describe('Verb and object: "Rank players by score".'),
  objectives: z.array(words).min(1).max(4).describe('One to four things the learner can do afterwards, each beginning with a verb.'),
  minutes: z.number().positive().describe('Time it takes. Lessons at most 15, exercises at most 5, hands-on exercises at most 15.'),
  status: z.enum(['draft', 'review', 'published']).optional().describe('Drafts are left out of the published course.'),
  authors: z.array(words).optional().describe('Who wrote it.'),
  license: words.optional().describe('License of the text when it differs from that of the course.'),
  reviewed: date.optional().describe('Date of the last review of facts.'),
};

const taught = {
  section: sectionId.describe('Section of the syllabus, as in course.yml, in quotation marks.'),
  concepts: z.array(conceptId).min(1).describe('Ids from concepts.yml. The first lesson that names a concept teaches it.'),
  needs: z.array(id).optional().describe('Items recommended before this one. Nothing is locked.'),
};

const begin = {
  start: z
    .string()
    .optional()
    .describe(
      'Where it begins: `empty`; `inherit` (the end of the item before); `data/x.redis`; `scenarios/x.yml`; or steps, one on a line. Default: what the module says, else `empty`.',
    ),
  scenario: z
    .string()
    .regex(/^scenarios\/[a-z0-9-]+\.yml$/, 'a scenario is a file like scenarios/bare-host.yml')
    .optional()
    .describe('The machines, when `start` gives steps. Default: scenarios/standalone.yml.'),
  panels: z.array(words).optional().describe('What stands beside the text: terminal, terminal@b, keyspace, files …'),
};

export const moduleSchema = z.strictObject({
  ...common,
  kind: z.literal('module'),
  week: z.int().min(1).max(12).optional().describe('The week it belongs to.'),
  ...begin,
  test_out: z.array(id).optional().describe('Quizzes for people who know the module already.'),
});

export const lessonSchema = z.strictObject({
  ...common,
  kind: z.literal('lesson'),
  ...taught,
  ...begin,
});

const deny = z.strictObject({
  commands: z.array(words).min(1).describe('Commands that must not be used, in capitals.'),
  say: words.describe('The reason, told to the learner who used one.'),
});

export const exerciseSchema = z.strictObject({
  ...common,
  kind: z.literal('exercise'),
  ...taught,
  ...begin,
  difficulty: z.enum(['very_easy', 'easy', 'medium', 'hard']).describe('From medium on, hints in two levels are demanded.'),
  points: z.int().min(0).optional().describe('Default 1.'),
  hands_on: z.boolean().optional().describe('A hands-on exercise of the syllabus; may take 15 minutes.'),
  deny: deny.optional().describe('Commands that this exercise forbids, and why.'),
  seed: z.int().optional().describe('Seed of the simulation, when the scenario should differ.'),
  out_of_scope: z.union([words, z.array(words)]).optional().describe('What the exercise leaves out on purpose; not shown.'),
});

export const quizSchema = z.strictObject({
  ...common,
  kind: z.literal('quiz'),
  section: sectionId.optional().describe('Section it belongs to; none for a quiz on the whole module.'),
  concepts: z.array(conceptId).min(1).describe('Ids from concepts.yml; each question names one of them.'),
  needs: z.array(id).optional().describe('Items recommended before this one.'),
  draw: z.int().min(1).optional().describe('How many questions are drawn each time. Default: all.'),
  pass: z.int().min(1).max(100).optional().describe('Per cent needed to pass. Default: the course’s mark for quizzes.'),
  feedback: z.enum(['immediate', 'end']).optional().describe('When reasons are shown. Default: immediate.'),
});

export const frontMatterSchemas = {
  module: moduleSchema,
  lesson: lessonSchema,
  exercise: exerciseSchema,
  quiz: quizSchema,
} as const;

// --- checks -------------------------------------------------------------------------------------

const replyValue: z.ZodType<AuthoredReplyValue> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(replyValue)]));
export type AuthoredReplyValue = string | number | boolean | null | AuthoredReplyValue[];

const range = z.strictObject({ between: z.tuple([z.number(), z.number()]).describe('Smallest and largest value that pass.') });

const matcher = z
  .union([
    replyValue,
    range,
    z.strictObject({ set: z.array(replyValue).describe('These members, in any order.') }),
    z.strictObject({ contains: z.union([z.string(), z.number()]).describe('A text that holds this, or a list with this member.') }),
    z.strictObject({ error: words.describe('An error whose text begins so.') }),
  ])
  .describe('A value as redis-cli shows it: "ada", 4, null, a list; or "/regex/", {between: [a, b]}, {set: […]}, {contains: x}, {error: WRONGTYPE}.');

const ttl = z
  .union([z.literal('none'), z.literal('some'), z.number(), range])
  .describe('Lifetime in seconds: none, some, a number, or {between: [a, b]}.');
const count = z.union([z.int(), range]);

export const foundSchema = z.strictObject({
  error: words.optional().describe('The reply was an error that begins so.'),
  key: z.enum(['missing', 'exists']).optional().describe('The key of the check is missing, or exists.'),
  similar: words.optional().describe('The learner has made another key, whose name matches this pattern; {{found.similar}} is its name.'),
  type: words.optional().describe('Type of the key.'),
  encoding: words.optional().describe('Encoding of the key.'),
  ttl: ttl.optional(),
  value: matcher.optional().describe('The value of the key.'),
  reply: matcher.optional().describe('The reply that came.'),
  length: count.optional().describe('Length of the value.'),
  used: words.optional().describe('The learner executed this command.'),
  file: z.union([z.literal('missing'), z.strictObject({ matches: words })]).optional().describe('The file is missing, or its text matches.'),
  port: z.literal('closed').optional().describe('Nothing answers at the port.'),
  commands: count.optional().describe('So many commands were executed.'),
  cause: z
    .enum(['lost', 'never'])
    .optional()
    .describe('lost: it was so once, and a command took it away ({{cause.command}}, {{cause.step}}). never: it has not been so.'),
});

const when = z.strictObject({
  found: foundSchema.describe('What was found; all given fields must hold.'),
  say: words.describe('What to tell the learner. Templates: {{found.type}} {{found.value}} {{found.ttl}} {{found.similar}} {{found.reply}} {{found.length}} {{found.encoding}} {{cause.command}} {{cause.step}} {{expected}}'),
});

export const checkSchema = z.strictObject({
  id: id.optional().describe('Name of the check; wrong attempts name it. May be left out in quizzes.'),
  task: z.union([z.int().min(1), z.literal('none')]).optional().describe('Number of the task it checks, or none.'),
  say: words.optional().describe('The condition as a full sentence in positive form.'),
  points: z.number().optional().describe('Weight; default 1.'),
  when: z.array(when).optional().describe('Messages for what learners are likely to get wrong; tried in order.'),
  node: words.optional().describe('Host of the server that is asked; default: the first.'),
  port: port.optional().describe('Alone: a server answers there. With `run` or `key`: that server is asked. Default 6379.'),
  db: z.int().min(0).optional().describe('Database; default 0.'),

  run: words.optional().describe('A reading command; it runs on a copy of the state. Needs `reply`.'),
  reply: matcher.optional(),

  key: words.optional().describe('A key; say with the next fields what must hold of it. Alone: it exists.'),
  exists: z.boolean().optional().describe('Of a key or a file; default true.'),
  type: words.optional().describe('string, list, hash, set, zset, stream.'),
  ttl: ttl.optional(),
  length: count.optional().describe('Length of the value.'),
  encoding: words.optional().describe('As OBJECT ENCODING tells it.'),
  value: matcher.optional().describe('The value of the key.'),

  unchanged: words.optional().describe('Pattern of keys that must be as they were at the start, lifetime included.'),
  absent: words.optional().describe('Pattern of keys that must not exist.'),

  used: z.union([words, z.array(words)]).optional().describe('Commands that must have been executed. Use sparingly.'),
  not_used: z.union([words, z.array(words)]).optional().describe('Commands that must not have been executed.'),
  max_commands: z.int().min(1).optional().describe('Most commands the learner may execute.'),
  atomic: z.boolean().optional().describe('All changes came in one command or one transaction.'),

  file: words.optional().describe('Path of a file on the host.'),
  contains: z.union([words, z.array(words)]).optional().describe('Texts that the file holds.'),
  matches: words.optional().describe('Regular expression that the file matches; ^ and $ stand for line ends.'),

  open: z.boolean().optional().describe('With `port`: false when nothing must answer there.'),

  ask: words.optional().describe('A question with choices.'),
  choices: z
    .array(
      z.union([
        z.strictObject({ right: words.describe('A right answer.'), say: words.optional() }),
        z.strictObject({ wrong: words.describe('A wrong answer.'), say: words.describe('Why it is wrong.') }),
      ]),
    )
    .min(2)
    .optional()
    .describe('The choices of `ask`.'),
});

export const checksSchema = z.array(checkSchema).min(1);

// --- scenarios ----------------------------------------------------------------------------------

const duration = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a time is written 500ms, 20s, 2m or 1h');
const address = z.string().regex(/^[a-z][a-z0-9-]*:\d+$/, 'an address is a machine and a port, like p1:6379');

const clientSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/).describe('Name of its machine, which stands beside the others in faults.'),
  writes: z.string().regex(/^[a-z][a-z0-9-]*$/).describe('Prefix of its keys: `orders` gives orders:1, orders:2 …'),
  every: duration.optional().describe('Time between two writes. Default 100ms.'),
  from: duration.optional().describe('When it begins. Default 1s.'),
  count: z.int().min(1).optional().describe('How many writes. Default: without end.'),
  to: z.array(address).min(1).describe('Servers, nodes of a cluster, or Sentinels.'),
  master: z.string().regex(/^[a-z][a-z0-9-]*$/).optional().describe('The addresses are Sentinels: the master with this name is written to.'),
});

const deploymentSchema = z.strictObject({
  order: z.int().describe('Place in the list, rising.'),
  title: words.describe('Its name in the list.'),
  says: words.describe('What it is: machines, who follows whom, which times are shorter than the defaults.'),
  first: words.describe('A first thing to try, as a sentence.'),
  broken: z.boolean().optional().describe('It is to be mended: it misses a goal that can be reached.'),
});

export const scenarioSchema = z.strictObject({
  deployment: deploymentSchema.optional().describe('The page offers it under Deployments, with these words.'),
  seed: z.int().describe('Everything that looks random follows from it.'),
  hosts: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]*$/).describe('Name of the machine.'),
        count: z.int().min(2).max(240).optional().describe('So many alike, with numbers after the name: `name: n` and `count: 3` give n1, n2 and n3.'),
        files: z.record(z.string(), z.string()).optional().describe('Path → content.'),
        run: z.array(words).optional().describe('Command lines started when the machine boots.'),
        memoryBytes: z.int().positive().optional().describe('Memory of the machine in bytes.'),
        cpus: z.int().positive().optional().describe('Number of processors.'),
      }),
    )
    .min(1)
    .describe('The machines.'),
  epochMs: z.int().optional().describe('Wall clock at the beginning, milliseconds since 1970. Default: the real time of opening.'),
  clients: z.array(clientSchema).optional().describe('Clients that write and keep a ledger of what was acknowledged, each on a machine of its own.'),
  network: z.array(words).optional().describe('How the network is from the start: lines as `fault` takes them, such as `delay a - b 40ms`.'),
  timeline: z
    .array(z.strictObject({ at: duration.describe('When.'), fault: words.describe('What goes wrong: a line as `fault` takes it.') }))
    .optional()
    .describe('What goes wrong, and when.'),
  goals: z.array(z.enum(GOALS)).optional().describe('What is to hold in the end.'),
});

// --- course.yml, concepts.yml, glossary.yml -------------------------------------------------------

export const courseSchema = z.strictObject({
  id,
  title: words,
  language: words.describe('Language of the source texts.'),
  languages: z.array(words).optional().describe('Languages that exist.'),
  summary: words.describe('What the course is, in two sentences.'),
  prerequisites: z.array(words).optional().describe('What a learner should bring.'),
  reference: z.strictObject({
    product: words,
    version: words.describe('Version whose replies are taught, in quotation marks.'),
    note: words.optional(),
  }),
  weeks: z.int().min(1),
  hours_per_week: z.strictObject({ min: z.number(), max: z.number() }).optional(),
  pass_marks: z.strictObject({ quiz: z.number(), module: z.number(), final: z.number() }).describe('Per cent needed to pass.'),
  modules: z
    .array(
      z.strictObject({
        id,
        number: z.int().min(1),
        folder: words.optional().describe('Folder in content/; absent while the module is only an outline.'),
        weeks: z.array(z.int()).min(1),
        title: words,
        summary: words,
        sections: z.array(
          z.strictObject({
            id: sectionId,
            week: z.int().optional(),
            title: words,
            topics: z.array(words).describe('What the section covers, one short line each.'),
          }),
        ),
        hands_on: z.array(z.strictObject({ title: words, item: id.optional().describe('Id of the exercise, once it exists.') })).optional(),
      }),
    )
    .min(1),
  projects: z
    .array(z.strictObject({ id, number: z.int(), title: words, weeks: z.array(z.int()), parts: z.array(words) }))
    .optional(),
  assessment: z.strictObject({ checkpoints: z.array(words), final: z.array(words) }).optional(),
  outcomes: z.array(words).optional(),
  tools: z.array(z.strictObject({ name: words, what: words })).optional(),
  reading: z.array(z.strictObject({ title: words, author: words, note: words.optional() })).optional(),
  certificate: z.strictObject({ title: words, text: words, note: words.optional() }).optional(),
});

export const conceptsSchema = z.record(
  conceptId,
  z.strictObject({
    name: words.describe('The idea in a few words.'),
    week: z.int().min(1),
    prerequisites: z.array(conceptId).describe('Concepts to know first.'),
  }),
);

export const glossarySchema = z.record(
  id,
  z.strictObject({
    term: words.describe('As it is written in sentences.'),
    meaning: words.describe('One or two sentences; `code` and [[SET]] may be used.'),
    also: z.array(words).optional().describe('Other spellings that mean the same.'),
    see: z.array(id).optional().describe('Related terms.'),
  }),
);

// --- types ---------------------------------------------------------------------------------------

export type AuthoredModule = z.infer<typeof moduleSchema>;
export type AuthoredLesson = z.infer<typeof lessonSchema>;
export type AuthoredExercise = z.infer<typeof exerciseSchema>;
export type AuthoredQuiz = z.infer<typeof quizSchema>;
export type AuthoredFrontMatter = AuthoredModule | AuthoredLesson | AuthoredExercise | AuthoredQuiz;
export type AuthoredCheck = z.infer<typeof checkSchema>;
export type AuthoredFound = z.infer<typeof foundSchema>;
export type AuthoredMatcher = z.infer<typeof matcher>;
export type AuthoredScenario = z.infer<typeof scenarioSchema>;
export type AuthoredCourse = z.infer<typeof courseSchema>;
export type AuthoredConcepts = z.infer<typeof conceptsSchema>;
export type AuthoredGlossary = z.infer<typeof glossarySchema>;
