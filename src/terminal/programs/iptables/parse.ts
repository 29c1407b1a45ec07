/*
 * The command line of iptables
 * ----------------------------
 * One command (-A, -D, -L …) with its chain, and the words that describe a rule. Mistakes are said in the words of
 * the real program, version 1.8.9.
 */
import type { Bytes } from '../../../engine/index.ts';
import { addressNumber, type ConnectionState, type FilterRule, type Network4, type PortRange, type RuleMatch, type TcpFlag } from '../../../simulation/index.ts';
import { portNumber, protocolNumber } from './services.ts';

export type Letter = 'A' | 'C' | 'D' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'P' | 'E';

export interface Request {
  readonly command: Letter;
  readonly chain: Bytes | undefined;
  /** A rule by its place. */
  readonly number: number | undefined;
  /** The policy of -P, the new name of -E. */
  readonly word: Bytes | undefined;
  /** One for each pair of addresses that was named. */
  readonly rules: readonly FilterRule[];
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly lineNumbers: boolean;
}

/** Wrong usage: what is said, and the exit code. */
export class IptablesProblem extends Error {
  readonly status: number;
  readonly hasHint: boolean;
  constructor(message: string, status = 2, hasHint = status === 2) {
    super(message);
    this.status = status;
    this.hasHint = hasHint;
  }
}

export const VERSION = 'iptables v1.8.9 (nf_tables)';
const wrong = (message: string): IptablesProblem => new IptablesProblem(`${VERSION}: ${message}`);

const LONG: Readonly<Record<Bytes, Bytes>> = {
  append: 'A', check: 'C', delete: 'D', insert: 'I', replace: 'R', list: 'L', 'list-rules': 'S', flush: 'F', zero: 'Z', new: 'N', 'delete-chain': 'X', policy: 'P', 'rename-chain': 'E',
  source: 's', src: 's', destination: 'd', dst: 'd', protocol: 'p', proto: 'p', 'in-interface': 'i', 'out-interface': 'o', jump: 'j', goto: 'j', match: 'm', table: 't',
  numeric: 'n', verbose: 'v', exact: 'x', wait: 'w', 'line-numbers': '0', ipv4: '4',
};
const COMMANDS = 'ACDIRLSFZNXPE';
/** Commands that cannot do without a chain. */
const NEED_CHAIN = 'ACDIRPNE';
const STATES: readonly ConnectionState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'];
const FLAGS: readonly TcpFlag[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const REJECTIONS = ['icmp-net-unreachable', 'icmp-host-unreachable', 'icmp-port-unreachable', 'icmp-proto-unreachable', 'icmp-net-prohibited', 'icmp-host-prohibited', 'icmp-admin-prohibited', 'tcp-reset'];
export const TARGETS: readonly Bytes[] = ['ACCEPT', 'DROP', 'REJECT', 'RETURN'];
const ANY: readonly (Network4 | undefined)[] = [undefined];

/** What is gathered of a rule while its words are read. */
interface Draft {
  sources: readonly (Network4 | undefined)[];
  destinations: readonly (Network4 | undefined)[];
  inInterface: FilterRule['inInterface'];
  outInterface: FilterRule['outInterface'];
  protocol: FilterRule['protocol'];
  readonly matches: RuleMatch[];
  target: Bytes | undefined;
  rejectWith: Bytes | undefined;
}

export interface Names {
  addressOf(name: Bytes): Bytes | undefined;
  hasChain(name: Bytes): boolean;
}

/** Reads the words; undefined for --help and --version, which `asked` tells. */
export function parseIptables(argv: readonly Bytes[], names: Names): Request | 'help' | 'version' {
  return new (readerClass())(argv, names).read();
}

/** The class of what reads the words, made when it is wanted: it comes after the first prompt. */
function readerClass() {
  return class Reader {
    private readonly words: Bytes[];
    private readonly names: Names;
    private command: Letter | undefined;
    private chain: Bytes | undefined;
    private number: number | undefined;
    private word: Bytes | undefined;
    private readonly draft: Draft = { sources: ANY, destinations: ANY, inInterface: undefined, outInterface: undefined, protocol: undefined, matches: [], target: undefined, rejectWith: undefined };
    private readonly loaded = new Set<Bytes>();
    private readonly seen = new Set<Bytes>();
    private numeric = false;
    private verbose = false;
    private lineNumbers = false;

    constructor(argv: readonly Bytes[], names: Names) {
      this.names = names;
      // `-nvL` is `-n -v -L`, `-p6` and `-j DROP` keep what they take.
      this.words = argv.flatMap((word) => {
        const flags = /^-([nvx]+)([A-Za-z]?)$/.exec(word);
        return flags === null ? [word] : [...`${flags[1]}${flags[2]}`].map((letter) => `-${letter}`);
      });
    }

    read(): Request | 'help' | 'version' {
      let inverted = false;
      while (this.words.length > 0) {
        const word = this.words.shift() ?? '';
        if (word === '!') {
          inverted = true;
          continue;
        }
        if (word === '-h' || word === '--help') return 'help';
        if (word === '-V' || word === '--version') return 'version';
        if (!word.startsWith('-') || word === '-') throw new IptablesProblem(`Bad argument \`${word}'`);
        this.option(word, inverted);
        inverted = false;
      }
      return this.finish();
    }

    /** The value of an option. */
    private value(option: Bytes): Bytes {
      const value = this.words.shift();
      if (value === undefined) throw wrong(`option "${option}" requires an argument`);
      return value;
    }

    private option(word: Bytes, inverted: boolean): void {
      const long = word.startsWith('--') ? word.slice(2) : undefined;
      const letter = long === undefined ? word.slice(1) : LONG[long];
      if (letter !== undefined && letter.length === 1 && COMMANDS.includes(letter)) this.takeCommand(letter as Letter, word);
      else if (letter !== undefined && letter.length === 1 && this.plain(letter, word, inverted)) return;
      else if (!this.extension(long ?? '', word, inverted)) throw wrong(`unknown option "${word}"`);
    }

    private takeCommand(letter: Letter, word: Bytes): void {
      if (this.command !== undefined && this.command !== letter) throw wrong(`Cannot use -${letter} with -${this.command}`);
      this.command = letter;
      const next = this.words[0];
      if (NEED_CHAIN.includes(letter)) {
        this.chain = this.value(word);
        if (letter === 'P' || letter === 'E') {
          this.word = this.words.shift();
          if (this.word === undefined) throw wrong(letter === 'P' ? '-P requires a chain and a policy' : '-E requires old-chain-name and new-chain-name');
        }
      } else if (next !== undefined && !next.startsWith('-') && next !== '!') this.chain = this.words.shift();
      const place = this.words[0];
      if ('DIRLS'.includes(letter) && this.chain !== undefined && place !== undefined && !place.startsWith('-') && place !== '!') {
        this.words.shift();
        this.number = /^\d{1,9}$/.test(place) ? Number(place) : 0;
        if (this.number === 0) throw wrong(`Invalid rule number \`${place}'`);
      }
      if (letter === 'R' && this.number === undefined) throw wrong('-R requires a rule number');
    }

    /** Options of every rule and listing; false when the letter is none. */
    private plain(letter: Bytes, word: Bytes, inverted: boolean): boolean {
      const { draft } = this;
      if ('sdpioj'.includes(letter)) {
        if (this.seen.has(letter)) throw wrong(`multiple -${letter} flags not allowed`);
        this.seen.add(letter);
      }
      switch (letter) {
        case 's': draft.sources = this.networks(this.value(word), inverted); break;
        case 'd': draft.destinations = this.networks(this.value(word), inverted); break;
        case 'p': {
          const name = this.value(word);
          const number = protocolNumber(name);
          if (number === undefined) throw wrong(`unknown protocol "${name}" specified`);
          if (number !== 0) draft.protocol = { number, inverted };
          break;
        }
        case 'i': draft.inInterface = { name: this.value(word), inverted }; break;
        case 'o': draft.outInterface = { name: this.value(word), inverted }; break;
        case 'j':
        case 'g': draft.target = this.value(word); break;
        case 'm': this.load(this.value(word)); break;
        case 't': {
          const table = this.value(word);
          if (table !== 'filter') throw new IptablesProblem(['nat', 'mangle', 'raw', 'security'].includes(table) ? `${VERSION}: the simulated machines have the table 'filter' only` : `${VERSION}: table '${table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`, 3);
          break;
        }
        case 'n': this.numeric = true; break;
        case 'v': this.verbose = true; break;
        case 'x': this.seen.add('x'); break;
        case '0': this.lineNumbers = true; break;
        case '4': break;
        case 'w': if (/^\d+$/.test(this.words[0] ?? '')) this.words.shift(); break;
        default: return false;
      }
      return true;
    }

    private load(name: Bytes): void {
      const { draft } = this;
      if (!['tcp', 'udp', 'multiport', 'conntrack', 'state', 'comment'].includes(name)) throw wrong(`Couldn't load match \`${name}':No such file or directory\n`);
      this.loaded.add(name);
      if ((name === 'tcp' || name === 'udp') && !draft.matches.some(({ kind }) => kind === name)) draft.matches.push({ kind: name });
    }

    private networks(text: Bytes, inverted: boolean): (Network4 | undefined)[] {
      const found = text.split(',').map((each) => {
        const [host = '', mask] = each.split('/');
        const short = /^\d+(\.\d+){0,2}$/.test(host) && mask !== undefined ? `${host}${'.0'.repeat(3 - (host.split('.').length - 1))}` : host;
        const address = addressNumber(short) ?? addressNumber(this.names.addressOf(host) ?? '');
        if (address === undefined) throw wrong(`host/network \`${host}' not found`);
        const dotted = mask === undefined ? undefined : addressNumber(mask);
        const bits = mask === undefined ? 32 : dotted === undefined ? Number(/^\d{1,2}$/.exec(mask)?.[0] ?? 99) : dotted.toString(2).replace(/0+$/, '').length;
        if (bits > 32) throw wrong(`invalid mask \`${mask}' specified`);
        const size = 2 ** (32 - bits);
        return bits === 0 && !inverted ? undefined : { address: Math.floor(address / size) * size, bits, inverted };
      });
      if (inverted && found.length > 1) throw wrong('! not allowed with multiple source or destination IP addresses');
      return found;
    }

    private range(text: Bytes, inverted: boolean): PortRange {
      const [from = '', to] = text.split(':');
      const first = from === '' && to !== undefined ? 0 : portNumber(from);
      const last = to === undefined ? first : to === '' ? 65535 : portNumber(to);
      if (first === undefined || last === undefined) throw wrong(`invalid port/service \`${first === undefined ? from : to}' specified`);
      return { first, last, inverted };
    }

    /** Options that a protocol, a match or a target brings along; false when none does. */
    private extension(long: Bytes, word: Bytes, inverted: boolean): boolean {
      const { draft, loaded } = this;
      const protocol = draft.protocol?.number === 6 && !draft.protocol.inverted ? 'tcp' : draft.protocol?.number === 17 && !draft.protocol.inverted ? 'udp' : undefined;
      const isSource = long === 'sport' || long === 'source-port';
      if (protocol !== undefined && (isSource || long === 'dport' || long === 'destination-port')) {
        this.change(protocol, { [isSource ? 'source' : 'destination']: this.range(this.value(word), inverted) });
      } else if (protocol === 'tcp' && (long === 'syn' || long === 'tcp-flags')) {
        const of = long === 'syn' ? 'FIN,SYN,RST,ACK' : this.value(word);
        this.change('tcp', { flags: { of: this.flags(of), set: this.flags(long === 'syn' ? 'SYN' : this.value(word)), inverted } });
      } else if (loaded.has('multiport') && /^(s|d|source-|destination-)?ports$/.test(long)) {
        const which = long.startsWith('s') ? 'sports' : long.startsWith('d') ? 'dports' : 'ports';
        draft.matches.push({ kind: 'multiport', which, ranges: this.value(word).split(',').map((each) => this.range(each, false)), inverted });
      } else if ((loaded.has('conntrack') && long === 'ctstate') || (loaded.has('state') && long === 'state')) {
        const named = this.value(word).split(',');
        const strange = named.find((each) => !STATES.includes(each as ConnectionState));
        if (strange !== undefined) throw wrong(`Bad ${long} "${strange}"`);
        draft.matches.push({ kind: long === 'state' ? 'state' : 'conntrack', states: STATES.filter((each) => named.includes(each)), inverted });
      } else if (loaded.has('comment') && long === 'comment') draft.matches.push({ kind: 'comment', text: this.value(word) });
      else if (draft.target === 'REJECT' && long === 'reject-with') {
        const how = this.value(word);
        if (!REJECTIONS.includes(how)) throw wrong(`unknown reject type "${how}"`);
        draft.rejectWith = how;
      } else return false;
      return true;
    }

    private flags(text: Bytes): TcpFlag[] {
      const named = text === 'ALL' ? [...FLAGS] : text === 'NONE' ? [] : text.split(',');
      const strange = named.find((each) => !FLAGS.includes(each as TcpFlag));
      if (strange !== undefined) throw wrong(`Unknown TCP flag \`${strange}'`);
      return FLAGS.filter((flag) => named.includes(flag));
    }

    /** Adds to the match of the protocol, which one is enough for. */
    private change(kind: 'tcp' | 'udp', more: object): void {
      const { matches } = this.draft;
      const at = matches.findIndex((match) => match.kind === kind);
      const match = { ...(matches[at] ?? { kind }), ...more } as RuleMatch;
      if (at === -1) matches.push(match);
      else matches[at] = match;
    }

    private finish(): Request {
      const { command, chain, draft } = this;
      if (command === undefined) throw wrong('no command specified');
      if (this.seen.has('x') && command !== 'L') throw wrong(`Illegal option \`-x' with this command`);
      if (chain === 'OUTPUT' && draft.inInterface !== undefined) throw wrong("Can't use -i with OUTPUT\n");
      if (chain === 'INPUT' && draft.outInterface !== undefined) throw wrong("Can't use -o with INPUT\n");
      const { target } = draft;
      if (target !== undefined && !TARGETS.includes(target) && !this.names.hasChain(target)) throw wrong(`Chain '${target}' does not exist`);
      if (draft.rejectWith === 'tcp-reset' && draft.protocol?.number !== 6) throw new IptablesProblem(`${VERSION}:  RULE_${command === 'I' ? 'INSERT' : 'APPEND'} failed (Invalid argument): rule in chain ${chain}`, 4);
      const rules = draft.sources.flatMap((source) => draft.destinations.map((destination): FilterRule => ({
        ...(source === undefined ? {} : { source }), ...(destination === undefined ? {} : { destination }),
        ...(draft.inInterface === undefined ? {} : { inInterface: draft.inInterface }), ...(draft.outInterface === undefined ? {} : { outInterface: draft.outInterface }),
        ...(draft.protocol === undefined ? {} : { protocol: draft.protocol }), matches: draft.matches,
        ...(target === undefined ? {} : { target }), ...(target === 'REJECT' ? { rejectWith: draft.rejectWith ?? 'icmp-port-unreachable' } : {}),
      })));
      return { command, chain, number: this.number, word: this.word, rules, numeric: this.numeric, verbose: this.verbose, lineNumbers: this.lineNumbers };
    }
  };
}
