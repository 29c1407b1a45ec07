import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guide, schemaFile } from './guide.ts';

test('the guide and the schema file are those of today', () => {
  expect(readFileSync('docs/authors-guide.md', 'utf8'), 'run npm run content:guide').toBe(guide());
  expect(readFileSync('docs/content.schema.json', 'utf8'), 'run npm run content:guide').toBe(schemaFile());
});

test('every field of a check is explained', () => {
  const part = guide().split('### A check')[1]?.split('###')[0] ?? '';
  const rows = part.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) expect(row).not.toMatch(/\|  \|$/);
});
