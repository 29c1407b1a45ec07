/*
 * Small programs
 * --------------
 * What the usual tools of a host have in common: flags and operands, `--help`, messages that begin with
 * the program's name, an exit code that remembers the first failure, input from files or from what stands
 * before the pipe. `tool()` makes a Program of the part that differs.
 */
import { type Bytes, isDiskError } from '../../engine/index.ts';
import type { MachineForPrograms, Process, Program } from '../../simulation/index.ts';

export interface ToolSpec {
  readonly name: string;
  readonly summary: string;
  /** The help page: `man name` and `name --help` print it. */
  readonly manual: string;
  /** Letters that are flags. */
  readonly flags?: string;
  /** Letters that take a value: `-n 5` or `-n5`. */
  readonly valued?: string;
  /** Words that stand for flags: `--recursive`. */
  readonly long?: Readonly<Record<string, string>>;
  /** Everything is an operand (echo, printf). */
  readonly takesAnything?: boolean;
  readonly completions?: Program['completions'];
  run(call: ToolCall): void;
}

export function tool(spec: ToolSpec): Program {
  const program: Program = {
    name: spec.name,
    summary: spec.summary,
    manual: spec.manual,
    ...(spec.completions === undefined ? {} : { completions: spec.completions }),
    run(process) {
      if (process.argv.length === 2 && process.argv[1] === '--help') {
        process.stdout.write(manualOf(program));
        process.exit(0);
        return;
      }
      const call = new ToolCall(process, spec);
      if (call.begin()) spec.run(call);
    },
  };
  return program;
}

/** A program's page; a function of its own, because the pages come later than the programs (authoring/parts). */
export function manualOf(program: Program): Bytes {
  if (program.manual === undefined) return `There is no page about ${program.name}.\n`;
  return program.manual;
}

/** The machine that a program of the simulated hosts runs on. */
export function machineOf(process: Process): MachineForPrograms {
  const { machine } = process.host;
  if (machine === undefined) throw new Error(`${process.argv[0]} is for the hosts of a simulation`);
  return machine;
}

/** One run of a tool. */
export class ToolCall {
  readonly process: Process;
  readonly operands: Bytes[] = [];
  private readonly spec: ToolSpec;
  private readonly flags = new Set<string>();
  private readonly values = new Map<string, Bytes>();
  status = 0;

  constructor(process: Process, spec: ToolSpec) {
    this.process = process;
    this.spec = spec;
  }

  /** Reads the arguments; false when they are wrong and the program has ended. */
  begin(): boolean {
    const words = this.process.argv.slice(1);
    if (this.spec.takesAnything === true) {
      this.operands.push(...words);
      return true;
    }
    for (let i = 0; i < words.length; i++) {
      const word = words[i] ?? '';
      if (word === '--') {
        this.operands.push(...words.slice(i + 1));
        break;
      }
      const long = this.spec.long?.[word];
      if (long !== undefined) this.flags.add(long);
      else if (word.startsWith('--')) return this.refuse(`unrecognized option '${word}'`);
      else if (word.length > 1 && word.startsWith('-')) {
        const used = this.readLetters(word.slice(1), words[i + 1]);
        if (used === undefined) return false;
        i += used;
      } else this.operands.push(word);
    }
    return true;
  }

  /** Reads `-la` or `-n5`; how many further words were used, or undefined after a mistake. */
  private readLetters(letters: Bytes, next: Bytes | undefined): number | undefined {
    // `head -5`, the old spelling of `head -n 5`.
    if (/^\d+$/.test(letters) && this.spec.valued?.includes('n') === true) {
      this.values.set('n', letters);
      return 0;
    }
    for (let i = 0; i < letters.length; i++) {
      const letter = letters.charAt(i);
      if (this.spec.valued?.includes(letter) === true) {
        const rest = letters.slice(i + 1);
        const value = rest === '' ? next : rest;
        if (value === undefined) {
          this.refuse(`option requires an argument -- '${letter}'`);
          return undefined;
        }
        this.values.set(letter, value);
        return rest === '' ? 1 : 0;
      }
      if (this.spec.flags?.includes(letter) !== true) {
        this.refuse(`invalid option -- '${letter}'`);
        return undefined;
      }
      this.flags.add(letter);
    }
    return 0;
  }

  /** Wrong usage: says so and ends with 2. */
  refuse(message: string): false {
    this.process.stderr.write(`${this.spec.name}: ${message}\nTry '${this.spec.name} --help' for more information.\n`);
    this.process.exit(2);
    return false;
  }

  has(flag: string): boolean {
    return this.flags.has(flag);
  }

  value(letter: string): Bytes | undefined {
    return this.values.get(letter);
  }

  /** The number after an option, or `otherwise`; undefined when it is no number and the program has ended. */
  number(letter: string, otherwise: number): number | undefined {
    const text = this.values.get(letter);
    if (text === undefined) return otherwise;
    if (/^\d+$/.test(text)) return Number(text);
    this.process.stderr.write(`${this.spec.name}: invalid number: '${text}'\n`);
    this.process.exit(1);
    return undefined;
  }

  out(text: Bytes): void {
    this.process.stdout.write(text);
  }

  /** A failure that does not end the run: said on standard error, remembered for the exit code. */
  fail(message: string, status = 1): void {
    this.process.stderr.write(`${this.spec.name}: ${message}\n`);
    this.status = status;
  }

  end(status = this.status): void {
    this.process.exit(status);
  }

  /**
   * Gives each input in turn to `take`, chunk by chunk, then calls `done`: the files that were named, `-`
   * for standard input, or standard input when none was. A file that cannot be read is reported and
   * passed over. `finished` hears the end of each input.
   */
  readInputs(names: readonly Bytes[], take: (chunk: Bytes, name: Bytes) => void, done: () => void, finished?: (name: Bytes) => void): void {
    const left = names.length === 0 ? ['-'] : [...names];
    const next = (): void => {
      const name = left.shift();
      if (name === undefined) {
        done();
        return;
      }
      const source = name === '-' ? this.process.stdin : this.process.openInput(this.process.resolve(name));
      const isDirectory = name !== '-' && this.isDirectory(name);
      if (isDiskError(source) || isDirectory) {
        this.fail(`${name}: ${isDiskError(source) ? source.message : 'Is a directory'}`);
        next();
        return;
      }
      source.onData((chunk) => take(chunk, name));
      source.onEnd(() => {
        finished?.(name);
        next();
      });
    };
    next();
  }

  /** The same line by line, without their ends. */
  readLines(names: readonly Bytes[], take: (line: Bytes, name: Bytes) => void, done: () => void, finished?: (name: Bytes) => void): void {
    let rest = '';
    this.readInputs(names, (chunk, name) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line, name);
    }, done, (name) => {
      if (rest !== '') take(rest, name);
      rest = '';
      finished?.(name);
    });
  }

  isDirectory(path: Bytes): boolean {
    const found = this.process.env.disk.stat(this.process.resolve(path));
    return !isDiskError(found) && found.kind === 'directory';
  }
}
