/*
 * Links between machines
 * ----------------------
 * What a message meets on its way: how long it takes, how fast the line is, how much of it is lost, and what
 * stands in the way. Everything is directed: from one machine to another, so that a line can be cut one way.
 *
 * A lost packet is sent again after a while, as TCP does it, so loss is delay, and a line that loses everything
 * breaks the connection in the end. Rules stand in the way of whole groups of machines, each under a number of
 * its own, and are taken away by it:
 *
 *     black hole   bytes are swallowed and sent again until the rule is gone; nobody is told
 *     refuse       connections are refused, and those that stand are reset
 *     hold         messages stop on their way and can be let through one by one
 *
 * Besides, each machine may have a packet filter of its own (packet-filter.ts), which looks at ports as well.
 *
 * Chance is drawn only where a setting asks for it, so a world with plain links draws none.
 */
import type { Micros, Random } from '../engine/index.ts';
import { emptyFilter, type Packet, type PacketFilter, type Verdict } from './packet-filter.ts';

/** How long a message takes, apart from the speed of the line. */
export type Latency =
  | { readonly kind: 'constant'; readonly us: Micros }
  /** Anything between, all equally likely. */
  | { readonly kind: 'between'; readonly fromUs: Micros; readonly toUs: Micros }
  /** Around the median, now and then much longer: the shape that real networks have. */
  | { readonly kind: 'around'; readonly medianUs: Micros };

export interface LinkSettings {
  readonly latency: Latency;
  /** Speed of the line; undefined: as fast as one likes. */
  readonly bytesPerSecond?: number;
  /** Of a million packets, so many are lost. */
  readonly lossPerMillion?: number;
  /** What the kernels of both sides keep for a receiver that does not read. */
  readonly bufferBytes?: number;
}

export type Barrier = 'black hole' | 'refuse' | 'hold';

export interface Rule {
  readonly id: number;
  readonly barrier: Barrier;
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
  /** As it was asked for. */
  readonly text: string;
}

/** Unless told otherwise. */
const KERNEL_BUFFER_BYTES = 256 * 1024;
/** Between two machines unless told otherwise: one data centre. */
const DEFAULT_LATENCY_US: Micros = 250;

/** Sixteen equally likely values of a log-normal distribution with sigma 0.5 around 1, in thousandths. */
const AROUND = [394, 517, 603, 678, 749, 818, 888, 962, 1040, 1126, 1222, 1336, 1474, 1657, 1933, 2538];
/** A lost packet is sent again after so long, and each time after twice as long. */
const RETRANSMISSION_US: Micros = 200_000;
/** So often in a row it is tried before the connection is given up, as Linux does by default. */
const RETRANSMISSIONS = 15;

export class Links {
  private readonly settings = new Map<string, LinkSettings>();
  private readonly freeAt = new Map<string, Micros>();
  private readonly off = new Set<string>();
  private readonly byId = new Map<number, Rule>();
  private readonly filters = new Map<string, PacketFilter>();
  private nextRule = 1;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Settings of the link, those of a plain data centre unless others were made. */
  of(from: string, to: string): LinkSettings {
    return this.settings.get(`${from} ${to}`) ?? { latency: { kind: 'constant', us: DEFAULT_LATENCY_US } };
  }

  bufferBytes(from: string, to: string): number {
    return this.settings.get(`${from} ${to}`)?.bufferBytes ?? KERNEL_BUFFER_BYTES;
  }

  /** No link at all was changed. */
  get areAllPlain(): boolean {
    return this.settings.size === 0;
  }

  isPlain(from: string, to: string): boolean {
    return !this.settings.has(`${from} ${to}`);
  }

  change(from: string, to: string, change: Partial<LinkSettings>): void {
    this.settings.set(`${from} ${to}`, { ...this.of(from, to), ...change });
  }

  /** Back to what it was at the start. */
  restore(from: string, to: string): void {
    this.settings.delete(`${from} ${to}`);
  }

  // --- what stands in the way -----------------------------------------------------------------------

  /** Puts a rule in the way; returns its number. */
  add(rule: Omit<Rule, 'id'>): number {
    const id = this.nextRule++;
    this.byId.set(id, { ...rule, id });
    return id;
  }

  remove(id: number): boolean {
    return this.byId.delete(id);
  }

  removeAll(): void {
    this.byId.clear();
  }

  get rules(): readonly Rule[] {
    return [...this.byId.values()];
  }

  /** The machine has no power: nothing reaches it and nothing leaves it. */
  setOff(host: string, isOff: boolean): void {
    if (isOff) this.off.add(host);
    else this.off.delete(host);
  }

  /** What stands in the way of a message; undefined when it can pass. The newest rule counts. */
  barrier(from: string, to: string): Barrier | undefined {
    if (this.off.size > 0 && (this.off.has(from) || this.off.has(to))) return 'black hole';
    if (this.byId.size === 0 || from === to) return undefined;
    let found: Barrier | undefined;
    for (const rule of this.byId.values()) {
      if (rule.from.has(from) && rule.to.has(to)) found = rule.barrier;
    }
    return found;
  }

  /** The packet filter of a machine, made when somebody asks for it. */
  filterOf(host: string): PacketFilter {
    const known = this.filters.get(host) ?? emptyFilter();
    this.filters.set(host, known);
    return known;
  }

  /** A machine boots: its filter is empty again. */
  forgetFilter(host: string): void {
    this.filters.delete(host);
  }

  /** Packet filters through which something may not pass, by machine. */
  get closedFilters(): ReadonlyMap<string, PacketFilter> {
    return new Map([...this.filters].filter(([, filter]) => !filter.isOpen));
  }

  /** What the filters of both machines make of a packet; `count` lets them note that it came by. */
  filtered(from: string, to: string, packet: () => Packet, count: boolean): Verdict {
    if (this.filters.size === 0) return undefined;
    const here = packet();
    return this.filters.get(from)?.verdict('OUTPUT', here, count) ?? this.filters.get(to)?.verdict('INPUT', here, count);
  }

  // --- how long it takes ------------------------------------------------------------------------------

  /** When a message of so many bytes that leaves at `at` arrives; undefined when all of it is lost for good. */
  arrival(from: string, to: string, bytes: number, at: Micros): Micros | undefined {
    if (from === to) return at;
    const link = this.settings.get(`${from} ${to}`);
    if (link === undefined) return at + DEFAULT_LATENCY_US;
    let leaves = at;
    if (link.bytesPerSecond !== undefined) {
      const name = `${from} ${to}`;
      leaves = Math.max(at, this.freeAt.get(name) ?? 0) + Math.ceil((bytes * 1e6) / link.bytesPerSecond);
      this.freeAt.set(name, leaves);
    }
    const lost = this.lossUs(link.lossPerMillion ?? 0);
    return lost === undefined ? undefined : leaves + this.latencyUs(link.latency) + lost;
  }

  /** So many bytes that have an arrival do not take their time of the line. */
  giveBack(from: string, to: string, bytes: number): void {
    const name = `${from} ${to}`;
    const [rate, freeAt] = [this.settings.get(name)?.bytesPerSecond, this.freeAt.get(name)];
    if (rate !== undefined && freeAt !== undefined) this.freeAt.set(name, freeAt - Math.ceil((bytes * 1e6) / rate));
  }

  private latencyUs(latency: Latency): Micros {
    switch (latency.kind) {
      case 'constant':
        return latency.us;
      case 'between':
        return latency.fromUs + this.random.below(Math.max(1, latency.toUs - latency.fromUs + 1));
      case 'around':
        return Math.round((latency.medianUs * (AROUND[this.random.below(AROUND.length)] ?? 1000)) / 1000);
    }
  }

  private lossUs(perMillion: number): Micros | undefined {
    let us = 0;
    if (perMillion <= 0) return us;
    for (let tries = 0; this.random.below(1_000_000) < perMillion; tries++) {
      if (tries === RETRANSMISSIONS) return undefined;
      us += RETRANSMISSION_US * 2 ** tries;
    }
    return us;
  }
}
