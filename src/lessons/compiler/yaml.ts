/*
 * YAML with places
 * ----------------
 * Parses a YAML text and holds it against a schema. Every complaint of either becomes a problem at the
 * line of the offending value, in words of ours; unknown fields get a "did you mean".
 */
import { LineCounter, parseDocument, isMap, isScalar, type Document } from 'yaml';
import type { z } from 'zod';
import type { Reporter } from './problems.ts';
import { didYouMean } from './suggest.ts';

export interface ParsedYaml<T> {
  value: T;
  /** Line in the file (from 1) of the value at a path; of the nearest parent when it has none. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** `firstLine` is the line of the file at which the text begins. */
export function parseYaml<T>(text: string, schema: z.ZodType<T>, report: Reporter, firstLine = 1): ParsedYaml<T> | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  if (document.errors.length > 0) {
    for (const error of document.errors) {
      const line = firstLine + counter.linePos(error.pos[0]).line - 1;
      report.error(line, `this is not valid YAML: ${error.message.split('\n')[0] ?? ''}`, 'a value with ": ", " #", or a quotation mark or brace at its start needs quotation marks around it');
    }
    return undefined;
  }
  const lineOf = (path: readonly PropertyKey[]): number => firstLine + lineWithin(document, counter, path) - 1;
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    // Aliases that multiply without end.
    report.error(firstLine, `this YAML cannot be read: ${error instanceof Error ? error.message : ''}`, 'write values out instead of repeating them by aliases');
    return undefined;
  }
  const result = schema.safeParse(raw);
  if (result.success) return { value: result.data, lineOf };
  for (const issue of result.error.issues) reportIssue(issue, [], raw, schema, lineOf, report);
  return undefined;
}

/** As above, for an object whose schema depends on it: reads the raw value only. */
export function readRaw(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  try {
    return document.errors.length > 0 ? undefined : document.toJS();
  } catch {
    return undefined;
  }
}

function lineWithin(document: Document, counter: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const last = part[part.length - 1];
    if (typeof last === 'string') {
      // The key's own place is better than that of its value, which may begin on the next line.
      const parent = part.length === 1 ? document.contents : document.getIn(part.slice(0, -1), true);
      if (isMap(parent)) {
        const pair = parent.items.find((each) => isScalar(each.key) && String(each.key.value) === last);
        if (pair !== undefined && isScalar(pair.key) && pair.key.range) return counter.linePos(pair.key.range[0]).line;
      }
    }
    const node: unknown = part.length === 0 ? document.contents : document.getIn(part, true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return counter.linePos(Number(node.range[0])).line;
    }
  }
  return 1;
}

type Issue = z.core.$ZodIssue;

function reportIssue(issue: Issue, prefix: readonly PropertyKey[], raw: unknown, schema: z.ZodType, lineOf: (path: readonly PropertyKey[]) => number, report: Reporter): void {
  const path = [...prefix, ...issue.path];
  const name = path.length === 0 ? 'the whole' : path.map(String).join('.');
  const got = valueAt(raw, path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      report.error(lineOf([...path, key]), `unknown field "${key}"`, didYouMean(key, knownFields(schema, path)));
    }
    return;
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that fits best is the one that complains about the deepest place.
    const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((each) => each.path.length + (each.code === 'unrecognized_keys' ? 1 : 0)));
    const best = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(best) > 0) {
      for (const each of best) reportIssue(each, path, raw, schema, lineOf, report);
      return;
    }
  }
  const line = lineOf(path);
  if (got === undefined) report.error(line, `field "${name}" is missing`, 'add it; docs/authors-guide.md tells what it means');
  else if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const written = typeof got === 'string' ? got : describe(got);
    report.error(line, `${name}: "${written}" is not allowed here`, didYouMean(written, allowed));
  } else report.error(line, `${name}: ${issue.message}`, `now it is ${describe(got)}`);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Names of the fields that the schema knows at a path; found by walking its definition. */
function knownFields(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = schema;
  for (const key of path) {
    const next = stepInto(here, key);
    if (next === undefined) break;
    here = next;
  }
  return [...fieldsOf(here)];
}

interface Definition {
  type?: string;
  shape?: Record<string, unknown>;
  element?: unknown;
  valueType?: unknown;
  innerType?: unknown;
  options?: unknown[];
  getter?: () => unknown;
}

function definitionOf(schema: unknown): Definition {
  if (typeof schema !== 'object' || schema === null || !('_zod' in schema)) return {};
  const internals = schema._zod;
  if (typeof internals !== 'object' || internals === null || !('def' in internals)) return {};
  return internals.def as Definition;
}

function stepInto(schema: unknown, key: PropertyKey): unknown {
  const definition = definitionOf(schema);
  if (definition.innerType !== undefined) return stepInto(definition.innerType, key);
  if (definition.shape !== undefined) return definition.shape[String(key)];
  if (definition.element !== undefined) return definition.element;
  if (definition.valueType !== undefined) return definition.valueType;
  return definition.options?.find((each) => stepInto(each, key) !== undefined || fieldsOf(each).size > 0);
}

function fieldsOf(schema: unknown): Set<string> {
  const definition = definitionOf(schema);
  if (definition.innerType !== undefined) return fieldsOf(definition.innerType);
  if (definition.shape !== undefined) return new Set(Object.keys(definition.shape));
  const all = new Set<string>();
  for (const option of definition.options ?? []) for (const field of fieldsOf(option)) all.add(field);
  return all;
}
