/*
 * The clients of a benchmark
 * --------------------------
 * So many connections, each of which sends its requests, waits for all replies and sends again, until as many requests
 * have gone out as were asked for.
 *
 * On a simulated host a short command takes no time, and a hundred thousand of them would be done in none. So the program
 * says what a round trip costs both sides on an ordinary machine: it is busy for that time, and everything that is told
 * follows from it, from the gain of a pipeline to the wait behind forty-nine others. On a real machine it says nothing.
 */
import type { Bytes, Micros, Socket } from '../../../engine/index.ts';
import { type ReceivedReply, ReplyParser } from '../../../engine/protocol/index.ts';
import type { Process } from '../../../simulation/index.ts';
import type { Histogram } from './histogram.ts';
import type { Options } from './options.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import { encode, PLACEHOLDER, TAG, type Workload } from './workloads.ts';

/** What the kernels and event loops of both sides take for a chunk there and back, for each request in it, and for each byte of the replies. */
const ROUND_TRIP_US = 18;
const REQUEST_US = 1.5;
const BYTE_US = 0.012;

const RANDOM_DIGITS = 12;

export interface Run {
  readonly process: Process;
  readonly options: Options;
  readonly latencies: Histogram;
  readonly recent: Histogram;
  /** The masters of the cluster; the clients are dealt out to them in turn. */
  readonly nodes: readonly ClusterNode[] | undefined;
  /** So many replies have come. */
  finished: number;
  issued: number;
  /** The benchmark cannot go on. */
  failed(problem: Bytes): void;
  /** All requests are answered. */
  over(): void;
}

/** Connects all clients and lets them work. */
export function startClients(run: Run, workload: Workload): { stop(): void } {
  const clients = Array.from({ length: run.options.clients }, (_, index) => new BenchmarkClient(run, workload, run.nodes?.[index % run.nodes.length]));
  for (const client of clients) client.connect();
  return { stop: () => clients.forEach((client) => client.close()) };
}

class BenchmarkClient {
  private readonly run: Run;
  private readonly workload: Workload;
  private readonly preparations: Bytes;
  private readonly preparationCount: number;
  private parser = new ReplyParser();
  private socket: Socket | undefined;
  /** Replies to come that only answer the preparations, and those that count. */
  private preparing = 0;
  private pending = 0;
  private sentUs: Micros = 0;
  private latencyUs: Micros | undefined;
  private isOver = false;

  private readonly node: ClusterNode | undefined;

  constructor(run: Run, workload: Workload, node: ClusterNode | undefined) {
    this.run = run;
    this.node = node;
    this.workload = workload;
    const { user, password, db, resp3, tracking } = run.options;
    const commands: Bytes[][] = [];
    if (password !== undefined) commands.push(user === undefined ? ['AUTH', password] : ['AUTH', user, password]);
    if (tracking) commands.push(['CLIENT', 'TRACKING', 'on']);
    if (db !== 0) commands.push(['SELECT', String(db)]);
    if (resp3) commands.push(['HELLO', '3']);
    this.preparations = commands.map(encode).join('');
    this.preparationCount = commands.length;
  }

  connect(): void {
    const { run } = this;
    const { host, port } = this.node ?? run.options;
    run.process.env.network.connect(`${host}:${port}`, {
      open: (socket) => {
        this.socket = socket;
        this.preparing = this.preparationCount;
        this.send(this.preparations);
      },
      data: (chunk) => this.received(chunk),
      closed: (reason) => {
        if (!this.isOver) run.failed(this.socket === undefined ? `Could not connect to Redis at ${host}:${port}: ${reason === 'refused' ? 'Connection refused' : reason}\n` : 'Error: Server closed the connection\n');
      },
    });
  }

  close(): void {
    this.isOver = true;
    this.socket?.close();
  }

  private send(before: Bytes): void {
    const { run, workload } = this;
    if (this.isOver) return;
    if (run.issued >= run.options.requests) return this.close();
    const { pipeline } = run.options;
    run.issued += pipeline;
    this.pending = pipeline;
    this.latencyUs = undefined;
    this.sentUs = run.process.env.clock.monotonic();
    let bytes = before;
    for (let i = 0; i < pipeline; i++) bytes += this.filled(workload.request);
    this.socket?.send(bytes);
  }

  private filled(request: Bytes): Bytes {
    const { run, node } = this;
    const { keyspace } = run.options;
    const tagged = node === undefined || !request.includes(TAG) ? request : request.replaceAll(TAG, () => node.tags[run.process.env.random.below(node.tags.length)] ?? TAG);
    if (keyspace === 0 || !tagged.includes(PLACEHOLDER)) return tagged;
    return tagged.replaceAll(PLACEHOLDER, () => String(this.run.process.env.random.below(keyspace)).padStart(RANDOM_DIGITS, '0'));
  }

  private received(chunk: Bytes): void {
    if (this.isOver) return;
    const { run } = this;
    const { clock } = run.process.env;
    const replies = this.parser.feed(chunk).filter((reply) => reply.type !== 'push');
    if (clock.charge !== undefined) clock.spend(Math.round(ROUND_TRIP_US + REQUEST_US * replies.length + BYTE_US * chunk.length));
    this.latencyUs ??= clock.monotonic() - this.sentUs;
    for (const reply of replies) {
      if (reply.type === 'error') return run.failed(`Error from server${this.node === undefined ? '' : ` ${this.node.host}:${this.node.port}`}: ${reply.text}\n`);
      if (this.preparing > 0) this.preparing--;
      else this.count(reply);
      if (this.isOver) return;
    }
    if (this.pending > 0 || this.preparing > 0) return;
    if (run.options.keepsAlive) return this.send('');
    this.socket?.close();
    this.socket = undefined;
    this.parser = new ReplyParser();
    if (run.issued < run.options.requests) this.connect();
    return undefined;
  }

  private count(_reply: ReceivedReply): void {
    const { run } = this;
    this.pending--;
    if (run.finished >= run.options.requests) return;
    run.finished++;
    const us = this.latencyUs ?? 0;
    run.latencies.add(us);
    run.recent.add(us);
    if (run.finished === run.options.requests) run.over();
  }
}
