import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blankComments, checkRooms, formatRoomProblem, importsOf } from './rooms.ts';

/** The sources of the project; without declarations, which hold no code. */
function sources(): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts')) files.set(path, readFileSync(path, 'utf8'));
  }
  return files;
}

const said = (files: Record<string, string>): string[] => checkRooms(new Map(Object.entries(files))).map(formatRoomProblem);

test('the house is in order', () => {
  expect(checkRooms(sources()).map(formatRoomProblem)).toEqual([]);
});

describe('what the check tells', () => {
  test.each<[name: string, file: string, text: string, message: RegExp | undefined]>([
    ['an import up the ladder', 'src/engine/x.ts', "import { a } from '../simulation/index.ts';", /engine may not know simulation\. simulation stands above/],
    ['a type import up the ladder', 'src/engine/x.ts', "import type { a } from '../lab/protocol.ts';", /engine may not know lab, not even its types/],
    ['an import sideways', 'src/terminal/x.ts', "import { a } from '../lessons/index.ts';", /terminal may not know lessons\. .*join the two in lab or app/],
    ['an import past a door', 'src/lab/x.ts', "import { a } from '../engine/keyspace/database.ts';", /behind the door of engine\. Import src\/engine\/index\.ts/],
    ['an import through a door', 'src/lab/x.ts', "import { a } from '../engine/index.ts';", undefined],
    ['the index of the own room', 'src/engine/commands/x.ts', "import { a } from '../index.ts';", /imports the index of its own room/],
    ['a package in the engine', 'src/engine/x.ts', "import { a } from 'left-pad';", /engine imports the package "left-pad"/],
    ['React in a pure file', 'src/lessons/x.ts', "import { useState } from 'react';", /a pure file imports "react"/],
    ['React in a view', 'src/lessons/view/x.tsx', "import { useState } from 'react';", undefined],
    ['ui in a pure file', 'src/visualizers/x.ts', "import { a } from '../ui/index.ts';", /visualizers may not know ui/],
    ['ui in a view', 'src/visualizers/keyspace/view.tsx', "import { a } from '../../ui/index.ts';", undefined],
    ['the app imported', 'src/lab/x.ts', "import { a } from '../app/main.tsx';", /lab may not know app/],
    ['the compiler in the page', 'src/app/x.tsx', "import { a } from '../lessons/compiler/index.ts';", /for authoring/],
    ['a lazy import counts', 'src/engine/x.ts', "export const a = () => import('../lab/inline.ts');", /engine may not know lab/],
    ['a re-export counts', 'src/engine/x.ts', "export { a } from '../lab/inline.ts';", /engine may not know lab/],
    ['Date.now', 'src/simulation/x.ts', 'const a = Date.now();', /x\.ts:1: Date\.now in a pure file\. Read the clock/],
    ['new Date', 'src/lessons/x.ts', '\nconst a = new Date();', /x\.ts:2: new Date/],
    ['Math.random', 'src/lab/x.ts', 'const a = Math.random();', /Math\.random in a pure file/],
    ['localeCompare', 'src/visualizers/x.ts', "a.localeCompare('b')", /localeCompare/],
    ['await', 'src/engine/x.ts', 'const f = async () => { await g(); };', /async, await, Promise/],
    ['toUpperCase in the engine', 'src/engine/x.ts', "const a = 'b'.toUpperCase();", /toUpperCase/],
    ['toUpperCase on text of our own', 'src/engine/x.ts', "const a = 'b'.toUpperCase(); // an ASCII literal of ours", undefined],
    ['latin1', 'src/engine/x.ts', "new TextDecoder('latin1')", /windows-1252/],
    ['a banned name in a comment', 'src/engine/x.ts', '// Math.random is not used, nor /* Date.now */\n/* await */', undefined],
    ['a banned name in a string', 'src/engine/x.ts', "const a = 'Math.random()'; const b = `Date.now ${c} await`;", undefined],
    ['a banned name in the code of a template', 'src/engine/x.ts', 'const b = `x ${Math.random()} y`;', /Math\.random/],
    ['a banned name in a regular expression', 'src/engine/x.ts', 'const a = /await|Promise/.test(b);', undefined],
    ['a banned name in page code', 'src/app/x.ts', 'const a = Date.now();', undefined],
  ])('%s', (_name, file, text, message) => {
    const messages = said({ [file]: text });
    if (message === undefined) expect(messages).toEqual([]);
    else expect(messages.join('\n')).toMatch(message);
  });

  test('a circle is told with its way round', () => {
    expect(
      said({
        'src/engine/a.ts': "import { b } from './b.ts';",
        'src/engine/b.ts': "import { c } from './c.ts';",
        'src/engine/c.ts': "import { a } from './a.ts';",
      }),
    ).toEqual(['src/engine/c.ts:1: a circle of imports: engine/a.ts → engine/b.ts → engine/c.ts → engine/a.ts. Move what both need into a file of its own, or hand it in']);
  });

  test('two files may speak of each other’s types', () => {
    expect(said({ 'src/engine/a.ts': "import type { b } from './b.ts';", 'src/engine/b.ts': "import { type a } from './a.ts';" })).toEqual([]);
  });
});

test('imports are found over several lines and in all forms', () => {
  const text = "import {\n  a,\n  type B,\n} from './one.ts';\nimport './two.css';\nexport type { C } from './three.ts';\n// import { d } from './four.ts';\nconst e = import('./five.ts');";
  expect(importsOf(text)).toEqual([
    { line: 4, specifier: './one.ts', typeOnly: false },
    { line: 5, specifier: './two.css', typeOnly: false },
    { line: 6, specifier: './three.ts', typeOnly: true },
    { line: 8, specifier: './five.ts', typeOnly: false },
  ]);
});

test('a comment sign in a string or a regular expression begins no comment', () => {
  const text = "const a = 'http://x'; const b = /[/*]/; const c = 1 / 2; // gone";
  expect(blankComments(text)).toBe(`${text.slice(0, text.indexOf('// gone'))}       `);
});
