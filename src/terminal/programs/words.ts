/*
 * Programs that print what they are told: echo, printf, seq, yes, true, false
 */
import type { Bytes } from '../../engine/index.ts';
import type { Program } from '../../simulation/index.ts';
import { tool } from './tool.ts';

const ESCAPES: Readonly<Record<string, Bytes>> = {
  n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', e: '\x1b', '\\': '\\', '"': '"',
};

/** Replaces \n, \t, \xHH, \0NNN …; `\c` ends the output. */
function unescape(text: Bytes, octalNeedsZero: boolean): { text: Bytes; stop: boolean } {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character !== '\\') {
      out += character;
      continue;
    }
    const rest = text.slice(i + 1);
    if (rest.startsWith('c')) return { text: out, stop: true };
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    const octal = (octalNeedsZero ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest);
    if (hex !== null) {
      out += String.fromCharCode(parseInt(hex[1] ?? '0', 16));
      i += hex[0].length;
    } else if (octal !== null) {
      out += String.fromCharCode(parseInt(octal[1] === '' ? '0' : (octal[1] ?? '0'), 8) & 255);
      i += octal[0].length;
    } else {
      const escaped = ESCAPES[rest.charAt(0)];
      out += escaped ?? `\\${rest.charAt(0)}`;
      i++;
    }
  }
  return { text: out, stop: false };
}

export const echo = tool({
  name: 'echo', summary: 'print words', takesAnything: true,
  manual: `Usage: echo [-n] [-e] [word ...]

Prints the words with a blank between them and a line end behind them.
  -n   without the line end
  -e   \\n, \\t, \\r, \\xHH and \\\\ stand for what they mean
`,
  run(call) {
    let newline = true;
    let escapes = false;
    const words = [...call.operands];
    while (/^-[neE]+$/.test(words[0] ?? '')) {
      const flags = words.shift() ?? '';
      if (flags.includes('n')) newline = false;
      if (flags.includes('e')) escapes = true;
      if (flags.includes('E')) escapes = false;
    }
    const { text, stop } = escapes ? unescape(words.join(' '), true) : { text: words.join(' '), stop: false };
    call.out(text + (newline && !stop ? '\n' : ''));
    call.end();
  },
});

export const printf = tool({
  name: 'printf', summary: 'print words in a format', takesAnything: true,
  manual: `Usage: printf format [word ...]

Prints the format with the words put in: %s a word, %d a whole number,
%x in hexadecimal, %o in octal, %f with a fraction, %c one character, %b a word
with escapes, %% a percent sign. A width may stand between: %5d, %-10s, %.2f.
\\n \\t \\r \\xHH mean what they do elsewhere. The format is used again while
words are left.
`,
  run(call) {
    const [format, ...words] = call.operands;
    if (format === undefined) {
      call.process.stderr.write('printf: usage: printf format [arguments]\n');
      call.end(2);
      return;
    }
    do {
      const before = words.length;
      const { text, stop } = filled(format, words, (word) => call.fail(`${word}: invalid number`));
      call.out(text);
      if (stop || words.length === before) break;
    } while (words.length > 0);
    call.end();
  },
});

/** One use of the format; takes the words it needs from the front. */
function filled(format: Bytes, words: Bytes[], wrong: (word: Bytes) => void): { text: Bytes; stop: boolean } {
  let out = '';
  const parts = format.split(/(%[-+ 0]*\d*(?:\.\d+)?[a-zA-Z%])/);
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 0) {
      const { text, stop } = unescape(part, false);
      out += text;
      if (stop) return { text: out, stop: true };
      continue;
    }
    const [, flags = '', width = '', precision, kind = ''] = /^%([-+ 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])$/.exec(part) ?? [];
    if (kind === '%') {
      out += '%';
      continue;
    }
    const word = words.shift() ?? '';
    const number = (): number => {
      if (word === '') return 0;
      if (/^['"]./.test(word)) return word.charCodeAt(1);
      if (/^[+-]?(0[xX][0-9a-fA-F]+|\d+\.?\d*)$/.test(word)) return Number(word.replace(/^\+/, ''));
      wrong(word);
      return Number(/^[+-]?\d+/.exec(word)?.[0] ?? 0);
    };
    let text = '';
    switch (kind) {
      case 's':
        text = precision === undefined ? word : word.slice(0, Number(precision));
        break;
      case 'b': {
        const inner = unescape(word, true);
        if (inner.stop) return { text: out + inner.text, stop: true };
        text = inner.text;
        break;
      }
      case 'c':
        text = word.charAt(0);
        break;
      case 'd': case 'i': case 'u':
        text = signed(Math.trunc(number()).toFixed(0), flags);
        break;
      case 'x':
        text = Math.trunc(number()).toString(16);
        break;
      case 'X':
        text = Math.trunc(number()).toString(16).replace(/[a-f]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 32));
        break;
      case 'o':
        text = Math.trunc(number()).toString(8);
        break;
      case 'f':
        text = signed(number().toFixed(Math.min(100, Number(precision ?? 6))), flags);
        break;
      default:
        text = part;
    }
    const wide = Math.min(Number(width || 0), 10_000);
    if (flags.includes('-')) out += text.padEnd(wide);
    else if (flags.includes('0') && kind !== 's' && kind !== 'c') out += text.startsWith('-') ? `-${text.slice(1).padStart(wide - 1, '0')}` : text.padStart(wide, '0');
    else out += text.padStart(wide);
  }
  return { text: out, stop: false };
}

function signed(text: string, flags: string): string {
  return text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

/** Numbers that seq prints at once, before the next event. */
const SEQ_BATCH = 1000;

export const seq = tool({
  name: 'seq', summary: 'count', takesAnything: true,
  manual: `Usage: seq [first [step]] last

Prints the numbers from first (1) to last, one a line.
`,
  run(call) {
    const numbers = call.operands.map((word) => (/^-?\d+(\.\d+)?$/.test(word) ? Number(word) : NaN));
    const wrong = numbers.findIndex((number) => Number.isNaN(number));
    if (numbers.length < 1 || numbers.length > 3 || wrong >= 0) {
      call.refuse(wrong >= 0 ? `invalid floating point argument: '${call.operands[wrong]}'` : numbers.length < 1 ? 'missing operand' : 'extra operand');
      return;
    }
    const last = numbers.at(-1) ?? 0;
    const first = numbers.length > 1 ? (numbers[0] ?? 1) : 1;
    const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
    if (step === 0) {
      call.refuse('the step cannot be 0');
      return;
    }
    const digits = Math.max(0, ...call.operands.map((word) => (word.split('.')[1] ?? '').length));
    const count = Math.floor((last - first) / step + 1e-9) + 1;
    let i = 0;
    const more = (): void => {
      let out = '';
      for (const end = Math.min(count, i + SEQ_BATCH); i < end; i++) out += `${(first + i * step).toFixed(digits)}\n`;
      call.out(out);
      if (i < count) call.process.env.clock.after(100, 'seq', more);
      else call.end();
    };
    more();
  },
});

export const yes = tool({
  name: 'yes', summary: 'print the same line without end', takesAnything: true,
  manual: `Usage: yes [word ...]

Prints "y", or the words, line after line until it is stopped.
`,
  run(call) {
    const line = `${call.operands.length === 0 ? 'y' : call.operands.join(' ')}\n`;
    const more = (): void => {
      call.out(line.repeat(64));
      call.process.env.clock.after(1000, 'yes', more);
    };
    more();
  },
});

const always = (name: string, code: number): Program => tool({
  name, summary: `end with exit code ${code}`, takesAnything: true,
  manual: `Usage: ${name}\n\nDoes nothing and ends with exit code ${code}.\n`,
  run: (call) => call.end(code),
});

export const wordPrograms: readonly Program[] = [echo, printf, seq, yes, always('true', 0), always('false', 1)];
