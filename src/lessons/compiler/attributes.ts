/*
 * Attributes in braces
 * --------------------
 * `{predict client=b title="One string"}` after a fence or a question. Quoted values may hold
 * anything but their quote; a bare word is a flag with the value ''.
 */
export interface Attributes {
  /** In order of writing. `#name` gives `id`. */
  values: Map<string, string>;
  problems: string[];
}

/** Parses the text between the braces (or with them). */
export function parseAttributes(source: string): Attributes {
  const values = new Map<string, string>();
  const problems: string[] = [];
  let text = source.trim();
  if (text.startsWith('{') && text.endsWith('}')) text = text.slice(1, -1);
  const pattern = /\s*(?:#([A-Za-z0-9_.-]+)|([A-Za-z][A-Za-z0-9_-]*)(?:=("[^"]*"|'[^']*'|\[[^\]]*\]|[^\s"'[]+))?)/y;
  let position = 0;
  while (text.slice(position).trim() !== '') {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found === null) {
      problems.push(`cannot read the attributes from "${text.slice(position).trim()}" on`);
      break;
    }
    position = pattern.lastIndex;
    const name = found[1] === undefined ? (found[2] ?? '') : 'id';
    const raw = found[1] ?? found[3] ?? '';
    const value = found[1] === undefined && /^["'[]/.test(raw) ? raw.slice(1, -1) : raw;
    if (values.has(name)) problems.push(`attribute "${name}" is given twice`);
    values.set(name, value);
  }
  return { values, problems };
}

/** A list written `a b c` or `[a, b, c]`. */
export function listOf(value: string): string[] {
  return value
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/)
    .filter((each) => each !== '');
}
