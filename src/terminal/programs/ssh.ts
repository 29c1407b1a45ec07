/*
 * ssh and sshd
 * ------------
 * A shell, or one command, on another machine of the simulation. The bytes go over the simulated network like any
 * others: a cut link lets the session hang, a filter refuses it, a power loss leaves it standing at one end.
 *
 * What goes over the wire is plain: first a line from either side, as in the real protocol, then frames of a
 * letter, four bytes of length and that many bytes. There is no encryption and no key, because every machine here
 * belongs to the learner; the addresses, ports and messages are those of OpenSSH.
 *
 *     client   o how it opens: pty or none, columns, rows, command   i input   e end of input   w columns, rows
 *     server   d output   r errors   p the prompt that stands in front   x exit code
 *
 * sshd is started by its machine when somebody first asks for port 22 (Host.awake).
 */
import type { Bytes, Socket } from '../../engine/index.ts';
import type { Process, Program } from '../../simulation/index.ts';
import { machineOf, tool, type ToolCall } from './tool.ts';

const PORT = 22;
const HELLO = 'SSH-2.0-Keyspace\r\n';
const FAILED = 255;
const NO_PROMPT = '\0';

const frame = (letter: Bytes, content: Bytes): Bytes => letter + [24, 16, 8, 0].map((shift) => String.fromCharCode((content.length >>> shift) & 255)).join('') + content;

/** Takes chunks and gives whole frames, after the line of the other side. */
/** The class of what takes frames apart, made when it is wanted: it comes after the first prompt. */
function framesClass() {
  return class Frames {
    private rest = '';
    private greeted = false;
    private readonly take: (letter: Bytes, content: Bytes) => void;
    private readonly strange: () => void;

    constructor(take: (letter: Bytes, content: Bytes) => void, strange: () => void) {
      this.take = take;
      this.strange = strange;
    }

    feed(chunk: Bytes): void {
      this.rest += chunk;
      if (!this.greeted) {
        const end = this.rest.indexOf('\n');
        if (end === -1 && this.rest.length < 256) return;
        if (!this.rest.startsWith('SSH-2.0-')) {
          this.strange();
          return;
        }
        this.greeted = true;
        this.rest = this.rest.slice(end + 1);
      }
      while (this.rest.length >= 5) {
        const length = [1, 2, 3, 4].reduce((sum, place) => sum * 256 + this.rest.charCodeAt(place), 0);
        if (this.rest.length < 5 + length) return;
        const letter = this.rest.charAt(0);
        const content = this.rest.slice(5, 5 + length);
        this.rest = this.rest.slice(5 + length);
        this.take(letter, content);
      }
    }
  };
}

// --- the client ---------------------------------------------------------------------------------------

const USAGE = `usage: ssh [-nqTtv] [-l login_name] [-o option] [-p port]
           destination [command [argument ...]]
`;
const OPTIONS: Readonly<Record<string, readonly [low: number, high: number]>> = { connecttimeout: [1, 86_400], connectionattempts: [1, 100], serveraliveinterval: [0, 86_400], serveralivecountmax: [1, 100] };
/** Options of the real program that change nothing here. */
const IGNORED: ReadonlySet<string> = new Set(['stricthostkeychecking', 'userknownhostsfile', 'batchmode', 'loglevel', 'passwordauthentication', 'identityfile', 'user', 'port', 'compression', 'tcpkeepalive', 'globalknownhostsfile']);

interface Wish {
  readonly host: Bytes;
  readonly port: number;
  readonly command: Bytes;
  readonly pty: 'yes' | 'no' | 'unless there is a command';
  readonly noInput: boolean;
  readonly quiet: boolean;
  readonly settings: ReadonlyMap<string, number>;
}

export const ssh: Program = tool({
  name: 'ssh', summary: 'work on another host', takesAnything: true,
  manual: `Usage: ssh [user@]HOST [command]

Opens a shell on another host of the data centre, or carries out one command
there and gives its exit code. Every host lets every other in.

  ssh r1                     a shell on r1; exit comes back
  ssh r1 redis-cli info      one command; what it prints can be piped
  ssh -t r1 top              with a terminal for the command
  ~.                         at the start of a line: ends the session here,
                             when the other side does not answer any more

  -p N    another port than 22
  -l, user@   who one is there: the same on every host
  -n      nothing to read for the command; -q: fewer messages
  -t, -T  with a terminal, without one
  -o ConnectTimeout=5          give up after so many seconds
  -o ServerAliveInterval=5     ask whether the other side is there, and end
  -o ServerAliveCountMax=3     when it has not answered so often

The exit code is that of the command, 255 when there was no connection.
`,
  completions: (argv, host) => (argv.slice(1).every((word) => word.startsWith('-')) ? (host.machine?.neighbours ?? []).map(({ name }) => name) : []),
  run(call) {
    const wish = read(call);
    if (wish !== undefined) new (clientClass())(call.process, wish).connect();
  },
});

/** Reads the command line; undefined when it was wrong and the program has ended. */
function read(call: ToolCall): Wish | undefined {
  const words = [...call.operands];
  const settings = new Map<string, number>();
  let port = PORT;
  let pty: Wish['pty'] = 'unless there is a command';
  let noInput = false;
  let quiet = false;
  const refuse = (message: Bytes): undefined => {
    call.process.stderr.write(message);
    call.end(FAILED);
    return undefined;
  };
  for (let word = words[0]; word !== undefined && word.startsWith('-') && word !== '-'; word = words[0]) {
    words.shift();
    if (word === '--') break;
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if ('plo'.includes(letter)) {
        const value = at + 1 < word.length ? word.slice(at + 1) : words.shift();
        if (value === undefined) return refuse(`option requires an argument -- ${letter}\n${USAGE}`);
        if (letter === 'p') {
          port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
          if (port < 1 || port > 65535) return refuse(`Bad port '${value}'\n`);
        } else if (letter === 'o') {
          const [name = '', text = ''] = value.split(/\s*[= ]\s*/);
          const bounds = OPTIONS[name.toLowerCase()];
          if (bounds === undefined && !IGNORED.has(name.toLowerCase())) return refuse(`command-line: line 0: Bad configuration option: ${name.toLowerCase()}\ncommand-line: terminating, 1 bad configuration options\n`);
          if (bounds !== undefined) {
            const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
            if (number < bounds[0] || number > bounds[1]) return refuse(`command-line line 0: invalid ${name.toLowerCase().endsWith('count') ? 'integer' : 'time'} value.\n`);
            settings.set(name.toLowerCase(), number);
          }
        }
        break;
      }
      if (letter === 't') pty = 'yes';
      else if (letter === 'T') pty = 'no';
      else if (letter === 'n') noInput = true;
      else if (letter === 'q') quiet = true;
      else if (!'v46AaCkXxYy'.includes(letter)) return refuse(`unknown option -- ${letter}\n${USAGE}`);
    }
  }
  const destination = words.shift();
  if (destination === undefined) return refuse(USAGE);
  return { host: destination.slice(destination.lastIndexOf('@') + 1), port, command: words.join(' '), pty, noInput, quiet, settings };
}

/** The class of the client, made when it is wanted: it comes after the first prompt. */
function clientClass() {
  return class Client {
    private readonly process: Process;
    private readonly wish: Wish;
    private socket: Socket | undefined;
    private code: number | undefined;
    private isOver = false;
    /** Place in the sequence Enter, ~, . that ends a session from this side. */
    private escape: 'line start' | 'tilde' | 'no' = 'line start';
    private unanswered = 0;
    private readonly withPty: boolean;

    constructor(process: Process, wish: Wish) {
      this.process = process;
      this.wish = wish;
      this.withPty = wish.pty === 'yes' || (wish.pty !== 'no' && wish.command === '');
    }

    private say(line: Bytes): void {
      if (!this.wish.quiet) this.process.stderr.write(`${line}\n`);
    }

    private end(code: number): void {
      if (this.isOver) return;
      this.isOver = true;
      this.process.exit(code);
    }

    connect(): void {
      const { process, wish } = this;
      const { clock, network } = process.env;
      const frames = new (framesClass())((letter, content) => this.take(letter, content), () => {
        this.say(`kex_exchange_identification: banner line contains invalid characters\nbanner exchange: Connection to ${wish.host} port ${wish.port}: invalid format`);
        this.end(FAILED);
      });
      const limitS = wish.settings.get('connecttimeout');
      const cancel = limitS === undefined ? () => {} : clock.after(limitS * 1e6, 'ssh gives up', () => {
        this.say(`ssh: connect to host ${wish.host} port ${wish.port}: Connection timed out`);
        this.end(FAILED);
      });
      network.connect(`${wish.host}:${wish.port}`, {
        open: (socket) => {
          cancel();
          this.socket = socket;
          this.opened(socket);
        },
        data: (chunk) => {
          this.unanswered = 0;
          frames.feed(chunk);
        },
        closed: (reason) => {
          cancel();
          this.closed(reason);
        },
      });
    }

    private opened(socket: Socket): void {
      const { process, wish, withPty } = this;
      const { tty } = process;
      const isTerminal = process.stdin.isTty && tty !== undefined;
      if (withPty && wish.pty !== 'yes' && !isTerminal) this.say('Pseudo-terminal will not be allocated because stdin is not a terminal.');
      const pty = withPty && (isTerminal || wish.pty === 'yes');
      const { columns, rows } = tty?.size() ?? { columns: 80, rows: 24 };
      socket.send(HELLO);
      socket.send(frame('o', [pty ? 'pty' : 'none', String(columns), String(rows), wish.command].join('\n')));
      if (wish.noInput) socket.send(frame('e', ''));
      else {
        if (pty && isTerminal) tty.setMode('raw', false);
        process.stdin.onData((bytes) => (pty && isTerminal ? this.typed(bytes) : socket.send(frame('i', bytes))));
        process.stdin.onEnd(() => socket.send(frame('e', '')));
        if (pty && isTerminal) tty.onResize((size) => socket.send(frame('w', `${size.columns}\n${size.rows}`)));
      }
      process.onSignal('SIGHUP', () => this.leave());
      this.watch();
    }

    /** Asks again and again whether the other side is there. */
    private watch(): void {
      const everyS = this.wish.settings.get('serveraliveinterval') ?? 0;
      if (everyS === 0) return;
      this.process.env.clock.after(everyS * 1e6, 'ssh asks whether the server is there', () => {
        if (this.unanswered >= (this.wish.settings.get('serveralivecountmax') ?? 3)) {
          this.say(`Timeout, server ${this.wish.host} not responding.`);
          this.end(FAILED);
          return;
        }
        this.unanswered++;
        this.socket?.send(frame('k', ''));
        this.watch();
      });
    }

    /** Keys go to the other side, but for the sequence that ends the session. */
    private typed(bytes: Bytes): void {
      let out = '';
      for (const key of bytes) {
        if (this.escape === 'tilde' && key === '.') {
          this.leave();
          return;
        }
        if (this.escape === 'line start' && key === '~') {
          this.escape = 'tilde';
          continue;
        }
        if (this.escape === 'tilde' && key !== '~') out += '~';
        this.escape = key === '\r' || key === '\n' ? 'line start' : 'no';
        out += key;
      }
      if (out !== '') this.socket?.send(frame('i', out));
    }

    private leave(): void {
      this.socket?.close();
      this.process.stderr.write('\n');
      this.say(`Connection to ${this.wish.host} closed.`);
      this.end(FAILED);
    }

    private take(letter: Bytes, content: Bytes): void {
      if (this.isOver) return;
      switch (letter) {
        case 'd': this.process.stdout.write(content); return;
        case 'r': this.process.stderr.write(content); return;
        case 'p': this.process.tty?.prompting(content === NO_PROMPT ? undefined : content); return;
        case 'x':
          this.code = Number(content);
          this.socket?.close();
          if (this.withPty) this.say(`Connection to ${this.wish.host} closed.`);
          this.end(this.code);
          return;
        default:
      }
    }

    private closed(reason: string): void {
      if (this.isOver) return;
      const { host, port } = this.wish;
      if (this.socket === undefined) {
        this.process.stderr.write(reason === 'unknown host' ? `ssh: Could not resolve hostname ${host}: Name or service not known\n` : `ssh: connect to host ${host} port ${port}: Connection ${reason === 'refused' ? 'refused' : reason === 'reset' ? 'reset by peer' : 'timed out'}\n`);
      } else if (reason === 'closed') {
        this.say(`Connection to ${host} closed by remote host.`);
        if (this.withPty) this.say(`Connection to ${host} closed.`);
      } else if (reason === 'reset') {
        this.say(`Read from remote host ${host}: Connection reset by peer`);
        if (this.withPty) this.say(`Connection to ${host} closed.`);
        this.say('client_loop: send disconnect: Connection reset');
      } else this.say('client_loop: send disconnect: Broken pipe');
      this.end(FAILED);
    }
  };
}

// --- the server ---------------------------------------------------------------------------------------

export const sshd: Program = {
  name: 'sshd',
  summary: 'let other hosts in by ssh',
  manual: `Usage: sshd

Answers at port 22 and opens shells for those who come by ssh. A host starts
it by itself when somebody first asks for that port, so there is no need to.
`,
  run(process) {
    if (process.argv[1] === '--help') {
      process.stdout.write(sshd.manual ?? '');
      process.exit(0);
      return;
    }
    const took = process.listen(PORT, (socket) => new (guestClass())(process, socket).events());
    if (took) return;
    process.stderr.write(`sshd: Bind to port ${PORT} on 0.0.0.0 failed: Address already in use.\n`);
    process.exit(FAILED);
  },
};

/** What was opened for somebody: a session on a terminal, or one command on pipes. */
interface Opened {
  input(bytes: Bytes): void;
  inputEnds(): void;
  resize(columns: number, rows: number): void;
  hangUp(): void;
}

/** The class of one who has come, made when it is wanted: it comes after the first prompt. */
function guestClass() {
  return class Guest {
    private readonly process: Process;
    private readonly socket: Socket;
    private opened: Opened | undefined;

    constructor(process: Process, socket: Socket) {
      this.process = process;
      this.socket = socket;
      socket.send(HELLO);
    }

    events(): { data(chunk: Bytes): void; closed(): void } {
      const frames = new (framesClass())((letter, content) => this.take(letter, content), () => {
        this.socket.send('Invalid SSH identification string.\r\n');
        this.socket.close();
      });
      return { data: (chunk) => frames.feed(chunk), closed: () => this.opened?.hangUp() };
    }

    private take(letter: Bytes, content: Bytes): void {
      const [columns = '80', rows = '24'] = content.split('\n');
      if (letter === 'o' && this.opened === undefined) this.open(content);
      else if (letter === 'i') this.opened?.input(content);
      else if (letter === 'e') this.opened?.inputEnds();
      else if (letter === 'w') this.opened?.resize(Number(columns), Number(rows));
      else if (letter === 'k') this.socket.send(frame('k', ''));
    }

    private open(content: Bytes): void {
      const [kind = '', columns = '80', rows = '24', ...rest] = content.split('\n');
      const command = rest.join('\n');
      this.opened = kind === 'pty' ? this.onTerminal(command, Number(columns), Number(rows)) : this.onPipes(command);
    }

    private ended(code: number): void {
      this.socket.send(frame('x', String(code)));
      this.opened = undefined;
    }

    private onTerminal(command: Bytes, columns: number, rows: number): Opened | undefined {
      const session = machineOf(this.process).openSession({
        argv: command === '' ? ['sh'] : ['sh', '-c', command], columns, rows,
        output: (bytes) => this.socket.send(frame('d', bytes)),
        prompting: (prompt) => this.socket.send(frame('p', prompt ?? NO_PROMPT)),
        ended: (code) => this.ended(code),
      });
      return session && { input: (bytes) => session.type(bytes), inputEnds: () => session.type('\x04'), resize: (...size) => session.resize(...size), hangUp: () => session.close() };
    }

    private onPipes(command: Bytes): Opened | undefined {
      const { process } = this;
      const [toChild, fromChild, errors] = [process.pipe(), process.pipe(), process.pipe()];
      // The client hears how it ended once all that was printed is on its way.
      let open = 2;
      let code: number | undefined;
      const finished = (): void => {
        if (open === 0 && code !== undefined) this.ended(code);
      };
      const relay = (input: typeof toChild.input, letter: Bytes): void => {
        input.onData((bytes) => this.socket.send(frame(letter, bytes)));
        input.onEnd(() => {
          open--;
          finished();
        });
      };
      const child = process.spawn({
        argv: command === '' ? ['sh'] : ['sh', '-c', command], stdin: toChild.input, stdout: fromChild.output, stderr: errors.output, workingDirectory: process.environment.get('HOME') ?? '/',
        exited: (ended, signal) => {
          code = signal === undefined ? ended : FAILED;
          finished();
        },
      });
      if (child === undefined) return undefined;
      relay(fromChild.input, 'd');
      relay(errors.input, 'r');
      fromChild.output.close();
      errors.output.close();
      return { input: (bytes) => toChild.output.write(bytes), inputEnds: () => toChild.output.close(), resize: () => {}, hangUp: () => child.signal('SIGHUP') };
    }
  };
}

export const remotePrograms: readonly Program[] = [ssh, sshd];
