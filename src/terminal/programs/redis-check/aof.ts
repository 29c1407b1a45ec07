/*
 * redis-check-aof
 * ---------------
 * Whether an append-only file is whole: one file, or all that a manifest names. What is cut off at the end can be taken
 * away (--fix), and so can all that came after a moment (--truncate-to-timestamp).
 */
import { type Bytes, equalsFolded, isDiskError, isManifestProblem, parseInteger, parseManifest } from '../../../engine/index.ts';
import type { Process, Program } from '../../../simulation/index.ts';
import { drive, type Task } from '../task.ts';
import { reportRdb, versionLine } from './rdb.ts';
import { readLine } from './read-line.ts';

const USAGE = 'Usage: redis-check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n';
/** Longest line that is read for a length. */
const LONGEST_LINE = 127;

export const redisCheckAof: Program = {
  name: 'redis-check-aof',
  summary: 'check an append-only file',
  manual: `Usage: redis-check-aof [--fix|--truncate-to-timestamp <timestamp>] <file>

Reads an append-only file, or all the files that a manifest names, and says
how far it is whole. A server that finds its file cut off at the end starts all
the same; one that finds damage in the middle does not.

  --fix      cut the file behind the last command that is whole, after asking
  --truncate-to-timestamp <seconds since 1970>
             cut it before the first note of a later time; the server writes
             such notes with aof-timestamp-enabled yes

  redis-check-aof appendonlydir/appendonly.aof.manifest
  redis-check-aof --fix appendonlydir/appendonly.aof.1.incr.aof
`,
  run(process) {
    const words = process.argv.slice(1);
    const [first = '', second = '', third] = words;
    if (words.length === 1 && (first === '--version' || first === '-v')) {
      process.stdout.write(versionLine('redis-check-aof'));
      process.exit(0);
    } else if (words.length === 1) start(process, first, {});
    else if (words.length === 2 && first === '--fix') start(process, second, { fix: true });
    else if (words.length === 3 && first === '--truncate-to-timestamp') {
      const until = parseInteger(second);
      if (until === undefined || third === undefined) {
        process.stdout.write('Invalid timestamp, aborting...\n');
        process.exit(1);
      } else start(process, third, { until: Number(until) });
    } else {
      process.stdout.write(USAGE);
      process.exit(1);
    }
  },
};

interface Asked {
  readonly fix?: boolean;
  /** Seconds since 1970 after which nothing shall remain. */
  readonly until?: number;
}

function start(process: Process, file: Bytes, asked: Asked): void {
  drive(ending(check(new Checker(process, asked), file)), (isFine) => process.exit(isFine ? 0 : 1));
}

/** Thrown where the program ends at once; what there is to say was said. */
class CheckEnds extends Error {}

function* ending(task: Task<void>): Task<boolean> {
  try {
    yield* task;
    return true;
  } catch (end) {
    if (end instanceof CheckEnds) return false;
    throw end;
  }
}

function* check(checker: Checker, file: Bytes): Task<void> {
  const content = checker.read(file);
  if (/^(#[^\n]*\n)*file/.test(content)) return yield* checker.manifest(file, content);
  checker.out('Start checking Old-Style AOF\n');
  yield* checker.file(file, file, 'AOF', true);
  return undefined;
}

class Checker {
  private readonly process: Process;
  private readonly asked: Asked;
  /** Lines of commands seen so far, in all files. */
  private line = 1;

  constructor(process: Process, asked: Asked) {
    this.process = process;
    this.asked = asked;
  }

  out(text: Bytes): void {
    this.process.stdout.write(text);
  }

  private fail(text: Bytes): never {
    this.out(text);
    throw new CheckEnds();
  }

  read(file: Bytes, ending = ''): Bytes {
    const content = this.process.env.disk.read(this.process.resolve(file));
    return isDiskError(content) ? this.fail(`Cannot open file ${file}: ${content.message}${ending}\n`) : content;
  }

  *manifest(file: Bytes, content: Bytes): Task<void> {
    this.out('Start checking Multi Part AOF\n');
    const manifest = parseManifest(content);
    if (isManifestProblem(manifest)) {
      return this.fail(`\n*** FATAL AOF MANIFEST FILE ERROR ***\n${manifest.number === undefined ? '' : `Reading the manifest file, at line ${manifest.number}\n>>> '${manifest.line ?? ''}'\n`}${manifest.message}\n`);
    }
    const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
    const last = manifest.incremental.at(-1) ?? manifest.base;
    const { base } = manifest;
    if (base !== undefined) {
      const format = isRdb(this.read(`${folder}/${base.name}`)) ? 'RDB' : 'RESP';
      this.out(`Start to check BASE AOF (${format} format).\n`);
      yield* this.file(`${folder}/${base.name}`, base.name, 'BASE AOF', base === last);
    }
    if (manifest.incremental.length > 0) this.out('Start to check INCR files.\n');
    for (const each of manifest.incremental) yield* this.file(`${folder}/${each.name}`, each.name, 'INCR AOF', each === last);
    this.out('All AOF files and manifest are valid\n');
    return undefined;
  }

  /** Checks one file; ends the program when it is damaged and stays so. */
  *file(path: Bytes, name: Bytes, kind: Bytes, isLast: boolean): Task<void> {
    const { fix = false, until } = this.asked;
    const content = this.read(path, ', aborting...');
    if (content === '') return this.out(`${kind} ${name} is empty\n`);
    let begin: number | undefined = 0;
    if (isRdb(content)) {
      begin = reportRdb(this.process, path, content);
      if (begin === undefined) this.fail('RDB preamble of AOF file is not sane, aborting.\n');
      this.out('RDB preamble is OK, proceeding with AOF tail...\n');
    }
    const walk = new Walk(content, begin, name, until);
    walk.run(this.line);
    this.line = walk.line;
    if (walk.later !== undefined) return this.cutAt(path, name, kind, walk.later, isLast);
    if (walk.formatError) this.out(`AOF ${name} format error\n`);
    if (walk.problem !== undefined) this.out(`${walk.problem}\n`);
    const rest = content.length - walk.whole;
    if (rest === 0 && until !== undefined) this.out(`Truncate nothing in ${kind} ${name} to timestamp ${until}\n`);
    else this.out(`AOF analyzed: filename=${name}, size=${content.length}, ok_up_to=${walk.whole}, ok_up_to_line=${this.line}, diff=${rest}\n`);
    if (rest === 0) return this.out(`${kind} ${name} is valid\n`);
    if (!fix) return this.fail(`AOF ${name} is not valid. Use the --fix option to try fixing it.\n`);
    if (!isLast) return this.fail(`Failed to truncate AOF ${name} because it is not the last file\n`);
    this.out(`This will shrink the AOF ${name} from ${content.length} bytes, with ${rest} bytes, to ${walk.whole} bytes\nContinue? [y/N]: `);
    const answer = yield* readLine(this.process);
    if (!/^y/i.test(answer)) return this.fail('Aborting...\n');
    this.write(path, content.slice(0, walk.whole));
    return this.out(`Successfully truncated AOF ${name}\n`);
  }

  private cutAt(path: Bytes, name: Bytes, kind: Bytes, offset: number, isLast: boolean): void {
    const { until = 0 } = this.asked;
    if (offset === 0) this.fail(`AOF ${name} has nothing before timestamp ${until}, aborting...\n`);
    if (!isLast) {
      this.fail(
        `Failed to truncate AOF ${name} to timestamp ${until} to offset ${offset} because it is not the last file.\nIf you insist, please delete all files after this file according to the manifest file and delete the corresponding records in manifest file manually. Then re-run redis-check-aof.\n`,
      );
    }
    this.write(path, this.read(path).slice(0, offset));
    this.out(`Successfully truncated ${kind} ${name} to timestamp ${until}\n`);
  }

  private write(path: Bytes, content: Bytes): void {
    const problem = this.process.env.disk.write(this.process.resolve(path), content);
    if (problem !== undefined) this.fail(`Failed to truncate AOF ${path}: ${problem.message}\n`);
  }
}

/** The real program looks at eight bytes: what is shorter is no snapshot. */
const isRdb = (content: Bytes): boolean => content.length >= 8 && content.startsWith('REDIS');

/** One pass over the commands of a file. */
class Walk {
  /** Behind the last command that is whole, and not inside a transaction. */
  whole: number;
  line = 1;
  problem: Bytes | undefined;
  formatError = false;
  /** Where the first note of a time too late stands. */
  later: number | undefined;
  private at: number;
  private open = 0;
  private readonly content: Bytes;
  private readonly name: Bytes;
  private readonly until: number | undefined;

  constructor(content: Bytes, begin: number, name: Bytes, until: number | undefined) {
    this.content = content;
    this.at = begin;
    this.whole = begin;
    this.name = name;
    this.until = until;
  }

  run(line: number): void {
    this.line = line;
    for (;;) {
      if (this.open === 0) this.whole = this.at;
      const mark = this.content.charAt(this.at);
      if (mark === '') break;
      if (mark === '#') {
        if (!this.note()) return;
      } else if (mark === '*') {
        if (!this.command()) break;
      } else {
        this.formatError = true;
        break;
      }
    }
    if (this.open > 0 && this.problem === undefined) this.tell('Reached EOF before reading EXEC for MULTI', this.lastRead);
  }

  /** Where the last thing that was read begins: the real program tells that for an end that comes too early. */
  private lastRead = 0;

  private tell(what: Bytes, at: number): false {
    this.problem = `0x${at.toString(16).padStart(16)}: ${what}`;
    return false;
  }

  /** False when the note is too late. */
  private note(): boolean {
    this.lastRead = this.at;
    const end = this.content.indexOf('\n', this.at);
    const text = this.content.slice(this.at, end < 0 ? undefined : end + 1);
    const seconds = /^#TS:(\d+)\r/.exec(text)?.[1];
    if (this.until !== undefined && seconds !== undefined && Number(seconds) > this.until) {
      this.later = this.at;
      return false;
    }
    this.at += text.length;
    return true;
  }

  private command(): boolean {
    const count = this.number('*');
    if (count === undefined) return false;
    for (let i = 0; i < count; i++) {
      const word = this.word();
      if (word === undefined) return false;
      if (i > 0) continue;
      if (equalsFolded(word, 'multi') && this.open++ > 0) return this.tell(`Unexpected MULTI in AOF ${this.name}`, this.lastRead);
      if (equalsFolded(word, 'exec') && --this.open !== 0) return this.tell(`Unexpected EXEC in AOF ${this.name}`, this.lastRead);
    }
    return true;
  }

  private number(prefix: Bytes): number | undefined {
    this.lastRead = this.at;
    const end = this.content.indexOf('\n', this.at);
    const text = this.content.slice(this.at, Math.min(end < 0 ? this.content.length : end + 1, this.at + LONGEST_LINE));
    if (text === '') return undefined;
    if (!text.startsWith(prefix)) {
      this.tell(`Expected prefix '${prefix}', got: '${text.charAt(0)}'`, this.at);
      return undefined;
    }
    const digits = /^[ \t]*[+-]?\d+/.exec(text.slice(1))?.[0] ?? '';
    if (!this.lineEnd(text.slice(1 + digits.length))) return undefined;
    this.at += text.length;
    return Number(digits);
  }

  private lineEnd(text: Bytes): boolean {
    const code = (i: number): string => (i < text.length ? text.charCodeAt(i) : 0).toString(16).padStart(2, '0');
    if (!text.startsWith('\r\n')) return this.tell(`Expected \\r\\n, got: ${code(0)}${code(1)}`, this.lastRead);
    this.line++;
    return true;
  }

  private word(): Bytes | undefined {
    const length = this.number('$');
    if (length === undefined) return undefined;
    this.lastRead = this.at;
    const wanted = length + 2;
    const bytes = this.content.slice(this.at, this.at + wanted);
    if (bytes.length < wanted) {
      this.tell(`Expected to read ${wanted} bytes, got ${bytes.length} bytes`, this.at);
      return undefined;
    }
    if (!this.lineEnd(bytes.slice(length))) return undefined;
    this.at += wanted;
    return bytes.slice(0, length);
  }
}
