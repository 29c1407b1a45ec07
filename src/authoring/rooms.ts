/*
 * Who may import whom
 * -------------------
 * The rooms of src/ form a ladder (docs and README draw it from this table). `checkRooms` reads the sources and
 * tells every import that climbs up, reaches past a door or closes a circle, and every name that would let the
 * real world into a pure room. Each message says where to go instead, because a ban without a way forward only
 * gets switched off.
 *
 * A type import counts: knowing the shape of the layer above is knowing the layer above. Only circles of type
 * imports inside one room are let pass, since types vanish and two files may well speak of each other.
 */
export interface Room {
  name: string;
  /** What it holds, for messages and the README. */
  what: string;
  /** Rooms it may import. */
  imports: readonly string[];
  /** Rooms that its page code (view/, *.tsx) may import besides. */
  viewImports?: readonly string[];
  /** Files that other rooms may import; paths within the room. */
  doors: readonly string[];
  /** npm packages that may be imported: all, or none. */
  packages: 'any' | 'none';
}

export const ROOMS: readonly Room[] = [
  {
    name: 'engine', what: 'a complete Redis server, bytes in and bytes out', imports: [], packages: 'none',
    // bytes.ts imports nothing: the page may convert text without carrying a server along.
    doors: ['index.ts', 'protocol/index.ts', 'inspect/index.ts', 'bytes.ts'],
  },
  { name: 'simulation', what: 'virtual time, hosts, disks, networks, processes', imports: ['engine'], doors: ['index.ts'], packages: 'any' },
  { name: 'terminal', what: 'shell and programs, and the screen that shows them', imports: ['engine', 'simulation'], viewImports: ['ui'], doors: ['index.ts', 'view/index.ts'], packages: 'any' },
  {
    name: 'lessons', what: 'course, checks, progress, and the pages of lessons', imports: ['engine', 'simulation'], viewImports: ['ui'], packages: 'any',
    // checks/ is for the lab; compiler/ and schema.ts are for authoring: the page's bundle holds neither.
    doors: ['index.ts', 'checks/index.ts', 'view/index.ts', 'compiler/index.ts', 'schema.ts'],
  },
  { name: 'visualizers', what: 'pictures of the real state', imports: ['engine', 'simulation'], viewImports: ['ui'], doors: ['index.ts', 'views.tsx', 'stage/index.tsx'], packages: 'any' },
  {
    name: 'lab', what: 'a running scenario behind one message protocol', imports: ['engine', 'simulation', 'terminal', 'lessons', 'visualizers'], packages: 'any',
    doors: ['protocol.ts', 'client.ts', 'inline.ts', 'worker.ts'],
  },
  { name: 'ui', what: 'tokens, panels, buttons, focus; knows nothing of Redis', imports: [], doors: ['index.ts', 'styles.css'], packages: 'any' },
  { name: 'app', what: 'routes, layout, stores, preferences', imports: ['engine', 'simulation', 'terminal', 'lessons', 'visualizers', 'lab', 'ui'], doors: [], packages: 'any' },
  { name: 'node', what: 'the engine on real sockets, files and time', imports: ['engine', 'simulation', 'terminal', 'lessons', 'visualizers', 'lab', 'authoring'], doors: [], packages: 'any' },
  { name: 'authoring', what: 'content plugin, verifier, generators', imports: ['engine', 'simulation', 'terminal', 'lessons', 'visualizers', 'lab', 'node'], doors: ['content-plugin.ts'], packages: 'any' },
];

export interface RoomProblem {
  file: string;
  line: number;
  what: string;
  fix: string;
}

interface Import {
  line: number;
  specifier: string;
  typeOnly: boolean;
}

/** Files (path from the root → text) in, problems out. */
export function checkRooms(files: ReadonlyMap<string, string>): RoomProblem[] {
  const problems: RoomProblem[] = [];
  const graph = new Map<string, { to: string; line: number }[]>();
  for (const [file, text] of files) {
    const place = placeOf(file);
    if (place === undefined) continue;
    const edges: { to: string; line: number }[] = [];
    graph.set(file, edges);
    for (const each of importsOf(text)) {
      const tell = (what: string, fix: string): void => {
        problems.push({ file, line: each.line, what, fix });
      };
      if (!each.specifier.startsWith('.')) {
        checkPackage(place, each, tell);
        continue;
      }
      const target = resolve(file, each.specifier);
      if (!each.typeOnly) edges.push({ to: target, line: each.line });
      checkImport(place, target, each, tell);
    }
    problems.push(...checkPurity(place, text));
  }
  problems.push(...checkCircles(graph));
  return problems;
}

export function formatRoomProblem(problem: RoomProblem): string {
  return `${problem.file}:${problem.line}: ${problem.what}. ${problem.fix}`;
}

// --- places ------------------------------------------------------------------------------------------

interface Place {
  file: string;
  room: Room;
  /** Path within the room. */
  inside: string;
  isTest: boolean;
  /** Code of the page: may know the browser and ui. */
  isView: boolean;
}

function placeOf(file: string): Place | undefined {
  const found = /^src\/([a-z]+)\/(.+)$/.exec(file);
  const room = ROOMS.find((each) => each.name === found?.[1]);
  const inside = found?.[2];
  if (room === undefined || inside === undefined) return undefined;
  const isTest = /\.test\.tsx?$|(^|\/)(testing|test-[a-z-]+|small-course)\.tsx?$/.test(inside);
  const isView = room.name === 'app' || room.name === 'ui' || inside.endsWith('.tsx') || inside.includes('view/') || (room.name === 'lab' && /^(worker|client)\.ts$/.test(inside));
  return { file, room, inside, isTest, isView };
}

/** Files of a pure room that are compiled without the DOM (tsconfig.pure.json). */
function isPure(place: Place): boolean {
  if (place.isView || place.isTest) return false;
  if (place.inside.startsWith('compiler/') && place.room.name === 'lessons') return false;
  return ['engine', 'simulation', 'terminal', 'lessons', 'visualizers', 'lab'].includes(place.room.name);
}

function resolve(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.replace(/\?.*$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

// --- imports -----------------------------------------------------------------------------------------

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'"`;]*?)\s*from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const source = blankComments(text);
  for (const match of source.matchAll(IMPORT)) {
    const specifier = match[3] ?? match[4] ?? match[5] ?? '';
    const names = (match[2] ?? '').trim();
    const listed = /^\{([\s\S]*)\}$/.exec(names)?.[1]?.split(',').map((name) => name.trim()).filter((name) => name !== '');
    const typeOnly = match[1] !== undefined || (listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type ')));
    const line = source.slice(0, match.index + match[0].indexOf(specifier)).split('\n').length;
    found.push({ line, specifier, typeOnly });
  }
  return found;
}

function checkPackage(place: Place, each: Import, tell: (what: string, fix: string) => void): void {
  if (place.room.packages === 'none' && !place.isTest) {
    tell(`${place.room.name} imports the package "${each.specifier}"`, 'The engine stands on its own: write what is needed, or have the environment hand it in (engine/env.ts)');
  }
  if (isPure(place) && /^(react|react-dom|@xterm\/xterm|zustand|idb|node:|fs$|path$|zod$|yaml$)/.test(each.specifier) && !(place.room.name === 'lessons' && place.inside === 'schema.ts')) {
    tell(`a pure file imports "${each.specifier}"`, 'Code of the page belongs into view/ or a .tsx file, code of Node into src/node or src/authoring');
  }
}

function checkImport(place: Place, target: string, each: Import, tell: (what: string, fix: string) => void): void {
  const to = placeOf(target);
  if (to === undefined) return;
  const { room } = place;
  if (to.room === room) {
    if (to.inside === 'index.ts' && place.inside !== 'index.ts' && !place.isTest) tell(`${place.file} imports the index of its own room`, 'Import the file that declares the name: an index that its own room imports is how circles begin');
    if (!place.isView && !place.isTest && to.isView && room.name !== 'lab' && room.name !== 'visualizers') tell(`a pure file imports page code, ${to.inside}`, 'Turn it round: the view imports the pure file');
    return;
  }
  const allowed = [...room.imports, ...(place.isView ? (room.viewImports ?? []) : [])];
  if (!allowed.includes(to.room.name)) {
    const up = to.room.imports.includes(room.name);
    tell(
      `${room.name} may not know ${to.room.name}${each.typeOnly ? ', not even its types' : ''}`,
      up
        ? `${to.room.name} stands above: declare what ${room.name} needs as an interface here and let ${to.room.name} implement or pass it`
        : `${room.name} may import ${allowed.length === 0 ? 'nothing outside itself' : allowed.join(', ')}; join the two in lab or app, which know both`,
    );
    return;
  }
  if (place.isTest) return; // tests may look behind a door of a room that they may know
  // Recording goldens and measuring are tests with programs of their own: they use the engine's test kit.
  if (room.name === 'node' && target === 'src/engine/testing.ts') return;
  if (!to.room.doors.includes(to.inside)) {
    tell(`${target} is behind the door of ${to.room.name}`, `Import ${to.room.doors.map((door) => `src/${to.room.name}/${door}`).join(' or ')}, and export the name there if it is meant for others`);
    return;
  }
  const authoringOnly = to.room.name === 'lessons' && (to.inside.startsWith('compiler/') || to.inside === 'schema.ts');
  if (authoringOnly && room.name !== 'authoring' && room.name !== 'node') tell(`${target} is for authoring`, 'The page gets the compiled course from virtual:course');
  if (to.inside.startsWith('view/') && !place.isView) tell(`${target} is page code`, 'Only views and the app import it');
}

// --- purity --------------------------------------------------------------------------------------------

interface Ban {
  pattern: RegExp;
  name: string;
  fix: string;
  /** Rooms where it holds; every pure file when absent. */
  rooms?: readonly string[];
}

const BANS: readonly Ban[] = [
  { pattern: /\bDate\s*\.\s*now\b/, name: 'Date.now', fix: 'Read the clock that is handed in: env.clock.now() in engine and programs, `now` parameters elsewhere' },
  { pattern: /\bnew\s+Date\b/, name: 'new Date', fix: 'Time is a number handed in; dates are formatted by engine/log.ts and by the page' },
  { pattern: /\bMath\s*\.\s*random\b/, name: 'Math.random', fix: 'Draw from env.random, or from a generator that follows from a seed (lessons/shuffle.ts)' },
  { pattern: /\bIntl\s*\./, name: 'Intl', fix: 'Its answers differ between browsers; format by hand, or in the page' },
  { pattern: /\.\s*localeCompare\b/, name: 'localeCompare', fix: 'Compare bytes: `compare` of engine/bytes.ts, or < and >' },
  { pattern: /\bWeakRef\b|\bFinalizationRegistry\b/, name: 'WeakRef', fix: 'When memory is collected is not ours to see: keep or drop references yourself' },
  { pattern: /TextDecoder\s*\(\s*['"]latin1['"]/, name: "TextDecoder('latin1')", fix: 'It means windows-1252 in browsers: use fromUint8Array of engine/bytes.ts' },
  { pattern: /\basync\b|\bawait\b|\bPromise\b/, name: 'async, await, Promise', fix: 'A `then` runs outside the event queue and can be neither paused nor replayed: use callbacks, a state machine or a generator' },
  { pattern: /\.\s*to(Upper|Lower)Case\s*\(/, name: 'toUpperCase/toLowerCase', fix: 'Bytes are not text ("ß" becomes "SS"): use upper, fold or equalsFolded of engine/bytes.ts. For ASCII text that no client sent, say so on the line: // ASCII literals of ours', rooms: ['engine'] },
];

function checkPurity(place: Place, text: string): RoomProblem[] {
  if (!isPure(place)) return [];
  const problems: RoomProblem[] = [];
  const written = text.split('\n');
  const withoutComments = blankComments(text);
  const linesWithStrings = withoutComments.split('\n');
  blankStrings(withoutComments).split('\n').forEach((line, index) => {
    for (const ban of BANS) {
      if (ban.rooms !== undefined && !ban.rooms.includes(place.room.name)) continue;
      // 'latin1' is a string, so that pattern looks at the line with its strings.
      const looked = ban.name.startsWith('TextDecoder') ? (linesWithStrings[index] ?? '') : line;
      if (!ban.pattern.test(looked)) continue;
      if (ban.name.startsWith('toUpper') && /\/\/.*\bof ours\b/.test(written[index] ?? '')) continue;
      problems.push({ file: place.file, line: index + 1, what: `${ban.name} in a pure file`, fix: ban.fix });
    }
  });
  return problems;
}

/** Comments replaced by blanks; line numbers stay. */
export function blankComments(text: string): string {
  return scan(text, (kind) => kind === 'comment');
}

/** The insides of strings and regular expressions replaced by blanks, `${…}` of templates kept as code. */
function blankStrings(text: string): string {
  return scan(text, (kind) => kind === 'string');
}

type TokenKind = 'comment' | 'string' | 'code';

/** Walks over the source and blanks what `drop` says. */
function scan(text: string, drop: (kind: TokenKind) => boolean): string {
  let out = '';
  let lastCode = '';
  const templates: number[] = [];
  const emit = (kind: TokenKind, piece: string): void => {
    out += drop(kind) ? piece.replace(/[^\n]/g, ' ') : piece;
    if (kind === 'code' && piece.trim() !== '') lastCode = (lastCode + piece).slice(-12);
    else if (kind === 'string') lastCode = '"';
  };
  let i = 0;
  const until = (end: (at: number) => boolean, from: number): number => {
    let at = from;
    while (at < text.length && !end(at)) at += text[at] === '\\' ? 2 : 1;
    return Math.min(at, text.length);
  };
  const template = (from: number): number => {
    // From just after ` or }: to the closing ` or to the next ${.
    const end = until((at) => text[at] === '`' || (text[at] === '$' && text[at + 1] === '{'), from);
    emit('string', text.slice(from, end));
    if (text[end] === '$') {
      emit('code', '${');
      templates.push(0);
      return end + 2;
    }
    emit('code', text.slice(end, end + 1));
    return end + 1;
  };
  while (i < text.length) {
    const c = text[i] ?? '';
    const two = text.slice(i, i + 2);
    if (two === '//') {
      const end = text.indexOf('\n', i);
      emit('comment', text.slice(i, end < 0 ? text.length : end));
      i = end < 0 ? text.length : end;
    } else if (two === '/*') {
      const end = text.indexOf('*/', i + 2);
      emit('comment', text.slice(i, end < 0 ? text.length : end + 2));
      i = end < 0 ? text.length : end + 2;
    } else if (c === "'" || c === '"') {
      const end = until((at) => text[at] === c || text[at] === '\n', i + 1);
      emit('code', c);
      emit('string', text.slice(i + 1, end));
      emit('code', text.slice(end, end + 1));
      i = end + 1;
    } else if (c === '`') {
      emit('code', c);
      i = template(i + 1);
    } else if (c === '/' && /(^|[=(,:[!&|?{};+\-*%<>~^]|\breturn|\bcase|\btypeof|=>)\s*$/.test(lastCode)) {
      let inClass = false;
      let at = i + 1;
      while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
        if (text[at] === '\\') at++;
        else if (text[at] === '[') inClass = true;
        else if (text[at] === ']') inClass = false;
        at++;
      }
      emit('code', '/');
      emit('string', text.slice(i + 1, at));
      emit('code', text.slice(at, at + 1));
      i = at + 1;
    } else {
      emit('code', c);
      i++;
      const depth = templates.length - 1;
      if (depth >= 0) {
        if (c === '{') templates[depth] = (templates[depth] ?? 0) + 1;
        else if (c === '}') {
          if (templates[depth] === 0) {
            templates.pop();
            i = template(i);
          } else templates[depth] = (templates[depth] ?? 0) - 1;
        }
      }
    }
  }
  return out;
}

// --- circles ------------------------------------------------------------------------------------------

/** Every circle of value imports, told once, at the import that closes it. */
function checkCircles(graph: ReadonlyMap<string, readonly { to: string; line: number }[]>): RoomProblem[] {
  const problems: RoomProblem[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): void => {
    state.set(file, 'open');
    path.push(file);
    for (const edge of graph.get(file) ?? []) {
      if (!graph.has(edge.to)) continue;
      const seen = state.get(edge.to);
      if (seen === undefined) visit(edge.to);
      else if (seen === 'open') {
        const circle = [...path.slice(path.indexOf(edge.to)), edge.to].map((each) => each.replace(/^src\//, ''));
        problems.push({ file, line: edge.line, what: `a circle of imports: ${circle.join(' → ')}`, fix: 'Move what both need into a file of its own, or hand it in' });
      }
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of [...graph.keys()].sort()) if (!state.has(file)) visit(file);
  return problems;
}

/** The ladder as Markdown, for the README. */
export function roomsTable(): string {
  const rows = ROOMS.map((room) => `| ${room.name} | ${room.what} | ${room.imports.join(', ') || 'nothing'}${room.viewImports === undefined ? '' : `; its views also ${room.viewImports.join(', ')}`} |`);
  return ['| room | what it is | may import |', '|---|---|---|', ...rows].join('\n');
}
