/*
 * The manifest of the append-only file
 * ------------------------------------
 * The append-only file is several files in a directory of their own. The base holds the dataset of one
 * moment, the incremental files what happened since; a rewrite makes a new base and begins a new
 * incremental file. The manifest says which files count, a line for each:
 *
 *     file appendonly.aof.2.base.rdb seq 2 type b
 *     file appendonly.aof.2.incr.aof seq 2 type i startoffset 29
 *
 * Type h is history: a rewrite has made the file useless, and it is about to be removed. The manifest is
 * replaced by renaming a new one over it, so that every crash finds the old state or the new one.
 * Offsets are those of replication where the file begins and where it ended.
 */
import { atoll, fold, trim, type Bytes } from '../bytes.ts';
import { quote } from '../monitor.ts';
import { splitArguments } from '../protocol/split-arguments.ts';

export interface AofFileInfo {
  readonly name: Bytes;
  readonly seq: number;
  readonly startOffset?: number;
  readonly endOffset?: number;
}

export interface Manifest {
  readonly base: AofFileInfo | undefined;
  readonly incremental: readonly AofFileInfo[];
  /** Newest first. */
  readonly history: readonly AofFileInfo[];
  readonly baseSeq: number;
  readonly incrementalSeq: number;
}

export const EMPTY_MANIFEST: Manifest = { base: undefined, incremental: [], history: [], baseSeq: 0, incrementalSeq: 0 };

export const manifestName = (filename: Bytes): Bytes => `${filename}.manifest`;

/** A problem of a manifest, with the line where it is (none for the whole). */
export interface ManifestProblem {
  readonly message: Bytes;
  readonly number?: number;
  readonly line?: Bytes;
}

const LONGEST_LINE = 1024;

/** Whether a character in it makes a name be written in quotes. */
const needsQuotes = (name: Bytes): boolean => name === '' || /[^!#-&(-[\]-~]/.test(name);

export function encodeManifest({ base, incremental, history }: Manifest): Bytes {
  const line = (info: AofFileInfo, type: 'b' | 'h' | 'i'): Bytes => {
    const start = info.startOffset === undefined ? '' : ` startoffset ${info.startOffset}`;
    const end = info.endOffset === undefined ? '' : ` endoffset ${info.endOffset}`;
    return `file ${needsQuotes(info.name) ? quote(info.name) : info.name} seq ${info.seq} type ${type}${start}${end}\n`;
  };
  return (base === undefined ? '' : line(base, 'b')) + history.map((info) => line(info, 'h')).join('') + incremental.map((info) => line(info, 'i')).join('');
}

export function parseManifest(text: Bytes): Manifest | ManifestProblem {
  if (text === '') return { message: 'Found an empty AOF manifest' };
  let base: AofFileInfo | undefined;
  const incremental: AofFileInfo[] = [];
  const history: AofFileInfo[] = [];
  let highest = 0;
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? text.length : end);
    at = end === -1 ? text.length : end + 1;
    number++;
    const problem = (message: Bytes): ManifestProblem => ({ message, number, line });
    if (line.startsWith('#')) continue;
    if (end === -1 || line.length > LONGEST_LINE) return problem('The AOF manifest file contains too long line');
    const words = splitArguments(trim(line));
    if (trim(line) === '' || words === undefined || words.length < 6 || words.length % 2 !== 0) return problem('Invalid AOF manifest file format');
    const told = new Map<Bytes, Bytes>();
    for (let i = 0; i < words.length; i += 2) told.set(fold(words[i] as Bytes), words[i + 1] as Bytes);
    const [name, type] = [told.get('file'), told.get('type')];
    const seq = Number(atoll(told.get('seq') ?? ''));
    if (name?.includes('/') === true) return problem("File can't be a path, just a filename");
    if (name === undefined || name === '' || seq === 0 || type === undefined || type === '') return problem('Invalid AOF manifest file format');
    const offset = (word: Bytes): number | undefined => (told.has(word) ? Number(atoll(told.get(word) ?? '')) : undefined);
    const [startOffset, endOffset] = [offset('startoffset'), offset('endoffset')];
    const info: AofFileInfo = { name, seq, ...(startOffset === undefined ? {} : { startOffset }), ...(endOffset === undefined ? {} : { endOffset }) };
    if (type.startsWith('b')) {
      if (base !== undefined) return problem('Found duplicate base file information');
      base = info;
    } else if (type.startsWith('h')) history.push(info);
    else if (type.startsWith('i')) {
      if (seq <= highest) return problem('Found a non-monotonic sequence number');
      highest = seq;
      incremental.push(info);
    } else return problem('Unknown AOF file type');
  }
  return { base, incremental, history, baseSeq: base?.seq ?? 0, incrementalSeq: highest };
}

/** A new base, with the former one as history. */
export function withNewBase(manifest: Manifest, filename: Bytes, isRdb: boolean): Manifest {
  const seq = manifest.baseSeq + 1;
  const history = manifest.base === undefined ? manifest.history : [manifest.base, ...manifest.history];
  return { ...manifest, history, baseSeq: seq, base: { name: `${filename}.${seq}.base.${isRdb ? 'rdb' : 'aof'}`, seq } };
}

/** A further incremental file. */
export function withNewIncremental(manifest: Manifest, filename: Bytes, startOffset: number): Manifest {
  const seq = manifest.incrementalSeq + 1;
  return { ...manifest, incrementalSeq: seq, incremental: [...manifest.incremental, { name: `${filename}.${seq}.incr.aof`, seq, startOffset }] };
}

/** The rewrite is done: of the incremental files only the one that it began counts. */
export function withoutRewritten(manifest: Manifest): Manifest {
  const rewritten = manifest.incremental.slice(0, -1);
  return { ...manifest, history: [...rewritten.toReversed(), ...manifest.history], incremental: manifest.incremental.slice(-1) };
}

/** The incremental file in use ends at this offset; undefined: it goes on. */
export function withEnd(manifest: Manifest, endOffset: number | undefined): Manifest {
  const last = manifest.incremental.at(-1);
  if (last === undefined || last.endOffset === endOffset) return manifest;
  const { endOffset: _former, ...rest } = last;
  return { ...manifest, incremental: [...manifest.incremental.slice(0, -1), endOffset === undefined ? rest : { ...rest, endOffset }] };
}

export function isManifestProblem(parsed: Manifest | ManifestProblem): parsed is ManifestProblem {
  return 'message' in parsed;
}
