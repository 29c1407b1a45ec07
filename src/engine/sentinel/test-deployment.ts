/*
 * Deployments of test servers with Sentinels
 * ------------------------------------------
 * A master at 10.0.0.1 with replicas behind it, watched as `mymaster` by Sentinels at 10.0.1.1, 10.0.1.2, …
 */
import type { DirectiveValue } from '../config/values.ts';
import { TestNetwork } from '../test-network.ts';
import type { TestServer, TestServerOptions } from '../testing.ts';

export interface DeploymentOptions {
  readonly replicas?: number;
  readonly sentinels?: number;
  readonly quorum?: number;
  readonly downAfterMs?: number;
  readonly failoverTimeoutMs?: number;
  /** Further lines of each Sentinel's configuration. */
  readonly lines?: readonly string[];
  readonly config?: Readonly<Record<string, DirectiveValue>>;
  readonly seed?: number;
  readonly run?: TestServerOptions['run'];
}

/** What a Sentinel has told, and when. */
export interface ToldEvent {
  readonly sentinel: number;
  readonly atMs: number;
  readonly event: string;
  readonly text: string;
}

const SERVER_CONFIG = { 'protected-mode': false, 'repl-diskless-sync-delay': 0, save: '' };

export class TestDeployment {
  readonly net = new TestNetwork();
  readonly servers: TestServer[] = [];
  readonly sentinels: TestServer[] = [];
  readonly told: ToldEvent[] = [];
  private readonly options: DeploymentOptions;
  private starts = 0;

  constructor(options: DeploymentOptions = {}) {
    this.options = options;
    const { replicas = 2, sentinels = 3 } = options;
    for (let i = 0; i <= replicas; i++) this.startServer(i, i === 0 ? undefined : 0);
    for (let i = 0; i < sentinels; i++) this.startSentinel(i);
  }

  server(i: number): TestServer {
    const server = this.servers[i];
    if (server === undefined) throw new Error(`there is no server ${i}`);
    return server;
  }

  sentinel(i: number): TestServer {
    const sentinel = this.sentinels[i];
    if (sentinel === undefined) throw new Error(`there is no Sentinel ${i}`);
    return sentinel;
  }

  serverAddress(i: number): string {
    return `10.0.0.${i + 1}`;
  }

  sentinelAddress(i: number): string {
    return `10.0.1.${i + 1}`;
  }

  /** Each process has ids and chances of its own. */
  private nextSeed(): number {
    return (this.options.seed ?? 1) * 1000 + this.starts++;
  }

  /** Starts server `i`, anew if there was one: without data, following another or nobody. */
  startServer(i: number, follows?: number): void {
    const config = { ...SERVER_CONFIG, ...this.options.config, ...(follows === undefined ? {} : { replicaof: `${this.serverAddress(follows)} 6379` }) };
    this.servers[i] = this.net.server(this.serverAddress(i), { config, seed: this.nextSeed() });
  }

  /** Starts Sentinel `i`; one that was there before goes on with its file. */
  startSentinel(i: number): void {
    const { quorum = 2, downAfterMs = 3000, failoverTimeoutMs = 10_000, lines = [], run } = this.options;
    const known = this.sentinels[i] !== undefined;
    const text = [
      'sentinel deny-scripts-reconfig no', `sentinel monitor mymaster ${this.serverAddress(0)} 6379 ${quorum}`, `sentinel down-after-milliseconds mymaster ${downAfterMs}`,
      `sentinel failover-timeout mymaster ${failoverTimeoutMs}`, ...lines,
    ];
    const started = this.net.sentinel(this.sentinelAddress(i), known ? undefined : text, { seed: this.nextSeed(), ...(run === undefined ? {} : { run }) });
    this.sentinels[i] = started;
    started.server.events.listen((event) => {
      if (event.type === 'sentinelEvent') this.told.push({ sentinel: i, atMs: event.atUs / 1000, event: event.event, text: event.text });
    });
  }

  crashServer(i: number): void {
    this.server(i).server.stop('crash');
  }

  crashSentinel(i: number): void {
    this.sentinel(i).server.stop('crash');
  }

  advance(ms: number): void {
    this.net.advance(ms);
  }

  get nowMs(): number {
    return this.net.clock.us / 1000;
  }

  /** Goes on until a Sentinel tells of such an event, in steps of 10 ms; fails after so long. */
  until(event: string, limitMs = 60_000): ToldEvent {
    const before = this.told.length;
    for (let ms = 0; ms < limitMs; ms += 10) {
      const found = this.told.slice(before).find((each) => each.event === event);
      if (found !== undefined) return found;
      this.advance(10);
    }
    throw new Error(`nobody told ${event} within ${limitMs} ms, but ${this.told.slice(before).map((each) => `${each.sentinel}: ${each.event} ${each.text}`).join('\n')}`);
  }

  /** Of a Sentinel's answer about the master, one field. */
  field(i: number, name: string, line = 'SENTINEL MASTER mymaster'): string {
    const words = this.sentinel(i).send(line).split('\r\n');
    const at = words.indexOf(name);
    return at < 0 ? '' : (words[at + 2] ?? '');
  }

  /** Asks a server over a new connection: a Sentinel may have ended those that were there. */
  ask(i: number, line: string): string {
    this.server(i).forget('asking');
    return this.server(i).ask(line, 'asking');
  }

  /** Where Sentinel `i` says that the master is. */
  masterOf(i: number): string {
    return this.sentinel(i).ask('SENTINEL GET-MASTER-ADDR-BY-NAME mymaster');
  }

  events(i: number): string[] {
    return this.told.filter((each) => each.sentinel === i).map(({ event, text }) => `${event} ${text}`);
  }
}
