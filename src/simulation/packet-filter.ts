/*
 * The packet filter of a machine
 * ------------------------------
 * What `iptables` writes and the network asks: for each machine the chains INPUT and OUTPUT (and those that a rule
 * may jump to), each a list of rules with a policy at its end. A packet goes through OUTPUT of the machine that
 * sends it and through INPUT of the one that gets it; the first rule that fits and decides is the answer.
 *
 *     ACCEPT   the packet passes
 *     DROP     it is swallowed, nobody is told; TCP sends it again until the rule is gone or it gives up
 *     REJECT   the sender is told: a new connection is refused. For one that stands the notice is a soft error,
 *              so its bytes wait as behind DROP, unless the rule answers with tcp-reset: that breaks it
 *
 * Chunks of a stream stand for packets here, so counters count chunks, and their bytes with 52 of headers each.
 */
import type { Bytes } from '../engine/index.ts';
import type { Barrier } from './links.ts';

/** An address with the number of its leading bits that count. */
export interface Network4 {
  readonly address: number;
  readonly bits: number;
  readonly inverted: boolean;
}

/** First and last port. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly inverted: boolean;
}

export type ConnectionState = 'INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED';
export type TcpFlag = 'FIN' | 'SYN' | 'RST' | 'PSH' | 'ACK' | 'URG';

/** What `-m` loads. */
export type RuleMatch =
  | { readonly kind: 'tcp' | 'udp'; readonly source?: PortRange; readonly destination?: PortRange; readonly flags?: { readonly of: readonly TcpFlag[]; readonly set: readonly TcpFlag[]; readonly inverted: boolean } }
  | { readonly kind: 'multiport'; readonly which: 'sports' | 'dports' | 'ports'; readonly ranges: readonly PortRange[]; readonly inverted: boolean }
  | { readonly kind: 'conntrack' | 'state'; readonly states: readonly ConnectionState[]; readonly inverted: boolean }
  | { readonly kind: 'comment'; readonly text: Bytes };

export interface FilterRule {
  readonly source?: Network4;
  readonly destination?: Network4;
  readonly inInterface?: { readonly name: Bytes; readonly inverted: boolean };
  readonly outInterface?: { readonly name: Bytes; readonly inverted: boolean };
  readonly protocol?: { readonly number: number; readonly inverted: boolean };
  readonly matches: readonly RuleMatch[];
  /** ACCEPT, DROP, REJECT, RETURN or the name of a chain; without one the rule only counts. */
  readonly target?: Bytes;
  /** How REJECT answers. */
  readonly rejectWith?: Bytes;
}

/** A rule in its place, with what it has met. */
export interface PlacedRule {
  readonly rule: FilterRule;
  packets: number;
  bytes: number;
}

export interface Chain {
  /** What happens to a packet that no rule decides about; undefined for a chain that rules jump to. */
  policy: 'ACCEPT' | 'DROP' | undefined;
  rules: PlacedRule[];
  packets: number;
  bytes: number;
}

/** What a rule can look at. */
export interface Packet {
  readonly source: Bytes;
  readonly sourcePort: number;
  readonly destination: Bytes;
  readonly destinationPort: number;
  readonly loopback: boolean;
  readonly flags: readonly TcpFlag[];
  readonly bytes: number;
}

/** What becomes of a packet: it passes, or something stands in its way. */
export type Verdict = Barrier | 'reset' | undefined;

const HEADER_BYTES = 52;
const TCP = 6;
/** A rule that jumps in a circle cannot be made; this many jumps are allowed all the same. */
const MAX_DEPTH = 16;

/** `10.0.0.12` as a number; undefined when it is no address. */
export function addressNumber(text: Bytes): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

const matchesNetwork = (network: Network4 | undefined, address: Bytes): boolean => {
  if (network === undefined) return true;
  const size = 2 ** (32 - network.bits);
  const number = addressNumber(address);
  return (number !== undefined && Math.floor(number / size) === Math.floor(network.address / size)) !== network.inverted;
};

const inRange = (range: PortRange | undefined, port: number): boolean => range === undefined || (port >= range.first && port <= range.last) !== range.inverted;

/** `+` at the end of a name stands for anything. */
const matchesInterface = (wanted: FilterRule['inInterface'], name: Bytes): boolean =>
  wanted === undefined || (wanted.name.endsWith('+') ? name.startsWith(wanted.name.slice(0, -1)) : name === wanted.name) !== wanted.inverted;

function matchesOne(match: RuleMatch, packet: Packet): boolean {
  switch (match.kind) {
    case 'tcp': {
      const { flags } = match;
      const isAsWanted = flags === undefined || flags.of.every((flag) => packet.flags.includes(flag) === flags.set.includes(flag)) !== flags.inverted;
      return inRange(match.source, packet.sourcePort) && inRange(match.destination, packet.destinationPort) && isAsWanted;
    }
    case 'udp':
      return false;
    case 'multiport': {
      const is = (port: number): boolean => match.ranges.some((range) => inRange(range, port));
      const found = (match.which !== 'dports' && is(packet.sourcePort)) || (match.which !== 'sports' && is(packet.destinationPort));
      return found !== match.inverted;
    }
    case 'conntrack':
    case 'state': {
      const isNew = packet.flags.includes('SYN') && !packet.flags.includes('ACK');
      return match.states.includes(isNew ? 'NEW' : 'ESTABLISHED') !== match.inverted;
    }
    case 'comment':
      return true;
  }
}

export interface PacketFilter {
  readonly chains: Map<Bytes, Chain>;
  /** Nothing is kept from passing: no rule stands anywhere and every policy is to accept. */
  readonly isOpen: boolean;
  /** What becomes of a packet in this chain; `count` notes that it came by. */
  verdict(chain: 'INPUT' | 'OUTPUT', packet: Packet, count: boolean): Verdict;
}

/** A filter without rules; the class is made here, because it comes after the first prompt. */
export function emptyFilter(): PacketFilter {
  class FilterOfHost implements PacketFilter {
    readonly chains = new Map<Bytes, Chain>();

    constructor() {
      for (const name of ['INPUT', 'FORWARD', 'OUTPUT']) this.chains.set(name, { policy: 'ACCEPT', rules: [], packets: 0, bytes: 0 });
    }

    /** Nothing is kept from passing: no rule stands anywhere and every policy is to accept. */
    get isOpen(): boolean {
      return [...this.chains.values()].every(({ policy, rules }) => policy !== 'DROP' && rules.length === 0);
    }

    /** What becomes of a packet in this chain; `count` notes that it came by. */
    verdict(chain: 'INPUT' | 'OUTPUT', packet: Packet, count: boolean): Verdict {
      return this.walk(chain, packet, count ? packet.bytes + HEADER_BYTES : 0, 0) ?? undefined;
    }

    /** Null when the chain has decided that the packet passes, undefined when it has decided nothing. */
    private walk(name: Bytes, packet: Packet, counted: number, depth: number): Verdict | null {
      const chain = this.chains.get(name);
      if (chain === undefined || depth > MAX_DEPTH) return undefined;
      const isInput = name === 'INPUT';
      for (const placed of chain.rules) {
        const { rule } = placed;
        const device = packet.loopback ? 'lo' : 'eth0';
        const fits = matchesNetwork(rule.source, packet.source) && matchesNetwork(rule.destination, packet.destination)
          && matchesInterface(rule.inInterface, isInput || depth > 0 ? device : '') && matchesInterface(rule.outInterface, isInput ? '' : device)
          && (rule.protocol === undefined || (rule.protocol.number === TCP) !== rule.protocol.inverted)
          && rule.matches.every((match) => matchesOne(match, packet));
        if (!fits) continue;
        if (counted > 0) {
          placed.packets++;
          placed.bytes += counted;
        }
        if (rule.target === 'ACCEPT') return null;
        if (rule.target === 'DROP') return 'black hole';
        if (rule.target === 'REJECT') return rule.rejectWith === 'tcp-reset' ? 'reset' : 'refuse';
        if (rule.target === 'RETURN') break;
        if (rule.target === undefined) continue;
        const there = this.walk(rule.target, packet, counted, depth + 1);
        if (there !== undefined) return there;
      }
      if (chain.policy === undefined) return undefined;
      if (counted > 0) {
        chain.packets++;
        chain.bytes += counted;
      }
      return chain.policy === 'DROP' ? 'black hole' : null;
    }
  }

  return new FilterOfHost();
}
