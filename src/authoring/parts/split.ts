/*
 * Taking functions out of modules
 * -------------------------------
 * The text of a TypeScript module in, the texts of two modules out: the first part, in which each function that
 * was not wanted is a stub of a few bytes, and the rest, which has those functions word for word and imports from
 * the first part whatever they refer to. A stub hands `this` and the arguments to its function, so the two parts
 * together are the module as it was written. There is one instance of every class, table and variable, in the
 * first part.
 *
 * What can be taken out: functions declared at the top of a module, methods and accessors, and functions that
 * stand in what a module computes when it is loaded (the handler of a command, the work of a program). Functions
 * inside functions go with the one around them. Constructors stay, and so does what would not mean the same elsewhere
 * (super, a variable of the module that is assigned to).
 */
import { parseAst } from 'rolldown/parseAst';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A function that could be taken out. */
interface Candidate {
  readonly node: Node;
  /** The range that a stub replaces, and what stands there instead, around the stub's body. */
  readonly cut: readonly [start: number, end: number];
  readonly head: string;
  /** The function as an expression. */
  readonly text: string;
  readonly isGenerator: boolean;
}

/** Shorter functions are not worth a stub. */
const WORTH_BYTES = 60;
const FUNCTIONS: ReadonlySet<string> = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const OF_TYPES: ReadonlySet<string> = new Set(['typeAnnotation', 'typeArguments', 'typeParameters', 'returnType', 'superTypeArguments', 'implements']);
const OWN_SCOPE: ReadonlySet<string> = new Set(['BlockStatement', 'ForStatement', 'ForOfStatement', 'ForInStatement', 'IfStatement', 'TryStatement', 'StaticBlock']);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Everything below a node but types, which are gone when the code runs. */
function* childrenOf(node: Node): Iterable<Node> {
  for (const [field, value] of Object.entries(node)) {
    if (OF_TYPES.has(field)) continue;
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

function* allIn(node: Node): Iterable<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* allIn(child);
}

/** The names that a pattern binds. */
function* namesIn(pattern: Node): Iterable<string> {
  if (pattern.type === 'Identifier') yield nameOf(pattern);
  else if (pattern.type === 'Property') yield* namesIn(pattern['value'] as Node);
  else for (const child of childrenOf(pattern)) yield* namesIn(child);
}

const nameOf = (node: unknown): string => (isNode(node) ? String(node['name'] ?? node['value']) : '');

/** What `import * as` imports. */
const EVERYTHING = '*';

/** An import statement of one name. */
function importing(name: string, local: string, from: string): string {
  return name === EVERYTHING ? `import * as ${local} from ${JSON.stringify(from)};` : `import { ${name} as ${local} } from ${JSON.stringify(from)};`;
}

class ModuleText {
  readonly source: string;
  readonly body: readonly Node[];
  /** Names of the module's own: whether each is exported, and whether it can be assigned to. */
  readonly own = new Map<string, { exported: boolean; variable: boolean }>();
  /** Values that come from other modules, by their local name. */
  readonly imported = new Map<string, { from: string; name: string }>();
  /** The import statements of values. */
  readonly imports: { readonly start: number; readonly end: number; readonly locals: readonly string[] }[] = [];
  /** What is exported without being used here (`export { a } from`). */
  readonly passedOn: { readonly from: string; readonly name: string }[] = [];
  readonly candidates: Candidate[] = [];

  constructor(source: string) {
    this.source = source;
    this.body = (parseAst(source, { lang: 'ts' }) as unknown as Node)['body'] as readonly Node[];
    for (const statement of this.body) this.readNames(statement);
    for (const statement of this.body) if (statement.type !== 'ImportDeclaration') this.look(statement);
  }

  private readNames(statement: Node): void {
    if (statement.type === 'ImportDeclaration') {
      if (statement['importKind'] === 'type') return;
      const locals = (statement['specifiers'] as readonly Node[]).filter((specifier) => specifier['importKind'] !== 'type').map((specifier) => nameOf(specifier['local']));
      this.imports.push({ start: statement.start, end: statement.end, locals });
      for (const specifier of statement['specifiers'] as readonly Node[]) {
        if (specifier['importKind'] === 'type') continue;
        this.imported.set(nameOf(specifier['local']), { from: nameOf(statement['source']), name: specifier.type === 'ImportNamespaceSpecifier' ? EVERYTHING : nameOf(specifier['imported']) });
      }
      return;
    }
    const exported = statement.type === 'ExportNamedDeclaration';
    if (exported && isNode(statement['source'])) {
      for (const specifier of statement['specifiers'] as readonly Node[]) this.passedOn.push({ from: nameOf(statement['source']), name: nameOf(specifier['local']) });
      return;
    }
    const made = exported ? statement['declaration'] : statement;
    // What is only declared for the type checker is the world's, in whichever chunk it is used.
    if (!isNode(made) || made['declare'] === true) return;
    if (made.type === 'FunctionDeclaration' || made.type === 'ClassDeclaration') this.own.set(nameOf(made['id']), { exported, variable: false });
    if (made.type !== 'VariableDeclaration') return;
    for (const declared of made['declarations'] as readonly Node[]) {
      for (const name of namesIn(declared['id'] as Node)) this.own.set(name, { exported, variable: made['kind'] !== 'const' });
    }
  }

  /** Finds functions that no other function and no scope of its own stands around. */
  private look(node: Node, parent?: Node): void {
    if (FUNCTIONS.has(node.type)) {
      const candidate = this.candidateOf(node, parent);
      if (candidate !== undefined && this.canMove(node, candidate)) this.candidates.push(candidate);
    } else if (!OWN_SCOPE.has(node.type)) for (const child of childrenOf(node)) this.look(child, node);
  }

  private candidateOf(node: Node, parent: Node | undefined): Candidate | undefined {
    const isGenerator = node['generator'] === true;
    const star = isGenerator ? '*' : '';
    if (node.type === 'FunctionDeclaration') {
      const afterName = (node['id'] as Node).end;
      return { node, cut: [afterName, node.end], head: '()', text: `function${star} ${this.source.slice((node['id'] as Node).start, node.end)}`, isGenerator };
    }
    const isMethod = (parent?.type === 'MethodDefinition' && parent['kind'] !== 'constructor') || (parent?.type === 'Property' && (parent['method'] === true || parent['kind'] !== 'init'));
    if (isMethod) {
      if (parent['kind'] === 'set') return undefined;
      return { node, cut: [node.start, node.end], head: '()', text: `function${star} ${this.source.slice(node.start, node.end)}`, isGenerator };
    }
    if (parent?.type === 'MethodDefinition') return undefined;
    return { node, cut: [node.start, node.end], head: `function${star} ()`, text: this.source.slice(node.start, node.end), isGenerator };
  }

  private canMove(node: Node, { text }: Candidate): boolean {
    if (!isNode(node['body']) || node['async'] === true || text.length < WORTH_BYTES) return false;
    for (const each of allIn(node)) {
      if (each.type === 'Super' || each.type === 'MetaProperty' || each.type === 'PrivateIdentifier') return false;
      if (node.type === 'ArrowFunctionExpression' && each.type === 'ThisExpression') return false;
    }
    return !assignsTo(node, this);
  }

  /** The text with some ranges replaced. */
  with(cuts: readonly (readonly [start: number, end: number, text: string])[]): string {
    let text = this.source;
    for (const [start, end, by] of [...cuts].sort(([a], [b]) => b - a)) text = text.slice(0, start) + by + text.slice(end);
    return text;
  }
}

/** The module with a note at the beginning of each function that can be taken out: it calls `ran` with its place. */
export function noting(source: string, ran: (place: number) => string): string {
  const module = new ModuleText(source);
  return module.with(module.candidates.map(({ node }) => {
    const body = node['body'] as Node;
    const note = ran(node.start);
    return body.type === 'BlockStatement' ? [body.start, body.start + 1, `{ ${note};`] : [body.start, body.end, `(${note}, (${source.slice(body.start, body.end)}))`];
  }));
}

export interface Split {
  readonly first: string;
  /** Has `bodies`: the functions of the stubs, by the names that those ask for. */
  readonly rest: string;
}

export interface Cut {
  /** The modules that are taken apart, by path. */
  readonly modules: ReadonlyMap<string, string>;
  /** Modules that stay whole and import from those. */
  readonly whole: ReadonlyMap<string, string>;
  /** Whether the function at this place of a module stays. */
  stays(path: string, place: number): boolean;
  /** Specifiers of the two parts of a module. */
  first(path: string): string;
  rest(path: string): string;
  /** Specifier of the module that has `comesLater` and `later`. */
  readonly support: string;
}

/**
 * What only the reference tells of a command and only `man` of a program. A declaration of either kind is known by the
 * fields that it has; `of` says which object gets the texts afterwards.
 */
const TEXTS: readonly { readonly has: readonly string[]; readonly late: readonly string[]; readonly of: string }[] = [
  { has: ['arity', 'summary'], late: ['replies', 'examples', 'differs'], of: '.spec' },
  { has: ['name', 'manual', 'run'], late: ['manual'], of: '' },
];

/** A function, class or constant of a module, as a whole. */
interface Declaration {
  readonly statement: Node;
  readonly name: string;
}

/** A module that is taken apart. */
class Apart {
  readonly text: ModuleText;
  readonly taken: readonly Candidate[];
  readonly texts: readonly LateTexts[];
  /** What is not in the first part, besides whole declarations. */
  readonly gone: ReadonlySet<Node>;
  /** Declarations that nothing in any first part refers to: they go along, without a stub. */
  moved: readonly Declaration[];

  constructor(source: string, stays: (place: number) => boolean) {
    this.text = new ModuleText(source);
    this.taken = this.text.candidates.filter(({ node }) => !stays(node.start));
    this.texts = this.text.body.flatMap(lateTexts);
    this.gone = new Set<Node>([...this.taken.map(({ node }) => node), ...this.texts.flatMap(({ properties }) => properties)]);
    this.moved = this.text.body.flatMap((statement) => declarationIn(statement, this.text));
  }

  /** Names that the first part refers to. */
  left(): Set<string> {
    const names = new Set<string>();
    const moved = new Set(this.moved.map(({ statement }) => statement));
    for (const statement of this.text.body) if (statement.type !== 'ImportDeclaration' && !moved.has(statement)) namesLeft(statement, this.gone, names);
    return names;
  }
}

/** Takes modules apart, all at once: a function that only the rest calls needs no stub, wherever its callers stand. */
export function split(cut: Cut): Map<string, Split> {
  const apart = new Map([...cut.modules].map(([path, source]) => [path, new Apart(source, (place) => cut.stays(path, place))] as const));
  const whole = [...cut.whole].map(([path, source]) => ({ path, text: new ModuleText(source) }));
  const idOf = (path: string, name: string): string => `${path} ${name}`;
  for (let changed = true; changed; ) {
    changed = false;
    const wanted = new Set<string>();
    const want = (path: string, text: ModuleText, names: Iterable<string>): void => {
      for (const name of names) {
        const from = text.imported.get(name);
        if (from !== undefined) wanted.add(idOf(resolved(path, from.from), from.name));
      }
      for (const { from, name } of text.passedOn) wanted.add(idOf(resolved(path, from), name));
    };
    for (const { path, text } of whole) want(path, text, text.imported.keys());
    // Who imports everything of a module finds all of it in one place, its first part, whoever asks.
    for (const [path, { text }] of apart) for (const { from, name } of text.imported.values()) if (name === EVERYTHING) wanted.add(idOf(resolved(path, from), EVERYTHING));
    const left = new Map([...apart].map(([path, module]) => [path, module.left()] as const));
    for (const [path, module] of apart) want(path, module.text, left.get(path) ?? []);
    for (const [path, module] of apart) {
      const moved = module.moved.filter(({ name }) => !left.get(path)?.has(name) && !wanted.has(idOf(path, name)) && !wanted.has(idOf(path, EVERYTHING)));
      changed ||= moved.length < module.moved.length;
      module.moved = moved;
    }
  }
  const isMoved = (path: string, name: string): boolean => apart.get(path)?.moved.some((each) => each.name === name) === true;
  const parts = new Map<string, Split>();
  let count = 0;
  for (const [path, module] of apart) if (module.gone.size > 0 || module.moved.length > 0) parts.set(path, partsOf(path, module, cut, isMoved, () => (count++).toString(36)));
  return parts;
}

function partsOf(path: string, module: Apart, cut: Cut, isMoved: (path: string, name: string) => boolean, nextName: () => string): Split {
  const { text, taken, texts, moved } = module;
  const goesWhole = (node: Node): boolean => moved.some(({ statement }) => within(node, statement));
  const stubs = taken.filter(({ node }) => !goesWhole(node)).map((each) => ({ ...each, id: JSON.stringify(nextName()) }));
  const texted = texts.filter(({ statement }) => !goesWhole(statement));

  const used = new Set<string>(texted.map(({ local }) => local));
  for (const node of [...stubs.map((each) => each.node), ...texted.flatMap((each) => each.properties), ...moved.map(({ statement }) => statement)]) {
    for (const each of allIn(node)) if (each.type === 'Identifier') used.add(nameOf(each));
  }
  const imports: string[] = [];
  const toExport: string[] = [];
  for (const local of used) {
    const from = text.imported.get(local);
    const mine = text.own.get(local);
    if (from !== undefined) {
      const target = resolved(path, from.from);
      const specifier = isMoved(target, from.name) ? cut.rest(target) : from.from.startsWith('.') ? cut.first(target) : from.from;
      imports.push(importing(from.name, local, specifier));
    } else if (mine !== undefined && !moved.some(({ name }) => name === local)) {
      imports.push(`import { ${local} } from ${JSON.stringify(cut.first(path))};`);
      if (!mine.exported) toExport.push(local);
    }
  }

  const cuts = stubs.map(({ node, cut: [start, end], head, isGenerator, id }): readonly [number, number, string] => {
    if (head !== '()' && !isGenerator && node.type !== 'FunctionDeclaration') return [start, end, `later(${id})`];
    return [start, end, `${head} { return ${isGenerator ? 'yield* ' : ''}comesLater(${id}, this, arguments); }`];
  });
  for (const { properties } of texted) for (const property of properties) cuts.push([property.start, property.end, '...{}']);
  for (const { statement } of moved) cuts.push([statement.start, statement.end, '']);
  const left = module.left();
  for (const { start, end, locals } of text.imports) {
    // A name that nothing refers to any more may be none that its module still exports.
    const kept = locals.filter((local) => left.has(local));
    cuts.push([start, end, kept.map((local) => importing(text.imported.get(local)?.name ?? local, local, text.imported.get(local)?.from ?? '')).join(' ')]);
  }
  const slice = ({ start, end }: Node): string => text.source.slice(start, end);
  return {
    first: `import { comesLater, later } from ${JSON.stringify(cut.support)};\n${text.with(cuts)}\n${toExport.length === 0 ? '' : `export { ${toExport.join(', ')} };\n`}`,
    rest: [
      ...imports,
      ...moved.map(({ statement }) => slice(statement)),
      ...texted.map(({ object, properties }) => `Object.assign(${object}, { ${properties.map(slice).join(', ')} });`),
      `export const bodies = {\n${stubs.map(({ id, text: body }) => `${id}: ${body},`).join('\n')}\n};\n`,
    ].join('\n'),
  };
}

const within = (inner: Node, outer: Node): boolean => inner.start >= outer.start && inner.end <= outer.end;

/** The path that a specifier means in the module at `path`; what is no path stays as it is. */
export function resolved(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

interface LateTexts {
  readonly statement: Node;
  readonly local: string;
  /** What they belong to, as an expression. */
  readonly object: string;
  readonly properties: readonly Node[];
}

/** The texts of what is declared as `const name = command({ … })`, `= tool({ … })` or `: Program = { … }`. */
function lateTexts(statement: Node): LateTexts[] {
  const made = statement.type === 'ExportNamedDeclaration' ? statement['declaration'] : statement;
  if (!isNode(made) || made.type !== 'VariableDeclaration') return [];
  return (made['declarations'] as readonly Node[]).flatMap((declared) => {
    const made = declared['init'];
    const spec = isNode(made) && made.type === 'CallExpression' ? (made['arguments'] as readonly Node[])[0] : isNode(made) ? made : undefined;
    if (spec?.type !== 'ObjectExpression') return [];
    const all = spec['properties'] as readonly Node[];
    const keys = all.map((property) => nameOf(property['key']));
    const texts = TEXTS.find(({ has }) => has.every((key) => keys.includes(key)));
    const properties = all.filter((property, i) => property.type === 'Property' && texts?.late.includes(keys[i] ?? '') === true);
    const local = nameOf(declared['id']);
    return properties.length === 0 ? [] : [{ statement, local, object: `${local}${texts?.of ?? ''}`, properties }];
  });
}

/** What a statement declares, if it can stand elsewhere: a function, a class, one constant. */
function declarationIn(statement: Node, text: ModuleText): Declaration[] {
  const made = statement.type === 'ExportNamedDeclaration' ? statement['declaration'] : statement;
  if (!isNode(made) || made['declare'] === true || assignsTo(made, text)) return [];
  if (made.type === 'FunctionDeclaration' || made.type === 'ClassDeclaration') return [{ statement, name: nameOf(made['id']) }];
  if (made.type !== 'VariableDeclaration' || made['kind'] !== 'const') return [];
  const [only, more] = made['declarations'] as readonly Node[];
  return only !== undefined && more === undefined && (only['id'] as Node).type === 'Identifier' ? [{ statement, name: nameOf(only['id']) }] : [];
}

function namesLeft(node: Node, gone: ReadonlySet<Node>, names: Set<string>): void {
  if (gone.has(node)) return;
  if (node.type === 'Identifier') names.add(nameOf(node));
  for (const child of childrenOf(node)) namesLeft(child, gone, names);
}

/** Whether it assigns to a variable of the module. */
function assignsTo(node: Node, module: ModuleText): boolean {
  for (const each of allIn(node)) {
    const target = each.type === 'AssignmentExpression' ? each['left'] : each.type === 'UpdateExpression' ? each['argument'] : undefined;
    if (isNode(target)) for (const part of allIn(target)) if (part.type === 'Identifier' && module.own.get(nameOf(part))?.variable === true) return true;
  }
  return false;
}
