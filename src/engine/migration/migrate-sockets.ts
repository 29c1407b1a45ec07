/*
 * Connections to servers that keys move to
 * ----------------------------------------
 * MIGRATE talks to its target over a connection that is kept for the next call: up to 64, each until nobody
 * has used it for ten seconds. One exchange is all that is done here: a request goes out, as many lines come
 * back as were asked for.
 *
 * Nobody listens to a connection between two exchanges. That its peer has closed it shows when it is used again,
 * so the first failure of an exchange is not believed: it is tried once more on a fresh connection, unless the
 * target may have done a part of it, or was silent for too long.
 */
import type { Bytes } from '../bytes.ts';
import type { Env, Socket } from '../env.ts';

const MOST_CACHED = 64;
const KEPT_SECONDS = 10;
/** A longer line is not waited for. */
const LONGEST_LINE = 1023;

/** How an exchange ended; `lines` is what came until then. */
export interface Exchanged {
  readonly lines: readonly Bytes[];
  readonly outcome: 'complete' | 'no connection' | 'not written' | 'not read';
}

/** What is said to the target. */
export interface Exchange {
  readonly address: Bytes;
  /** Longest time to connect, and again for each line. */
  readonly timeoutMs: number;
  /** Made anew for a second try; `db` is the database that this connection was left in. */
  request(db: Bytes | undefined): Request;
  /** May be called at once: a kept connection can have its lines already. */
  done(exchanged: Exchanged): void;
}

export interface Request {
  readonly bytes: Bytes;
  readonly lineCount: number;
  /** So many of the lines only answer how the request begins: without a further one the target has done nothing. */
  readonly introductions: number;
}

interface Connection {
  readonly address: Bytes;
  socket: Socket | undefined;
  input: Bytes;
  /** Why it is of no use any more. */
  closed: Bytes | undefined;
  /** Database that it was left in, as it was asked for; undefined when it must be chosen. */
  db: Bytes | undefined;
  lastUseSeconds: number;
  /** Something has come, or the connection has opened or closed. */
  changed(): void;
}

export class MigrateSockets {
  private readonly cached = new Map<Bytes, Connection>();
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  get size(): number {
    return this.cached.size;
  }

  /** Notes in which database the connection was left: no SELECT is needed for the next key that goes there. */
  leftIn(address: Bytes, db: Bytes | undefined): void {
    const connection = this.cached.get(address);
    if (connection !== undefined) connection.db = db;
  }

  /** Asked every second. */
  closeIdle(): void {
    for (const [address, { lastUseSeconds }] of [...this.cached]) if (this.seconds() - lastUseSeconds > KEPT_SECONDS) this.drop(address);
  }

  exchange(exchange: Exchange): void {
    this.attempt(exchange, true);
  }

  private attempt(exchange: Exchange, mayRetry: boolean): void {
    const failed = (outcome: 'not written' | 'not read', lines: readonly Bytes[], isCertain: boolean): void => {
      this.drop(exchange.address);
      if (mayRetry && !isCertain) this.attempt(exchange, false);
      else exchange.done({ outcome, lines });
    };
    this.connect(exchange, (connection) => {
      if (connection.closed === 'unknown host') {
        this.drop(exchange.address);
        exchange.done({ outcome: 'no connection', lines: [] });
      } else if (connection.socket === undefined) {
        failed('not written', [], false);
      } else {
        const { bytes, lineCount, introductions } = exchange.request(connection.db);
        connection.socket.send(bytes);
        this.readLines(connection, exchange.timeoutMs, lineCount, (lines, timedOut) => {
          if (lines.length === lineCount) exchange.done({ outcome: 'complete', lines });
          else failed('not read', lines, timedOut || lines.length > introductions);
        });
      }
    });
  }

  /** The cached connection, or a new one once it stands or has failed. */
  private connect({ address, timeoutMs, done }: Exchange, ready: (connection: Connection) => void): void {
    const cached = this.cached.get(address);
    if (cached !== undefined) {
      cached.lastUseSeconds = this.seconds();
      ready(cached);
      return;
    }
    if (this.cached.size >= MOST_CACHED) {
      const addresses = [...this.cached.keys()];
      this.drop(addresses[this.env.random.below(addresses.length)] as Bytes);
    }
    const connection: Connection = { address, socket: undefined, input: '', closed: undefined, db: undefined, lastUseSeconds: this.seconds(), changed: () => {} };
    this.cached.set(address, connection);
    const cancel = this.env.clock.after(timeoutMs * 1000, 'MIGRATE connects', () => {
      connection.changed = () => {};
      this.drop(address);
      done({ outcome: 'no connection', lines: [] });
    });
    connection.changed = () => {
      cancel();
      ready(connection);
    };
    this.env.network.connect(address, {
      open(socket) {
        connection.socket = socket;
        if (connection.closed !== undefined) socket.close();
        else connection.changed();
      },
      data(chunk) {
        connection.input += chunk;
        connection.changed();
      },
      closed(reason) {
        connection.closed ??= reason;
        connection.changed();
      },
    });
  }

  /** Hands over so many lines, or those that came before the connection ended or the next one was late. */
  private readLines(connection: Connection, timeoutMs: number, count: number, done: (lines: readonly Bytes[], timedOut: boolean) => void): void {
    const lines: Bytes[] = [];
    let cancel = (): void => {};
    const over = (timedOut: boolean): void => {
      cancel();
      connection.changed = () => {};
      done(lines, timedOut);
    };
    const read = (): void => {
      const before = lines.length;
      while (lines.length < count) {
        const end = connection.input.indexOf('\n');
        if (end < 0 && connection.input.length < LONGEST_LINE) break;
        const length = end < 0 || end > LONGEST_LINE ? LONGEST_LINE : end;
        lines.push(connection.input.slice(0, length).replace(/\r$/, ''));
        connection.input = connection.input.slice(length === end ? end + 1 : length);
      }
      if (lines.length === count || connection.closed !== undefined) over(false);
      else if (lines.length > before) wait();
    };
    const wait = (): void => {
      cancel();
      cancel = this.env.clock.after(timeoutMs * 1000, 'MIGRATE waits for its target', () => over(true));
    };
    connection.changed = read;
    wait();
    read();
  }

  private drop(address: Bytes): void {
    const connection = this.cached.get(address);
    if (connection === undefined) return;
    this.cached.delete(address);
    connection.changed = () => {};
    if (connection.closed === undefined) connection.socket?.close();
    connection.closed ??= 'dropped';
  }

  private seconds(): number {
    return Math.floor(this.env.clock.now() / 1e6);
  }
}
