/*
 * How iptables shows rules: as a table (-L) and as the words that make them (-S)
 */
import type { Bytes } from '../../../engine/index.ts';
import type { Chain, FilterRule, Network4, PortRange, RuleMatch, TcpFlag } from '../../../simulation/index.ts';
import { portName, protocolName } from './services.ts';

/** Names for addresses, where names are wanted. */
export type NameOf = (address: Bytes) => Bytes | undefined;

const dotted = (address: number): Bytes => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
const bang = (inverted: boolean): Bytes => (inverted ? '! ' : '');
const flagsText = (flags: readonly TcpFlag[]): Bytes => (flags.length === 0 ? 'NONE' : flags.join(','));
const FLAG_BITS: readonly TcpFlag[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const flagBits = (flags: readonly TcpFlag[]): Bytes => `0x${flags.reduce((sum, flag) => sum | (1 << FLAG_BITS.indexOf(flag)), 0).toString(16).padStart(2, '0')}`;

// --- as words ---------------------------------------------------------------------------------------

const rangeWords = ({ first, last }: PortRange): Bytes => (first === last ? `${first}` : `${first}:${last}`);

function matchWords(match: RuleMatch): Bytes {
  switch (match.kind) {
    case 'tcp':
    case 'udp': {
      const { source, destination, flags } = match;
      return [
        `-m ${match.kind}`,
        source === undefined ? '' : `${bang(source.inverted)}--sport ${rangeWords(source)}`,
        destination === undefined ? '' : `${bang(destination.inverted)}--dport ${rangeWords(destination)}`,
        flags === undefined ? '' : `${bang(flags.inverted)}--tcp-flags ${flagsText(flags.of)} ${flagsText(flags.set)}`,
      ].filter((part) => part !== '').join(' ');
    }
    case 'multiport':
      return `-m multiport ${bang(match.inverted)}--${match.which} ${match.ranges.map(rangeWords).join(',')}`;
    case 'conntrack':
      return `-m conntrack ${bang(match.inverted)}--ctstate ${match.states.join(',')}`;
    case 'state':
      return `-m state ${bang(match.inverted)}--state ${match.states.join(',')}`;
    case 'comment':
      return `-m comment --comment ${/[^A-Za-z0-9_-]/.test(match.text) ? `"${match.text.replace(/["\\]/g, '\\$&')}"` : match.text}`;
  }
}

const networkWords = (letter: Bytes, network: Network4 | undefined): Bytes => (network === undefined ? '' : `${bang(network.inverted)}-${letter} ${dotted(network.address)}/${network.bits}`);

/** The words behind `-A CHAIN`. */
export function ruleWords(rule: FilterRule): Bytes {
  return [
    networkWords('s', rule.source), networkWords('d', rule.destination),
    rule.inInterface === undefined ? '' : `${bang(rule.inInterface.inverted)}-i ${rule.inInterface.name}`,
    rule.outInterface === undefined ? '' : `${bang(rule.outInterface.inverted)}-o ${rule.outInterface.name}`,
    rule.protocol === undefined ? '' : `${bang(rule.protocol.inverted)}-p ${protocolName(rule.protocol.number)}`,
    ...rule.matches.map(matchWords),
    rule.target === undefined ? '' : `-j ${rule.target}`,
    rule.target === 'REJECT' ? `--reject-with ${rule.rejectWith}` : '',
  ].filter((part) => part !== '').join(' ');
}

export const chainWords = (name: Bytes, chain: Chain): Bytes => (chain.policy === undefined ? `-N ${name}` : `-P ${name} ${chain.policy}`);

// --- as a table -------------------------------------------------------------------------------------

export interface TableStyle {
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly lineNumbers: boolean;
  readonly nameOf: NameOf;
}

/** 12, 3456, 123K: counters in five places. */
function counter(value: number): Bytes {
  if (value < 100_000) return String(value);
  const units = ['K', 'M', 'G', 'T'];
  let rest = value;
  for (const unit of units) {
    rest = Math.floor((rest + 500) / 1000);
    if (rest < 10_000) return `${rest}${unit}`;
  }
  return `${rest}T`;
}

function place(network: Network4 | undefined, { numeric, nameOf }: TableStyle): Bytes {
  const any = numeric ? '0.0.0.0/0' : 'anywhere';
  if (network === undefined) return ` ${any}`;
  const address = dotted(network.address);
  const text = network.bits === 32 ? ((numeric ? undefined : nameOf(address)) ?? address) : `${address}/${network.bits}`;
  return `${network.inverted ? '!' : ' '}${text}`;
}

function rangeTable(side: Bytes, range: PortRange | undefined, { numeric }: TableStyle): Bytes {
  if (range === undefined) return '';
  const name = (port: number): Bytes => (numeric ? String(port) : portName(port));
  const not = range.inverted ? '!' : '';
  return range.first === range.last ? `${side}t:${not}${name(range.first)}` : `${side}ts:${not}${name(range.first)}:${name(range.last)}`;
}

function matchTable(match: RuleMatch, style: TableStyle): Bytes {
  switch (match.kind) {
    case 'tcp':
    case 'udp': {
      const { source, destination, flags } = match;
      const flagged = flags === undefined ? '' : `flags:${flags.inverted ? '!' : ''}${style.numeric ? `${flagBits(flags.of)}/${flagBits(flags.set)}` : `${flagsText(flags.of)}/${flagsText(flags.set)}`}`;
      return [match.kind, rangeTable('sp', source, style), rangeTable('dp', destination, style), flagged].filter((part) => part !== '').join(' ');
    }
    case 'multiport':
      return `multiport ${match.which} ${bang(match.inverted)}${match.ranges.map(({ first, last }) => [...new Set([first, last])].map((port) => (style.numeric ? String(port) : portName(port))).join(':')).join(',')}`;
    case 'conntrack':
      return `${bang(match.inverted)}ctstate ${match.states.join(',')}`;
    case 'state':
      return `${bang(match.inverted)}state ${match.states.join(',')}`;
    case 'comment':
      return `/* ${match.text} */`;
  }
}

/** One line of the table. */
export function ruleLine(number: number, { rule, packets, bytes }: Chain['rules'][number], style: TableStyle): Bytes {
  const { numeric, verbose, lineNumbers } = style;
  const protocol = rule.protocol === undefined ? (numeric ? '0' : 'all') : numeric ? String(rule.protocol.number) : protocolName(rule.protocol.number);
  const device = (wanted: FilterRule['inInterface']): Bytes => `${wanted?.inverted === true ? '!' : ''}${wanted?.name ?? (numeric ? '*' : 'any')}`;
  const more = [...rule.matches.map((match) => matchTable(match, style)), rule.target === 'REJECT' ? `reject-with ${rule.rejectWith}` : ''].filter((part) => part !== '').map((part) => ` ${part}`).join('');
  return [
    lineNumbers ? `${String(number).padEnd(4)} ` : '',
    verbose ? `${counter(packets).padStart(5)} ${counter(bytes).padStart(5)} ` : '',
    `${(rule.target ?? '').padEnd(9)}  ${(rule.protocol?.inverted === true ? '!' : '') + protocol.padEnd(4)} -- `,
    verbose ? ` ${device(rule.inInterface).padEnd(6)} ${device(rule.outInterface).padEnd(6)} ` : '',
    `${place(rule.source, style).padEnd(20)} ${place(rule.destination, style).padEnd(21)}`,
    more,
  ].join('').replace(/$/, '\n');
}

/** The lines above the rules of a chain. */
export function chainHead(name: Bytes, chain: Chain, references: number, { verbose, lineNumbers }: TableStyle): Bytes {
  const counted = verbose ? ` ${counter(chain.packets)} packets, ${counter(chain.bytes)} bytes` : '';
  const what = chain.policy === undefined ? `${references} references` : `policy ${chain.policy}${counted}`;
  return `Chain ${name} (${what})\n${lineNumbers ? 'num  ' : ''}${verbose ? ' pkts bytes ' : ''}target     prot opt ${verbose ? 'in     out     ' : ''}source               destination         \n`;
}
