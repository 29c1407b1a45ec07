/*
 * Checks: from what authors write to what is evaluated
 * ----------------------------------------------------
 * Authors name no kind; the fields tell it. Keys, patterns and arguments become bytes, matchers become
 * tagged records, and fields that do not belong together are refused.
 */
import { utf8 } from '../../engine/bytes.ts';
import type { Check, Found, ReplyMatcher, ReplyValue, When } from '../model.ts';
import { checkSchema, checksSchema, type AuthoredCheck, type AuthoredFound, type AuthoredMatcher, type AuthoredReplyValue } from '../schema.ts';
import { argumentsOf } from './command-line.ts';
import type { Reporter } from './problems.ts';
import { parseYaml } from './yaml.ts';

/** A compiled check with the line it stands at. */
export interface PlacedCheck {
  check: Check;
  line: number;
  /** 'none' was written, or a number; absent when nothing was said. */
  task: number | 'none' | undefined;
  whenLines: number[];
}

const KEY_FIELDS = ['exists', 'type', 'ttl', 'length', 'encoding', 'value'] as const;
const HOW_FIELDS = ['used', 'not_used', 'max_commands', 'atomic'] as const;

/** Which fields make which kind of check; besides `id say task when points node port db`. */
const SHAPES: readonly { kind: string; by: readonly (keyof AuthoredCheck)[]; with: readonly (keyof AuthoredCheck)[]; needs?: keyof AuthoredCheck }[] = [
  { kind: 'reply', by: ['run'], with: ['reply'], needs: 'reply' },
  { kind: 'key', by: ['key'], with: KEY_FIELDS },
  { kind: 'unchanged', by: ['unchanged'], with: [] },
  { kind: 'absent', by: ['absent'], with: [] },
  { kind: 'how', by: HOW_FIELDS, with: HOW_FIELDS },
  { kind: 'file', by: ['file'], with: ['exists', 'contains', 'matches'] },
  { kind: 'ask', by: ['ask'], with: ['choices'], needs: 'choices' },
];
const ALWAYS: readonly (keyof AuthoredCheck)[] = ['id', 'task', 'say', 'points', 'when', 'node', 'port', 'db'];

/** Reads the YAML of a ```checks block that begins at `firstLine`. `idPrefix` names checks without an id. */
export function parseChecks(text: string, report: Reporter, firstLine: number, defaultHost: string, idPrefix: string): PlacedCheck[] {
  const parsed = parseYaml(text, checksSchema, report, firstLine);
  if (parsed === undefined) return [];
  const checks: PlacedCheck[] = [];
  const ids = new Set<string>();
  parsed.value.forEach((authored, index) => {
    const line = parsed.lineOf([index]);
    const id = authored.id ?? `${idPrefix}${index + 1}`;
    if (ids.has(id)) report.error(line, `two checks have the id "${id}"`, 'give each its own');
    ids.add(id);
    const check = toCheck(authored, id, line, report, defaultHost);
    if (check === undefined) return;
    const whenLines = (authored.when ?? []).map((_, at) => parsed.lineOf([index, 'when', at]));
    checks.push({ check, line, task: authored.task, whenLines });
  });
  return checks;
}

function toCheck(authored: AuthoredCheck, id: string, line: number, report: Reporter, defaultHost: string): Check | undefined {
  const given = (field: keyof AuthoredCheck): boolean => authored[field] !== undefined;
  const kinds = SHAPES.filter((shape) => shape.by.some(given));
  const isPort = kinds.length === 0 && given('port');
  if (kinds.length === 0 && !isPort) {
    report.error(line, `check "${id}" checks nothing`, 'give it run and reply, key, unchanged, absent, used, file, port or ask');
    return undefined;
  }
  if (kinds.length > 1) {
    report.error(line, `check "${id}" checks several things: ${kinds.map((each) => each.by.find(given) ?? each.kind).join(', ')}`, 'make it one check for each');
    return undefined;
  }
  const shape = kinds[0];
  const allowed = [...ALWAYS, ...(shape?.by ?? []), ...(shape?.with ?? ['open' as const])];
  for (const field of Object.keys(checkSchema.shape) as (keyof AuthoredCheck)[]) {
    if (given(field) && !allowed.includes(field)) report.error(line, `check "${id}": "${field}" means nothing beside "${shape?.by.find(given) ?? 'port'}"`, 'remove it, or make it a check of its own');
  }
  if (shape?.needs !== undefined && !given(shape.needs)) {
    report.error(line, `check "${id}" has no ${shape.needs}`, `say which ${shape.needs} is right`);
    return undefined;
  }
  if (authored.say === undefined) report.error(line, `check "${id}" has no "say"`, 'write the condition as a full sentence');
  const base = {
    id,
    ...(typeof authored.task === 'number' ? { task: authored.task } : {}),
    say: authored.say ?? '',
    when: (authored.when ?? []).map((each): When => ({ found: toFound(each.found), say: each.say })),
    points: authored.points ?? 1,
    host: authored.node ?? defaultHost,
    port: authored.port ?? 6379,
    db: authored.db ?? 0,
  };
  switch (shape?.kind) {
    case 'reply': {
      const run = authored.run ?? '';
      const argv = argumentsOf(run);
      if (argv === undefined || argv.length === 0) {
        report.error(line, `check "${id}": "${run}" cannot be split into arguments`, 'balance its quotation marks');
        return undefined;
      }
      return { kind: 'reply', ...base, run, argv, reply: toMatcher(authored.reply ?? null) };
    }
    case 'key':
      return {
        kind: 'key', ...base,
        key: utf8(authored.key ?? ''),
        exists: authored.exists ?? true,
        ...(authored.type === undefined ? {} : { type: authored.type }),
        ...(authored.ttl === undefined ? {} : { ttl: toTtl(authored.ttl) }),
        ...(authored.length === undefined ? {} : { length: toRange(authored.length) }),
        ...(authored.encoding === undefined ? {} : { encoding: authored.encoding }),
        ...(authored.value === undefined ? {} : { value: toMatcher(authored.value) }),
      };
    case 'unchanged':
      return { kind: 'unchanged', ...base, pattern: utf8(authored.unchanged ?? '') };
    case 'absent':
      return { kind: 'absent', ...base, pattern: utf8(authored.absent ?? '') };
    case 'how':
      return {
        kind: 'how', ...base,
        ...(authored.used === undefined ? {} : { used: toNames(authored.used) }),
        ...(authored.not_used === undefined ? {} : { notUsed: toNames(authored.not_used) }),
        ...(authored.max_commands === undefined ? {} : { maxCommands: authored.max_commands }),
        ...(authored.atomic === undefined ? {} : { atomic: authored.atomic }),
      };
    case 'file': {
      if (authored.matches !== undefined) checkRegex(authored.matches, id, line, report);
      return {
        kind: 'file', ...base,
        path: authored.file ?? '',
        exists: authored.exists ?? true,
        ...(authored.contains === undefined ? {} : { contains: [authored.contains].flat() }),
        ...(authored.matches === undefined ? {} : { matches: authored.matches }),
      };
    }
    case 'ask': {
      const choices = (authored.choices ?? []).map((choice) =>
        'right' in choice ? { text: choice.right, right: true, say: choice.say ?? '' } : { text: choice.wrong, right: false, say: choice.say },
      );
      if (!choices.some((each) => each.right)) report.error(line, `check "${id}" has no right choice`, 'write one as "- right: …"');
      return { kind: 'ask', ...base, ask: authored.ask ?? '', choices };
    }
    default:
      return { kind: 'port', ...base, open: authored.open ?? true };
  }
}

function checkRegex(source: string, id: string, line: number, report: Reporter): void {
  try {
    new RegExp(source, 'm');
  } catch (error) {
    report.error(line, `check "${id}": /${source}/ is no regular expression: ${error instanceof Error ? error.message : ''}`, 'mend the expression');
  }
}

const toNames = (names: string | string[]): string[] => [names].flat().map((name) => name.toUpperCase().replace(/[ |]+/g, ' ').trim());

function toRange(value: number | { between: [number, number] }): { min: number; max: number } {
  return typeof value === 'number' ? { min: value, max: value } : { min: value.between[0], max: value.between[1] };
}

function toTtl(value: 'none' | 'some' | number | { between: [number, number] }): 'none' | 'some' | { min: number; max: number } {
  return typeof value === 'string' ? value : toRange(value);
}

/** Values are text here and bytes afterwards; what redis-cli would print around a value is taken off. */
function toValue(value: AuthoredReplyValue): ReplyValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return value;
  if (value === '(nil)') return null;
  const integer = /^\(integer\) (-?\d+)$/.exec(value);
  if (integer !== null) return Number(integer[1]);
  return utf8(value);
}

export function toMatcher(matcher: AuthoredMatcher): ReplyMatcher {
  if (typeof matcher === 'object' && matcher !== null && !Array.isArray(matcher)) {
    if ('between' in matcher) return { kind: 'between', min: matcher.between[0], max: matcher.between[1] };
    if ('set' in matcher) return { kind: 'set', members: matcher.set.map(toValue) };
    if ('contains' in matcher) return { kind: 'contains', value: utf8(String(matcher.contains)) };
    return { kind: 'error', prefix: utf8(matcher.error) };
  }
  if (typeof matcher === 'string') {
    const regex = /^\/([\s\S]+)\/([ims]*)$/.exec(matcher);
    if (regex !== null) return { kind: 'regex', source: regex[1] ?? '', flags: regex[2] ?? '' };
    if (matcher.startsWith('(error) ')) return { kind: 'error', prefix: utf8(matcher.slice('(error) '.length)) };
  }
  return { kind: 'exact', value: toValue(matcher) };
}

function toFound(found: AuthoredFound): Found {
  const out: Found = {};
  if (found.error !== undefined) out.error = found.error;
  if (found.key !== undefined) out.key = found.key;
  if (found.similar !== undefined) out.similar = utf8(found.similar);
  if (found.type !== undefined) out.type = found.type;
  if (found.encoding !== undefined) out.encoding = found.encoding;
  if (found.ttl !== undefined) out.ttl = toTtl(found.ttl);
  if (found.value !== undefined) out.value = toMatcher(found.value);
  if (found.reply !== undefined) out.reply = toMatcher(found.reply);
  if (found.length !== undefined) out.length = toRange(found.length);
  if (found.used !== undefined) out.used = found.used.toUpperCase();
  if (found.file !== undefined) out.file = found.file;
  if (found.port !== undefined) out.port = found.port;
  if (found.commands !== undefined) out.commands = toRange(found.commands);
  if (found.cause !== undefined) out.cause = found.cause;
  return out;
}
