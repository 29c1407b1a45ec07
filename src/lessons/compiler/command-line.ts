/*
 * Command lines and steps
 * -----------------------
 * Reads the little language of `start`, `solution` and `wrong` blocks. Texts become UTF-8 bytes here: this is one of the two places where text
 * turns into bytes.
 */
import { utf8, type Bytes } from '../../engine/bytes.ts';
import { splitArguments } from '../../engine/protocol/index.ts';
import type { Step } from '../../simulation/index.ts';

/** Text of a line → its arguments as bytes. */
export function argumentsOf(text: string): Bytes[] | undefined {
  return splitArguments(utf8(text));
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 };

/** '10s', '500ms', '2m', '1h', '1d' in microseconds. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text);
  if (found === null) return undefined;
  return Math.round(Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0));
}

export interface ParsedSteps {
  steps: Step[];
  /** `@answer check=2`: check id → index of the choice, from 0. */
  answers: Record<string, number>;
  /** The written lines, blank ones left out. */
  lines: string[];
  problems: { line: number; what: string; fix: string }[];
}

/** Reads steps, one per line; `line` in problems counts from 0 within the text. */
export function parseSteps(text: string): ParsedSteps {
  const result: ParsedSteps = { steps: [], answers: {}, lines: [], problems: [] };
  text.split('\n').forEach((raw, line) => {
    const written = raw.trim();
    if (written === '') return;
    const wrong = (what: string, fix: string): void => {
      result.problems.push({ line, what, fix });
    };
    result.lines.push(written);
    if (written.startsWith('#')) {
      wrong('a comment among the steps would be sent to the server', 'remove it, or say it in the prose');
    } else if (written.startsWith('$')) {
      const shell = written.slice(1).trim();
      if (shell === '') wrong('"$" without a line', 'write the shell line after "$ "');
      else result.steps.push({ kind: 'shell', text: utf8(shell) });
    } else if (written.startsWith('@')) {
      const space = written.search(/\s/);
      const name = space < 0 ? written.slice(1) : written.slice(1, space);
      const rest = space < 0 ? '' : written.slice(space + 1).trim();
      if (name === 'wait') {
        const us = parseDuration(rest);
        if (us === undefined) wrong(`"@wait ${rest}" is not a duration`, 'write it like "@wait 10s", "@wait 500ms", "@wait 2m"');
        else result.steps.push({ kind: 'wait', us });
      } else if (name === 'restart') {
        if (rest !== '') wrong('"@restart" stands alone', 'remove what follows it');
        result.steps.push({ kind: 'restart' });
      } else if (name === 'answer') {
        const found = /^([a-z0-9-]+)=(\d+)$/.exec(rest);
        if (found === null) wrong(`"@answer ${rest}" cannot be read`, 'write "@answer CHECK=NUMBER", counting the choices from 1');
        else result.answers[found[1] ?? ''] = Number(found[2]) - 1;
      } else if (rest === '' || !/^[a-z][a-z0-9-]*$/.test(name)) {
        wrong(`"${written}" is no step`, 'write "@b COMMAND" for another client, "@wait 10s", "@restart" or "@answer check=1"');
      } else {
        checkCommand(rest, wrong);
        result.steps.push({ kind: 'redis', text: utf8(rest), client: name });
      }
    } else {
      checkCommand(written, wrong);
      result.steps.push({ kind: 'redis', text: utf8(written) });
    }
  });
  return result;
}

function checkCommand(text: string, wrong: (what: string, fix: string) => void): void {
  const argv = argumentsOf(text);
  if (argv === undefined) wrong(`the quotation marks in "${text}" are not balanced`, 'close the quotation mark');
  else if (text.includes(' #')) wrong(`"${text}" ends in a comment, which would be arguments`, 'remove the comment');
}
