/*
 * From a line to what it asks for
 * -------------------------------
 * The part of the POSIX shell language that people type: words with quotes and variables, pipes,
 * redirections, `;` `&` `&&` `||`, here-documents, comments, `$(…)`, and if, while, until and for.
 * Functions, case and arithmetic are not here; what is not understood is refused by name.
 *
 * Nothing is expanded while reading: a word keeps its parts, because what a variable holds is known only
 * when the command runs.
 */
import { type Bytes, trim } from '../../engine/index.ts';

export type WordPart =
  | { readonly kind: 'text'; readonly text: Bytes; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: Bytes; readonly quoted: boolean; readonly fallback?: Bytes }
  | { readonly kind: 'command'; readonly source: Bytes; readonly quoted: boolean };

export type Word = readonly WordPart[];

export interface Redirect {
  readonly fd: 0 | 1 | 2;
  /** `both`: `&>`, output and errors into one file. */
  readonly kind: 'read' | 'write' | 'append' | 'duplicate' | 'here' | 'both';
  /** The file, the descriptor of a duplicate, or the text of a here-document. */
  readonly word: Word;
}

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly assignments: readonly { readonly name: Bytes; readonly value: Word }[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

export type Command =
  | SimpleCommand
  | { readonly kind: 'if'; readonly branches: readonly { readonly test: List; readonly body: List }[]; readonly otherwise: List | undefined }
  | { readonly kind: 'while'; readonly until: boolean; readonly test: List; readonly body: List }
  | { readonly kind: 'for'; readonly name: Bytes; readonly words: readonly Word[]; readonly body: List }
  | { readonly kind: 'group'; readonly body: List; readonly subshell: boolean };

/** A command in its place in a pipeline. Redirections of a simple command stand in the command itself. */
export interface Stage {
  readonly command: Command;
  readonly source: Bytes;
  /** Redirections behind `done`, `fi`, `}` or `)`. */
  readonly redirects: readonly Redirect[];
}

export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Stage[];
  readonly source: Bytes;
}

/** Pipelines joined by && and ||, as one statement. */
export interface Statement {
  readonly parts: readonly { readonly join: 'first' | '&&' | '||'; readonly pipeline: Pipeline }[];
  readonly background: boolean;
  readonly source: Bytes;
}

export type List = readonly Statement[];

export type Parsed =
  | { readonly kind: 'list'; readonly list: List }
  /** More lines are needed: an open quote, a pipe without its other side, a here-document. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'error'; readonly message: string };

class Incomplete extends Error {}
class SyntaxProblem extends Error {}

export function parse(source: Bytes): Parsed {
  try {
    const parser = new Parser(source);
    const list = parser.list([]);
    parser.expectEnd();
    return { kind: 'list', list };
  } catch (problem) {
    if (problem instanceof Incomplete) return { kind: 'incomplete' };
    if (problem instanceof SyntaxProblem) return { kind: 'error', message: problem.message };
    throw problem;
  }
}

const OPERATORS = ['&&', '||', ';;', '&>', '|', '&', ';', '(', ')', '\n'];
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'for', 'in', 'do', 'done', '{', '}', '!']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

class Parser {
  private readonly source: Bytes;
  private at = 0;
  /** Here-documents whose text begins after the current line. */
  private waiting: { end: Bytes; strip: boolean; literal: boolean; parts: WordPart[] }[] = [];

  constructor(source: Bytes) {
    this.source = source;
  }

  /** Statements up to one of the closing words, which is left where it is. */
  list(closers: readonly Bytes[]): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      this.skipSeparators();
      if (this.at >= this.source.length) {
        if (closers.length > 0) throw new Incomplete();
        this.readHereDocuments();
        return statements;
      }
      if (this.peek(')') || closers.includes(this.peekWord())) return statements;
      statements.push(this.statement());
    }
  }

  expectEnd(): void {
    if (this.at < this.source.length) throw this.unexpected();
  }

  private statement(): Statement {
    const start = this.at;
    const parts: { join: 'first' | '&&' | '||'; pipeline: Pipeline }[] = [{ join: 'first', pipeline: this.pipeline() }];
    for (;;) {
      this.skipBlanks();
      const join = this.takeOperator('&&') ? '&&' : this.takeOperator('||') ? '||' : undefined;
      if (join === undefined) break;
      this.skipNewlines();
      parts.push({ join, pipeline: this.pipeline() });
    }
    const source = trim(this.source.slice(start, this.at));
    const background = this.takeOperator('&');
    if (!background) this.takeOperator(';');
    return { parts, background, source };
  }

  private pipeline(): Pipeline {
    this.skipBlanks();
    const start = this.at;
    let negated = false;
    while (this.peekWord() === '!') {
      this.takeWord('!');
      negated = !negated;
    }
    const commands: Stage[] = [];
    do {
      this.skipNewlines();
      this.skipBlanks();
      const from = this.at;
      const command = this.command();
      const source = trim(this.source.slice(from, this.at));
      const redirects: Redirect[] = [];
      for (this.skipBlanks(); command.kind !== 'simple'; this.skipBlanks()) {
        const redirect = this.redirect();
        if (redirect === undefined) break;
        redirects.push(redirect);
      }
      if (command.kind !== 'simple' && !this.atOperator()) throw this.unexpected();
      commands.push({ command, source, redirects });
    } while (!this.peek('||') && this.takeOperator('|'));
    return { negated, commands, source: trim(this.source.slice(start, this.at)) };
  }

  private command(): Command {
    if (this.at >= this.source.length) throw new Incomplete();
    if (this.takeOperator('(')) {
      const body = this.list([]);
      if (!this.takeOperator(')')) throw this.at >= this.source.length ? new Incomplete() : this.unexpected();
      return { kind: 'group', body, subshell: true };
    }
    switch (this.peekWord()) {
      case '{':
        this.takeWord('{');
        return { kind: 'group', body: this.bodyUntil('}'), subshell: false };
      case 'if':
        return this.ifCommand();
      case 'while':
      case 'until': {
        const until = this.peekWord() === 'until';
        this.takeWord(until ? 'until' : 'while');
        const test = this.bodyUntil('do');
        return { kind: 'while', until, test, body: this.bodyUntil('done') };
      }
      case 'for':
        return this.forCommand();
      case 'case':
      case 'function':
      case 'select':
        throw new SyntaxProblem(`\`${this.peekWord()}' is not understood by this shell`);
    }
    const reserved = this.peekWord();
    if (RESERVED.has(reserved)) throw new SyntaxProblem(`syntax error near unexpected token \`${reserved}'`);
    return this.simple();
  }

  private bodyUntil(closer: Bytes): List {
    const body = this.list([closer]);
    if (!this.takeWord(closer)) throw this.unexpected();
    return body;
  }

  private ifCommand(): Command {
    this.takeWord('if');
    const branches = [{ test: this.bodyUntil('then'), body: this.list(['elif', 'else', 'fi']) }];
    while (this.takeWord('elif')) branches.push({ test: this.bodyUntil('then'), body: this.list(['elif', 'else', 'fi']) });
    const otherwise = this.takeWord('else') ? this.list(['fi']) : undefined;
    if (!this.takeWord('fi')) throw this.unexpected();
    return { kind: 'if', branches, otherwise };
  }

  private forCommand(): Command {
    this.takeWord('for');
    this.skipBlanks();
    const name = this.peekWord();
    if (!NAME.test(name)) throw new SyntaxProblem(`\`${name}': not a valid identifier`);
    this.takeWord(name);
    this.skipNewlines();
    this.skipBlanks();
    const words: Word[] = [];
    if (this.takeWord('in')) {
      for (;;) {
        this.skipBlanks();
        if (this.atOperator()) break;
        words.push(this.word());
      }
    }
    this.takeOperator(';');
    this.skipSeparators();
    if (!this.takeWord('do')) throw this.at >= this.source.length ? new Incomplete() : this.unexpected();
    return { kind: 'for', name, words, body: this.bodyUntil('done') };
  }

  private simple(): SimpleCommand {
    const assignments: { name: Bytes; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.skipBlanks();
      const redirect = this.redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      if (this.atOperator()) break;
      const assignment = words.length === 0 ? /^[A-Za-z_][A-Za-z0-9_]*=/.exec(this.source.slice(this.at))?.[0] : undefined;
      if (assignment !== undefined) {
        this.at += assignment.length;
        assignments.push({ name: assignment.slice(0, -1), value: this.word(true) });
      } else words.push(this.word());
    }
    if (assignments.length + words.length + redirects.length === 0) throw this.unexpected();
    return { kind: 'simple', assignments, words, redirects };
  }

  private redirect(): Redirect | undefined {
    const match = /^(&>|[012]?(?:<<-|<<|>>|>&|<&|>\||<|>))/.exec(this.source.slice(this.at, this.at + 5))?.[0];
    if (match === undefined) return undefined;
    this.at += match.length;
    if (match === '&>') return { fd: 1, kind: 'both', word: this.redirectTarget(match) };
    const operator = match.replace(/^[012]/, '');
    const given = match.length > operator.length ? match.charAt(0) : undefined;
    const fd = given === '0' ? 0 : given === '1' ? 1 : given === '2' ? 2 : operator.startsWith('<') ? 0 : 1;
    switch (operator) {
      case '<':
        return { fd, kind: 'read', word: this.redirectTarget(operator) };
      case '>>':
        return { fd, kind: 'append', word: this.redirectTarget(operator) };
      case '>&':
      case '<&':
        return { fd, kind: 'duplicate', word: this.redirectTarget(operator) };
      case '<<':
      case '<<-':
        return { fd, kind: 'here', word: this.hereDocument(operator === '<<-') };
      default:
        return { fd, kind: 'write', word: this.redirectTarget(operator) };
    }
  }

  private redirectTarget(operator: Bytes): Word {
    this.skipBlanks();
    if (this.atOperator()) {
      if (this.at >= this.source.length) throw new SyntaxProblem(`syntax error: a file name must follow \`${operator}'`);
      throw this.unexpected();
    }
    return this.word();
  }

  private hereDocument(strip: boolean): Word {
    this.skipBlanks();
    const delimiter = this.word();
    // Its text comes later; the word is filled in when the line has ended.
    const parts: WordPart[] = [];
    this.waiting.push({
      end: delimiter.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
      strip, literal: delimiter.some((part) => part.quoted), parts,
    });
    return parts;
  }

  /** Called at the end of a line: the here-documents that were announced in it. */
  private readHereDocuments(): void {
    for (const { end, strip, literal, parts } of this.waiting) {
      let text = '';
      for (;;) {
        if (this.at >= this.source.length) throw new Incomplete();
        const stop = this.source.indexOf('\n', this.at);
        const raw = this.source.slice(this.at, stop < 0 ? this.source.length : stop);
        this.at = stop < 0 ? this.source.length : stop + 1;
        const line = strip ? raw.replace(/^\t+/, '') : raw;
        if (line === end) break;
        text += `${line}\n`;
      }
      if (literal) parts.push({ kind: 'text', text, quoted: true });
      else parts.push(...new Parser(text).doubleQuoted(undefined));
    }
    this.waiting = [];
  }

  // --- words ---------------------------------------------------------------------------------

  /** One word. `mayBeEmpty`: the value of an assignment. */
  private word(mayBeEmpty = false): Word {
    const parts: WordPart[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'text', text, quoted: false });
      text = '';
    };
    const start = this.at;
    for (;;) {
      const character = this.source.charAt(this.at);
      if (character === '' || ' \t\n;&|<>()'.includes(character)) break;
      this.at++;
      if (character === '\\') {
        if (this.at >= this.source.length) throw new Incomplete();
        const next = this.source.charAt(this.at++);
        flush();
        if (next !== '\n') parts.push({ kind: 'text', text: next, quoted: true });
      } else if (character === "'") {
        const end = this.source.indexOf("'", this.at);
        if (end < 0) throw new Incomplete();
        flush();
        parts.push({ kind: 'text', text: this.source.slice(this.at, end), quoted: true });
        this.at = end + 1;
      } else if (character === '"') {
        flush();
        parts.push(...this.doubleQuoted('"'));
      } else if (character === '`') {
        throw new SyntaxProblem('write $(command) instead of `command`');
      } else if (character === '$') {
        const part = this.dollar(false);
        if (part === undefined) text += '$';
        else {
          flush();
          parts.push(part);
        }
      } else text += character;
    }
    if (this.at === start && !mayBeEmpty) throw this.unexpected();
    flush();
    return parts;
  }

  /** What stands between double quotes; without `close`, everything to the end (a here-document). */
  doubleQuoted(close: '"' | undefined): WordPart[] {
    const parts: WordPart[] = [];
    let text = '';
    for (;;) {
      const character = this.source.charAt(this.at);
      if (character === '') {
        if (close !== undefined) throw new Incomplete();
        break;
      }
      this.at++;
      if (character === close) break;
      if (character === '\\') {
        const next = this.source.charAt(this.at);
        if (next === '\n') this.at++;
        else if (next !== '' && '$`"\\'.includes(next) && (next !== '"' || close !== undefined)) {
          text += next;
          this.at++;
        } else text += '\\';
        continue;
      }
      const part = character === '$' ? this.dollar(true) : undefined;
      if (part === undefined) text += character;
      else {
        parts.push({ kind: 'text', text, quoted: true }, part);
        text = '';
      }
    }
    parts.push({ kind: 'text', text, quoted: true });
    return parts;
  }

  /** What follows a dollar sign; undefined when it is only a dollar sign. */
  private dollar(quoted: boolean): WordPart | undefined {
    const rest = this.source.slice(this.at);
    if (rest.startsWith('((')) throw new SyntaxProblem('arithmetic $((…)) is not understood by this shell'.replace('…', '...'));
    if (rest.startsWith('(')) {
      const end = this.closingParenthesis(this.at + 1);
      const source = this.source.slice(this.at + 1, end);
      this.at = end + 1;
      return { kind: 'command', source, quoted };
    }
    if (rest.startsWith('{')) {
      const match = /^\{([A-Za-z_][A-Za-z0-9_]*|[?$!#0-9])(?::?-([^}]*))?\}/.exec(rest);
      if (match === null) {
        if (!rest.includes('}')) throw new Incomplete();
        throw new SyntaxProblem(`\${${rest.slice(1, rest.indexOf('}'))}}: bad substitution`);
      }
      this.at += match[0].length;
      return { kind: 'variable', name: match[1] ?? '', quoted, ...(match[2] === undefined ? {} : { fallback: match[2] }) };
    }
    const name = /^([A-Za-z_][A-Za-z0-9_]*|[?$!#0-9@*])/.exec(rest)?.[0];
    if (name === undefined) return undefined;
    this.at += name.length;
    return { kind: 'variable', name, quoted };
  }

  /** Where the parenthesis closes that was opened before `from`; quotes inside are respected. */
  private closingParenthesis(from: number): number {
    let depth = 1;
    let quote = '';
    for (let i = from; i < this.source.length; i++) {
      const character = this.source.charAt(i);
      if (quote !== '') {
        if (character === '\\' && quote === '"') i++;
        else if (character === quote) quote = '';
      } else if (character === '\\') i++;
      else if (character === "'" || character === '"') quote = character;
      else if (character === '(') depth++;
      else if (character === ')' && --depth === 0) return i;
    }
    throw new Incomplete();
  }

  // --- what stands between words -------------------------------------------------------------

  private skipBlanks(): void {
    for (;;) {
      const character = this.source.charAt(this.at);
      if (character === ' ' || character === '\t') this.at++;
      else if (this.source.startsWith('\\\n', this.at)) this.at += 2;
      else if (character === '\\' && this.at === this.source.length - 1) throw new Incomplete();
      else if (character === '#' && (this.at === 0 || ' \t\n;&|('.includes(this.source.charAt(this.at - 1)))) {
        const end = this.source.indexOf('\n', this.at);
        this.at = end < 0 ? this.source.length : end;
      } else return;
    }
  }

  private skipNewlines(): void {
    this.skipBlanks();
    while (this.source.charAt(this.at) === '\n') {
      this.at++;
      this.readHereDocuments();
      this.skipBlanks();
    }
  }

  private skipSeparators(): void {
    this.skipNewlines();
    while (this.source.charAt(this.at) === ';' && this.source.charAt(this.at + 1) !== ';') {
      // A semicolon ends something: alone it is a mistake.
      if (/^[ \t\n;]*$/.test(this.source.slice(0, this.at))) throw this.unexpected();
      this.at++;
      this.skipNewlines();
    }
  }

  private atOperator(): boolean {
    const character = this.source.charAt(this.at);
    return character === '' || '\n;&|()'.includes(character);
  }

  private peek(operator: Bytes): boolean {
    return this.source.startsWith(operator, this.at);
  }

  private takeOperator(operator: Bytes): boolean {
    if (!this.peek(operator)) return false;
    if (operator === '&' && this.peek('&&')) return false;
    this.at += operator.length;
    return true;
  }

  /** The plain word at this place, without taking it; '' when what stands here is none. */
  private peekWord(): Bytes {
    this.skipBlanks();
    return /^[^ \t\n;&|<>()'"\\$`]+/.exec(this.source.slice(this.at))?.[0] ?? '';
  }

  private takeWord(word: Bytes): boolean {
    if (this.peekWord() !== word) return false;
    this.at += word.length;
    return true;
  }

  private unexpected(): Error {
    if (this.at >= this.source.length) return new Incomplete();
    const operator = OPERATORS.find((each) => this.peek(each));
    const token = operator === '\n' ? 'newline' : (operator ?? (this.peekWord() || this.source.charAt(this.at)));
    return new SyntaxProblem(`syntax error near unexpected token \`${token}'`);
  }
}
