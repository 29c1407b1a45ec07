/*
 * npm run content:guide
 * ---------------------
 * Writes docs/authors-guide.md and docs/content.schema.json from the schema, so that what the guide says of a field is what the
 * compiler holds it against. `-- --check` writes nothing and fails when the files are out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { conceptsSchema, courseSchema, checkSchema, foundSchema, frontMatterSchemas, glossarySchema, scenarioSchema } from '../lessons/schema.ts';
import { GUIDE_END, GUIDE_START } from './guide-text.ts';

interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  const?: string | number | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  $ref?: string;
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-7', unrepresentable: 'any' }) as JsonSchema;
}

/** 'text', 'number', 'list of text', 'a or b'. */
function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.$ref !== undefined) return 'value';
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type;
  switch (type) {
    case 'array': return `list of ${typeText(schema.items ?? {})}`;
    case 'object': return schema.properties === undefined ? 'map' : `{${Object.keys(schema.properties).join(', ')}}`;
    case 'string': return 'text';
    case 'integer': return 'whole number';
    case 'boolean': return 'true or false';
    case undefined: return 'value';
    default: return type;
  }
}

function fieldRows(schema: JsonSchema, inherited: Readonly<Record<string, string>> = {}): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const description = field.description ?? field.anyOf?.find((each) => each.description !== undefined)?.description ?? inherited[name] ?? '';
    return `| \`${name}\` | ${typeText(field).replaceAll('|', '\\|')} | ${required.has(name) ? 'yes' : ''} | ${description.replaceAll('|', '\\|')} |`;
  });
}

const HEAD = ['| field | is | needed | means |', '|---|---|---|---|'];

function table(schema: z.ZodType): string {
  return [...HEAD, ...fieldRows(jsonSchema(schema))].join('\n');
}

export function guide(): string {
  const record = (schema: z.ZodType): string => {
    const inner = jsonSchema(schema).additionalProperties;
    return [...HEAD, ...fieldRows(typeof inner === 'object' ? inner : {})].join('\n');
  };
  const kinds = Object.entries(frontMatterSchemas).map(([kind, schema]) => `### Front matter of ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}\n\n${table(schema)}`);
  return [
    '<!-- Written by npm run content:guide from src/lessons/schema.ts and src/authoring/guide-text.ts. Change those, not this file. -->',
    GUIDE_START.trim(),
    '## Fields',
    ...kinds,
    `### A check\n\n${table(checkSchema)}`,
    `### \`found\` of a message\n\nAll fields that are given must hold.\n\n${table(foundSchema)}`,
    `### A scenario (scenarios/NAME.yml)\n\n${table(scenarioSchema)}`,
    `### course.yml\n\n${table(courseSchema)}`,
    `### concepts.yml\n\nA map of ids like \`string.set\` to:\n\n${record(conceptsSchema)}`,
    `### glossary.yml\n\nA map of ids like \`append-only-file\` to:\n\n${record(glossarySchema)}`,
    GUIDE_END.trim(),
  ].join('\n\n') + '\n';
}

/** For completion in editors: each kind of front matter, and the YAML files. */
export function schemaFile(): string {
  const definitions = Object.fromEntries([
    ...Object.entries(frontMatterSchemas).map(([kind, schema]) => [kind, jsonSchema(schema)]),
    ['check', jsonSchema(checkSchema)],
    ['scenario', jsonSchema(scenarioSchema)],
    ['course', jsonSchema(courseSchema)],
    ['concepts', jsonSchema(conceptsSchema)],
    ['glossary', jsonSchema(glossarySchema)],
  ]) as Record<string, JsonSchema>;
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: 'Content of the course', definitions }, undefined, 1)}\n`;
}

function main(words: readonly string[]): number {
  const wanted = [['docs/authors-guide.md', guide()], ['docs/content.schema.json', schemaFile()]] as const;
  let stale = 0;
  for (const [name, text] of wanted) {
    const file = join(process.cwd(), name);
    if (words.includes('--check')) {
      if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
        process.stderr.write(`${name} is out of date: run npm run content:guide\n`);
        stale++;
      }
    } else {
      writeFileSync(file, text);
      process.stdout.write(`${name} written\n`);
    }
  }
  return stale > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
