import { describe, expect, it } from 'vitest';
import { noting, split } from './split.ts';

/** Long enough to be worth a stub. */
const FILLER = 'const filler = "a function that is shorter than its stub would be is left where it stands";';

function takeAll(modules: Record<string, string>, stays: (path: string, place: number) => boolean = () => false, whole: Record<string, string> = {}) {
  return split({ modules: new Map(Object.entries(modules)), whole: new Map(Object.entries(whole)), stays, first: (path) => `/${path}`, rest: (path) => `/${path}?rest`, support: 'support' });
}

/** One module, whose exports somebody else imports. */
function take(source: string, stays: (text: string) => boolean = () => false) {
  const names = [...source.matchAll(/export (?:const|class|function\*?) (\w+)/g)].map(([, name]) => name);
  return takeAll({ 'm.ts': source }, (_path, place) => stays(source.slice(place, place + 80)), { 'user.ts': `import { ${names.join(', ')} } from './m.ts';` }).get('m.ts');
}

describe('taking functions out of a module', () => {
  it('leaves a stub that hands over this and the arguments, and imports what the function refers to', () => {
    const { first, rest } = take(`import { other, type Kind } from './other.ts';\nconst LIMIT = 3;\nexport const table = [LIMIT];\nexport function long(a: Kind, b = LIMIT): Kind { ${FILLER} return other(a, b, LIMIT, table); }\n`) ?? {};
    expect(first).toContain('export function long() { return comesLater("0", this, arguments); }');
    expect(first).toContain('export { LIMIT };');
    expect(rest).toContain('import { other as other } from "/other.ts";');
    expect(rest).toContain('import { LIMIT } from "/m.ts";');
    expect(rest).toContain('import { table } from "/m.ts";');
    expect(rest).not.toContain('Kind }');
    expect(rest).toContain('"0": function long(a: Kind, b = LIMIT): Kind {');
  });

  it('takes methods, accessors, generators and functions of an expression, but no constructor and no arrow with a this of its class', () => {
    const { first } = take(
      `export class A { constructor() { ${FILLER} }\n *each() { ${FILLER} yield 1; }\n get size() { ${FILLER} return 1; }\n own = () => { ${FILLER} return this; };\n static of() { ${FILLER} } }\n` +
      `export const handler = command((ctx) => { ${FILLER} return ctx; });\n`,
    ) ?? { first: '' };
    expect(first).toMatch(/constructor\(\) \{ const filler/);
    expect(first).toContain('*each() { return yield* comesLater("0", this, arguments); }');
    expect(first).toContain('get size() { return comesLater("1", this, arguments); }');
    expect(first).toMatch(/own = \(\) => \{ const filler/);
    expect(first).toContain('static of() { return comesLater("2", this, arguments); }');
    expect(first).toContain('command(later("3"))');
  });

  it('takes along what only the rest refers to, and leaves what is referred to by what stays', () => {
    const source = `const ONLY = 1;\nconst BOTH = 2;\nfunction helper() { return ONLY + BOTH; }\nexport function gone() { ${FILLER} return helper(); }\nexport function kept() { ${FILLER} return BOTH; }\n`;
    const { first, rest } = take(source, (text) => text.startsWith('function kept')) ?? { first: '', rest: '' };
    expect(first).not.toMatch(/ONLY|helper/);
    expect(first).toContain('export { BOTH };');
    expect(rest).toMatch(/const ONLY = 1;\nfunction helper\(\)/);
  });

  it('takes what is only declared for the type checker as given in both chunks', () => {
    const { first, rest } = take(`declare const WebAssembly: { validate(): boolean };\nconst made = WebAssembly.validate();\nexport function gone() { ${FILLER} return WebAssembly.validate() && made; }\n`) ?? { first: '', rest: '' };
    expect(first).not.toContain('export { WebAssembly');
    expect(rest).not.toContain('import { WebAssembly');
    expect(rest).toContain('WebAssembly.validate()');
  });

  it('leaves a function that assigns to a variable of the module', () => {
    expect(take(`let count = 0;\nexport function next() { ${FILLER} return ++count; }\n`)).toBeUndefined();
  });

  it('keeps what only the reference tells of a command for later', () => {
    const { first, rest } = take(`export const ping = command({ name: 'PING', arity: -1, summary: 'Answers.', replies: ['PONG'], examples: ['PING'] }, () => 1);\n`) ?? { first: '', rest: '' };
    expect(first).toContain("summary: 'Answers.'");
    expect(first).not.toMatch(/replies|examples/);
    expect(rest).toContain("Object.assign(ping.spec, { replies: ['PONG'], examples: ['PING'] });");
  });

  it('keeps the page of a program for later, and the text it names', () => {
    const { first, rest } = take("const PAGE = `long`;\nexport const ping: Program = { name: 'ping', manual: PAGE, run(process) { process.exit(0); } };\n") ?? { first: '', rest: '' };
    expect(first).not.toMatch(/manual|PAGE/);
    expect(rest).toMatch(/const PAGE = `long`;[^]*Object\.assign\(ping, \{ manual: PAGE \}\);/);
  });

  it('leaves no stub of what only the rest of other modules calls', () => {
    const parts = takeAll({
      'a/table.ts': `import { work } from '../b/work.ts';\nexport const table = [() => { ${FILLER} return work(); }];\n`,
      'b/work.ts': `export const LIMIT = 3;\nexport class Worker { work() { ${FILLER} return LIMIT; } }\nexport function work() { ${FILLER} return new Worker().work(); }\n`,
    }, undefined, { 'user.ts': "import { table } from './a/table.ts';" });
    expect(parts.get('a/table.ts')?.first).not.toContain('work');
    expect(parts.get('a/table.ts')?.rest).toContain('import { work as work } from "/b/work.ts?rest";');
    expect(parts.get('b/work.ts')?.first).not.toMatch(/LIMIT|Worker|work/);
    expect(parts.get('b/work.ts')?.rest).toContain('export class Worker');
  });

  it('leaves a module together that somebody imports as a whole', () => {
    const parts = takeAll({
      'a.ts': `import * as work from './work.ts';\nexport const table = [() => { ${FILLER} return work.one(); }];\n`,
      'work.ts': `export function one() { ${FILLER} return 1; }\nexport const two = 2;\n`,
    }, undefined, { 'user.ts': "import { table } from './a.ts';" });
    expect(parts.get('a.ts')?.first).not.toContain('work');
    expect(parts.get('a.ts')?.rest).toContain('import * as work from "/work.ts";');
    expect(parts.get('work.ts')?.first).toMatch(/export function one\(\) \{ return comesLater\("\w+", this, arguments\); \}\nexport const two = 2;/);
  });

  it('notes which functions run, by the place where the split finds them', () => {
    const source = `export function long() { ${FILLER} return 1; }\nexport const short = [1].map((x) => x + ${'1 + '.repeat(30)} 1);\n`;
    const places: number[] = [];
    const noted = noting(source, (place) => { places.push(place); return `ran(${place})`; });
    expect(noted).toContain(`function long() { ran(${source.indexOf('function')});`);
    expect(noted).toContain(`(x) => (ran(${source.indexOf('(x)')}), (x + `);
    expect(takeAll({ 'm.ts': source }, (_path, place) => places.includes(place), { 'user.ts': "import { long, short } from './m.ts';" }).size).toBe(0);
  });
});
