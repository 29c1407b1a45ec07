/*
 * Text that flows through: head, tail, wc, grep, sort, uniq, cut, tr, tee, xargs
 * ------------------------------------------------------------------------------
 * Each passes on what it can as soon as it can, so that `redis-cli monitor | grep SET` shows lines while
 * they happen. Only sort has to wait for the end.
 */
import { type Bytes, compare, fold, isDiskError, upper } from '../../engine/index.ts';
import type { Output, Program } from '../../simulation/index.ts';
import { patternOf } from './pattern.ts';
import { tool, type ToolCall } from './tool.ts';

export const head = tool({
  name: 'head', summary: 'print the beginning of files', valued: 'nc', flags: 'q',
  manual: `Usage: head [-n lines | -c bytes] [file ...]

Prints the first 10 lines, or as many as -n says, or the first bytes.
`,
  run(call) {
    const count = call.value('c') === undefined ? call.number('n', 10) : call.number('c', 0);
    if (count === undefined) return;
    const byBytes = call.value('c') !== undefined;
    const names = call.operands.length === 0 ? ['-'] : call.operands;
    let left = count;
    if (names.length === 1 && count === 0) {
      call.end();
      return;
    }
    // Of several files each begins under its name.
    let current: Bytes | undefined;
    call.readInputs(names, (chunk, name) => {
      if (current !== name) {
        if (names.length > 1) call.out(`${current === undefined ? '' : '\n'}==> ${name} <==\n`);
        current = name;
        left = count;
      }
      if (left === 0) return;
      const end = byBytes ? Math.min(left, chunk.length) : endOfLines(chunk, left);
      left -= byBytes ? end : countLines(chunk.slice(0, end));
      call.out(chunk.slice(0, end));
      // Whoever writes into the pipe learns by SIGPIPE that nobody reads on.
      if (left === 0 && names.length === 1) call.end();
    }, () => call.end());
  },
});

function countLines(text: Bytes): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Where the first `lines` lines of the text end. */
function endOfLines(text: Bytes, lines: number): number {
  let at = 0;
  for (let i = 0; i < lines; i++) {
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}

/** How often `tail -f` looks at the file. */
const FOLLOW_US = 250_000;

export const tail = tool({
  name: 'tail', summary: 'print the end of files, and follow them', valued: 'nc', flags: 'fFq',
  manual: `Usage: tail [-f] [-n lines | -c bytes] [file ...]

Prints the last 10 lines, or as many as -n says, or the last bytes.
  -f   go on and print what is added to the file; Ctrl-C ends it
`,
  run(call) {
    const plus = /^\+(\d+)$/.exec(call.value('n') ?? '');
    const byBytes = call.value('c') !== undefined;
    const count = plus !== null ? 0 : byBytes ? call.number('c', 0) : call.number('n', 10);
    if (count === undefined) return;
    const names = call.operands.length === 0 ? ['-'] : call.operands;
    let text = '';
    let printed = 0;
    call.readInputs(names, (chunk) => (text += chunk), () => {
      if (!call.has('f') && !call.has('F')) call.end();
      else if (names.length === 1 && names[0] !== '-' && call.status === 0) follow(call, names[0] ?? '');
      else if (call.status !== 0) call.end();
      else call.refuse('-f follows one file');
    }, (name) => {
      if (names.length > 1) call.out(`${printed++ === 0 ? '' : '\n'}==> ${name} <==\n`);
      if (plus !== null) call.out(text.slice(endOfLines(text, Math.max(0, Number(plus[1]) - 1))));
      else call.out(byBytes ? (count === 0 ? '' : text.slice(-count)) : lastLines(text, count));
      text = '';
    });
  },
});

function lastLines(text: Bytes, count: number): Bytes {
  if (count === 0) return '';
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let i = 0; i < count; i++) {
    at = at === 0 ? -1 : text.lastIndexOf('\n', at - 1);
    if (at < 0) return text;
  }
  return text.slice(at + 1);
}

function follow(call: ToolCall, name: Bytes): void {
  const { clock, disk } = call.process.env;
  const path = call.process.resolve(name);
  const sizeOf = (): number | undefined => {
    const found = disk.stat(path);
    return isDiskError(found) ? undefined : found.sizeBytes;
  };
  let seen = sizeOf() ?? 0;
  const look = (): void => {
    const size = sizeOf();
    if (size !== undefined && size < seen) {
      call.process.stderr.write(`tail: ${name}: file truncated\n`);
      seen = 0;
    }
    if (size !== undefined && size > seen) {
      const content = disk.read(path);
      if (!isDiskError(content)) call.out(content.slice(seen));
      seen = size;
    }
    clock.after(FOLLOW_US, 'tail -f', look);
  };
  clock.after(FOLLOW_US, 'tail -f', look);
}

export const wc = tool({
  name: 'wc', summary: 'count lines, words and bytes', flags: 'lwc',
  manual: `Usage: wc [-lwc] [file ...]

Counts lines, words and bytes; -l, -w and -c choose.
`,
  run(call) {
    const rows: { counts: number[]; name: Bytes }[] = [];
    let lines = 0;
    let words = 0;
    let bytes = 0;
    let allBytes = 0;
    let inWord = false;
    const all = !call.has('l') && !call.has('w') && !call.has('c');
    call.readInputs(call.operands, (chunk) => {
      bytes += chunk.length;
      allBytes += chunk.length;
      for (let i = 0; i < chunk.length; i++) {
        const code = chunk.charCodeAt(i);
        if (code === 10) lines++;
        const isBlank = code === 32 || (code >= 9 && code <= 13);
        if (!isBlank && !inWord) words++;
        inWord = !isBlank;
      }
    }, () => {
      if (rows.length > 1) rows.push({ name: 'total', counts: (rows[0]?.counts ?? []).map((_n, i) => rows.reduce((sum, row) => sum + (row.counts[i] ?? 0), 0)) });
      // A single number stands alone; columns from a pipe are seven wide, from files as wide as all their bytes need.
      const width = rows.length === 1 && rows[0]?.counts.length === 1 ? 0 : call.operands.length === 0 ? 7 : String(allBytes).length;
      for (const { counts, name } of rows) call.out(`${counts.map((n) => String(n).padStart(width)).join(' ')}${name === '-' && call.operands.length === 0 ? '' : ` ${name}`}\n`);
      call.end();
    }, (name) => {
      rows.push({ name, counts: [...(all || call.has('l') ? [lines] : []), ...(all || call.has('w') ? [words] : []), ...(all || call.has('c') ? [bytes] : [])] });
      lines = words = bytes = 0;
      inWord = false;
    });
  },
});

export const grep = tool({
  name: 'grep', summary: 'print lines that match a pattern', flags: 'ivncoqlEFwxh', valued: 'em',
  long: { '--ignore-case': 'i', '--line-buffered': 'h' },
  manual: `Usage: grep [-ivncolqwEF] pattern [file ...]

Prints the lines in which the pattern is found. Exit code 0: found,
1: not found, 2: something was wrong.
  -i   small and capital letters are the same
  -v   the lines in which it is not found
  -n   with their numbers
  -c   only how many there are
  -o   only what matched
  -l   only the names of files with a match
  -q   nothing; the exit code tells
  -w   only whole words
  -x   only whole lines
  -E   extended patterns: + ? | ( ) { } without a backslash
  -F   the pattern is plain text
`,
  run(call) {
    const source = call.value('e') ?? call.operands.shift();
    if (source === undefined) {
      call.refuse('a pattern is wanted');
      return;
    }
    const find = patternOf(source, { extended: call.has('E'), fixed: call.has('F'), ignoreCase: call.has('i'), words: call.has('w'), lines: call.has('x') });
    if (typeof find === 'string') {
      call.fail(find, 2);
      call.end();
      return;
    }
    const limit = call.number('m', Number.MAX_SAFE_INTEGER);
    if (limit === undefined) return;
    const withNames = call.operands.length > 1 && !call.has('h');
    let found = 0;
    let number = 0;
    let inFile = 0;
    call.readLines(call.operands, (line, name) => {
      number++;
      const matches = find(line);
      if ((matches.length > 0) === call.has('v') || inFile >= limit) return;
      found++;
      inFile++;
      if (call.has('q')) return call.end(0);
      if (call.has('c') || call.has('l')) return;
      const prefix = (withNames ? `${name}:` : '') + (call.has('n') ? `${number}:` : '');
      call.out(call.has('o') && !call.has('v') ? matches.filter((match) => match !== '').map((match) => `${prefix}${match}\n`).join('') : `${prefix}${line}\n`);
    }, () => call.end(call.status !== 0 ? 2 : found > 0 ? 0 : 1), (name) => {
      if (call.has('c')) call.out(`${withNames ? `${name}:` : ''}${inFile}\n`);
      if (call.has('l') && inFile > 0) call.out(`${name === '-' ? '(standard input)' : name}\n`);
      number = 0;
      inFile = 0;
    });
  },
});

export const sort = tool({
  name: 'sort', summary: 'sort lines', flags: 'nruf', valued: 'kt',
  manual: `Usage: sort [-nruf] [-t separator] [-k column] [file ...]

Prints the lines in order of their bytes.
  -n   by the number they begin with
  -r   the other way round
  -u   each only once
  -f   small and capital letters are the same
  -k   by the column with this number; -t says what separates columns
`,
  run(call) {
    const column = call.value('k') === undefined ? 0 : Number(/^\d+/.exec(call.value('k') ?? '')?.[0] ?? 0);
    const separator = call.value('t');
    const lines: Bytes[] = [];
    const keyOf = (line: Bytes): Bytes => {
      const key = column === 0 ? line : (separator === undefined ? line.split(/[ \t]+/).filter((each) => each !== '') : line.split(separator)).slice(column - 1).join(separator ?? ' ');
      return call.has('f') ? upper(key) : key;
    };
    const numberOf = (line: Bytes): number => Number(/^[ \t]*(-?\d*\.?\d+)/.exec(keyOf(line))?.[1] ?? 0);
    call.readLines(call.operands, (line) => lines.push(line), () => {
      const byKey = (a: Bytes, b: Bytes): number => (call.has('n') ? numberOf(a) - numberOf(b) : compare(keyOf(a), keyOf(b)));
      const order = (a: Bytes, b: Bytes): number => (byKey(a, b) || (call.has('u') ? 0 : compare(a, b))) * (call.has('r') ? -1 : 1);
      lines.sort(order);
      const kept = call.has('u') ? lines.filter((line, i) => i === 0 || byKey(lines[i - 1] ?? '', line) !== 0) : lines;
      call.out(kept.map((line) => `${line}\n`).join(''));
      call.end();
    });
  },
});

export const uniq = tool({
  name: 'uniq', summary: 'drop lines that repeat the one before', flags: 'cdui',
  manual: `Usage: uniq [-cdui] [file]

Of lines that follow each other and are the same, prints one. Sort first to
bring equal lines together.
  -c   with their number
  -d   only those that came more than once
  -u   only those that came once
  -i   small and capital letters are the same
`,
  run(call) {
    let previous: Bytes | undefined;
    let count = 0;
    const tell = (): void => {
      if (previous === undefined || (call.has('d') && count < 2) || (call.has('u') && count > 1)) return;
      call.out(`${call.has('c') ? `${String(count).padStart(7)} ` : ''}${previous}\n`);
    };
    call.readLines(call.operands.slice(0, 1), (line) => {
      if (previous !== undefined && (line === previous || (call.has('i') && fold(line) === fold(previous)))) {
        count++;
        return;
      }
      tell();
      previous = line;
      count = 1;
    }, () => {
      tell();
      call.end();
    });
  },
});

/** The ranges of `-f 1,3-5`, or undefined when they make no sense. */
function rangesOf(text: Bytes): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  for (const part of text.split(',')) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (match === null || part === '' || part === '-') return undefined;
    const [, from = '', dash = '', to = ''] = match;
    ranges.push(dash === '' ? [Number(from), Number(from)] : [from === '' ? 1 : Number(from), to === '' ? Number.MAX_SAFE_INTEGER : Number(to)]);
  }
  return ranges;
}

export const cut = tool({
  name: 'cut', summary: 'print columns of lines', valued: 'dfcb', flags: 's',
  manual: `Usage: cut -d separator -f columns [file ...]
       cut -c characters [file ...]

Prints parts of each line: 1 or 1,3 or 2-4 or 3-.
`,
  run(call) {
    const wanted = call.value('f') ?? call.value('c') ?? call.value('b');
    const ranges = wanted === undefined ? undefined : rangesOf(wanted);
    if (ranges === undefined) {
      call.refuse(wanted === undefined ? 'you must specify a list of bytes, characters, or fields' : `invalid range: '${wanted}'`);
      return;
    }
    const isWanted = (_part: Bytes, i: number): boolean => ranges.some(([from, to]) => i + 1 >= from && i + 1 <= to);
    const separator = call.value('d') ?? '\t';
    call.readLines(call.operands, (line) => {
      if (call.value('f') === undefined) call.out(`${[...line].filter(isWanted).join('')}\n`);
      else if (line.includes(separator)) call.out(`${line.split(separator).filter(isWanted).join(separator)}\n`);
      else if (!call.has('s')) call.out(`${line}\n`);
    }, () => call.end());
  },
});

const TR_ESCAPES: Readonly<Record<string, Bytes>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0' };
const TR_CLASSES: Readonly<Record<string, Bytes>> = { '[:lower:]': 'a-z', '[:upper:]': 'A-Z', '[:digit:]': '0-9', '[:space:]': '\t\n\v\f\r ' };

/** The characters that `a-z\n` stands for. */
function charactersOf(spelled: Bytes): Bytes {
  let text = spelled;
  for (const [name, range] of Object.entries(TR_CLASSES)) text = text.replaceAll(name, range);
  text = text.replace(/\\(.)/g, (_all, letter: string) => TR_ESCAPES[letter] ?? letter);
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const last = text.charCodeAt(i + 2);
    if (text.charAt(i + 1) === '-' && last >= text.charCodeAt(i)) {
      for (let code = text.charCodeAt(i); code <= last; code++) out += String.fromCharCode(code);
      i += 2;
    } else out += text.charAt(i);
  }
  return out;
}

export const tr = tool({
  name: 'tr', summary: 'replace or delete characters', flags: 'ds',
  manual: `Usage: tr from to
       tr -d characters
       tr -s characters

Replaces each character of the first set by the one at the same place in the
second; -d deletes characters, -s leaves one of several in a row. Sets may
hold ranges (a-z) and \\n \\r \\t.
`,
  run(call) {
    const from = charactersOf(call.operands[0] ?? '');
    const to = charactersOf(call.operands[1] ?? '');
    if (from === '' || (to === '' && !call.has('d') && !call.has('s'))) {
      call.refuse(from === '' ? 'missing operand' : `missing operand after '${call.operands[0]}'`);
      return;
    }
    let last = '';
    call.readInputs([], (chunk) => {
      let out = '';
      for (const character of chunk) {
        const at = from.indexOf(character);
        if (at >= 0 && call.has('d')) continue;
        const put = at < 0 || to === '' ? character : to.charAt(Math.min(at, to.length - 1));
        if (call.has('s') && put === last && (to === '' ? from : to).includes(put)) continue;
        out += put;
        last = put;
      }
      call.out(out);
    }, () => call.end());
  },
});

export const tee = tool({
  name: 'tee', summary: 'write to files and pass on', flags: 'a',
  manual: `Usage: tee [-a] [file ...]

Passes on what it reads and writes it to the files as well.
  -a   add to the files instead of replacing them
`,
  run(call) {
    const outputs: Output[] = [];
    for (const name of call.operands) {
      const output = call.process.openOutput(call.process.resolve(name), call.has('a') ? 'append' : 'truncate');
      if (isDiskError(output)) call.fail(`${name}: ${output.message}`);
      else outputs.push(output);
    }
    call.readInputs([], (chunk) => {
      call.out(chunk);
      for (const output of outputs) output.write(chunk);
    }, () => call.end());
  },
});

/** Arguments per command unless -n says otherwise. */
const XARGS_MAX = 500;

export const xargs = tool({
  name: 'xargs', summary: 'turn input into arguments', takesAnything: true,
  manual: `Usage: xargs [-n count] [-0] [command [argument ...]]

Reads words and starts the command with them as further arguments, so that
  redis-cli --scan --pattern 'tmp:*' | xargs redis-cli DEL
deletes what was listed.
  -n   at most this many words each time
`,
  run(call) {
    const words = call.operands;
    let most = XARGS_MAX;
    while (words[0]?.startsWith('-') === true) {
      const option = words.shift() ?? '';
      const count = /^-n(\d*)$/.exec(option);
      if (count === null) {
        if (option === '-r') continue;
        call.refuse(`invalid option -- '${option.slice(1)}'`);
        return;
      }
      most = Number(count[1] === '' ? words.shift() : count[1]);
      if (!Number.isInteger(most) || most < 1) {
        call.refuse('-n wants a number from 1');
        return;
      }
    }
    const command = words.length === 0 ? ['echo'] : words;
    let input = '';
    const next = (left: readonly Bytes[]): void => {
      const nothing = call.process.openInput('/dev/null');
      const argv = [...command, ...left.slice(0, most)];
      const child = call.process.spawn({
        argv, foreground: true, ...(isDiskError(nothing) ? {} : { stdin: nothing }),
        exited: (code) => {
          if (code !== 0) call.status = 123;
          if (left.length > most) next(left.slice(most));
          else call.end();
        },
      });
      if (child !== undefined) return;
      call.fail(`${command[0]}: No such file or directory`, 127);
      call.end();
    };
    call.readInputs([], (chunk) => (input += chunk), () => next(wordsOf(input)));
  },
});

/** Words with the quotes that xargs knows. */
function wordsOf(input: Bytes): Bytes[] {
  const words: Bytes[] = [];
  for (const [, double, single, plain] of input.matchAll(/"([^"\n]*)"|'([^'\n]*)'|((?:\\[^]|[^ \t\n\\])+)/g)) {
    words.push(double ?? single ?? (plain ?? '').replace(/\\([^])/g, '$1'));
  }
  return words;
}

export const textPrograms: readonly Program[] = [head, tail, wc, grep, sort, uniq, cut, tr, tee, xargs];
