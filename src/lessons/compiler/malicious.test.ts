/*
 * A lesson that means harm
 * ------------------------
 * Whatever an author writes, what reaches the page is a tree of known elements without handlers, scripts or
 * addresses that run code; and absurd input is refused in bounded time.
 */
import { describe, expect, test } from 'vitest';
import type { Lesson, TreeElement } from '../model.ts';
import { compileCourse } from './index.ts';
import { LESSON, smallCourse } from './small-course.ts';
import { elements } from './tree.ts';

function compileLesson(body: string): { all: TreeElement[]; json: string; what: string[] } {
  const files = smallCourse({ 'content/01-one/01-first/lesson.md': LESSON.replace(':::production', `${body}\n\n:::production`) });
  const { course, problems } = compileCourse(files);
  const lesson = course?.items['first-lesson'] as Lesson | undefined;
  return { all: [...elements(lesson?.body ?? [])], json: JSON.stringify(lesson ?? {}), what: problems.map((each) => each.what) };
}

const ALLOWED_TAGS = /^(p|h[2-6]|ul|ol|li|a|code|pre|em|strong|del|blockquote|table|thead|tbody|tr|th|td|hr|br|img|input|ks-[a-z]+)$/;

describe('harm is removed and told', () => {
  test.each([
    ['a script', '<script>alert(1)</script>'],
    ['a script inside a line', 'Hello <script>alert(1)</script> world'],
    ['an event handler', '<img src=x onerror=alert(1)>'],
    ['a handler on a known element', '<p onclick="alert(1)">x</p>'],
    ['a javascript: link', '[x](javascript:alert(1))'],
    ['a javascript: link in disguise', '[x](JaVaScRiPt:alert(1))'],
    ['a javascript: link with entities', '[x](&#106;avascript:alert(1))'],
    ['a javascript: link by reference', '[x][y]\n\n[y]: javascript:alert(1)'],
    ['a data: link', '[x](data:text/html,<script>alert(1)</script>)'],
    ['an image from elsewhere', '![x](https://evil.example/x.png)'],
    ['an image that runs', '![x](javascript:alert(1))'],
    ['an iframe', '<iframe src="https://evil.example"></iframe>'],
    ['a style', '<style>body{display:none}</style>'],
    ['a form', '<form action="https://evil.example"><input name=a></form>'],
    ['an unknown element', '<ks-evil onload="x">y</ks-evil>'],
    ['one of our elements written by hand', '<ks-transcript block="b1">y</ks-transcript>'],
    ['an unknown directive', ':::script{src=x}\nalert(1)\n:::'],
    ['a directive named like an inherited property', ':::constructor\nx\n:::'],
    ['a directive with a handler', ':::note{onclick="alert(1)"}\nx\n:::'],
    ['SVG', '<svg><script>alert(1)</script></svg>'],
    ['an autolink that runs', '<javascript:alert(1)>'],
  ])('%s', (_name, body) => {
    const { all, json, what } = compileLesson(body);
    expect(what.length, 'the author is told').toBeGreaterThan(0);
    for (const element of all) {
      expect(element.tagName).toMatch(ALLOWED_TAGS);
      for (const [name, value] of Object.entries(element.properties)) {
        expect(name).not.toMatch(/^on/i);
        if (name === 'href' || name === 'src') expect(String(value)).toMatch(/^(\/[a-z]|#|https?:\/\/|mailto:)/);
      }
    }
    // As text it may be shown; as an element, a handler or an address it must be gone.
    expect(json).not.toMatch(/"tagName":"(script|iframe|style|form|svg)"|"on(click|error|load)":|"(href|src)":"(javascript|data):/i);
  });

  test('code stays code: harm that is shown is not harm', () => {
    const { all, what } = compileLesson('`<script>alert(1)</script>` and\n\n```text\n<script>alert(1)</script>\n```');
    expect(what).toEqual([]);
    expect(all.some((each) => each.tagName === 'script')).toBe(false);
  });
});

describe('absurd input is refused in bounded time', () => {
  test.each([
    ['ten thousand quotes in a line', '> '.repeat(10_000) + 'x'],
    ['ten thousand lists in a line', '- '.repeat(10_000) + 'x'],
    ['ten thousand emphases', '*a '.repeat(10_000)],
    ['ten thousand brackets', '['.repeat(10_000)],
    ['lists nested by indentation', Array.from({ length: 60 }, (_, i) => `${'  '.repeat(i)}- x`).join('\n')],
    ['directives in directives', Array.from({ length: 100 }, (_, i) => `${':'.repeat(200 - i)}note`).join('\n')],
    ['a text of a megabyte', 'word '.repeat(200_000)],
  ])('%s', (_name, body) => {
    const { what } = compileLesson(body);
    expect(what.length).toBeGreaterThan(0);
  });

  test('a YAML bomb does not grow', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`).join('\n')}`;
    const { problems } = compileCourse(smallCourse({ 'content/concepts.yml': bomb }));
    expect(problems.length).toBeGreaterThan(0);
  });
});
