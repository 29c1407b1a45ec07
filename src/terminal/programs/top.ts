/*
 * top
 * ---
 * The processes of a host, those that work most first, again and again in virtual time. CPU shares are what each
 * process has used since the picture before, in percent of one core: a server that is busy all the time has 100.
 */
import type { Bytes } from '../../engine/index.ts';
import type { MachineForPrograms, Process, Program, ProcessRow } from '../../simulation/index.ts';
import { calendar, two } from './calendar.ts';
import { sendSignals } from './signals.ts';
import { machineOf, tool, type ToolCall } from './tool.ts';

/** What the system itself takes before any program runs. */
const KERNEL_BYTES = 96 * 1024 ** 2;
const PAGE_CACHE_LEAST = 64 * 1024 ** 2;
const DEFAULT_DELAY_S = 3;
const [ENTER_SCREEN, LEAVE_SCREEN, HOME, CLEAR_LINE, CLEAR_BELOW, REVERSE, PLAIN, BOLD] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l', '\x1b[H', '\x1b[K', '\x1b[J', '\x1b[7m', '\x1b[m', '\x1b[1m'];

type Order = 'cpu' | 'memory' | 'pid' | 'time';
const ORDERS: Readonly<Record<string, Order>> = { P: 'cpu', M: 'memory', N: 'pid', T: 'time' };

export const top: Program = tool({
  name: 'top', summary: 'watch which processes use the CPU and the memory', flags: 'bcSi', valued: 'dnpo',
  manual: `Usage: top [-b] [-d SECONDS] [-n TIMES] [-p PID,...]

Shows the processes of this host, those that work most first, and draws the
picture again every 3 seconds of the simulation's time. %CPU is of one core,
since the picture before; RES is the memory that a process holds.

While it runs:
  q        leave
  P M T N  sort by CPU, memory, time, process id; R turns the order round
  k        send a signal: it asks for the process and the signal
  d or s   another delay
  space    draw now

  -b   plain text without end, for a pipe or a file
  -n   so many pictures, then leave: top -bn1
  -d   seconds from one to the next
  -p   these processes only
  -o   sort by %CPU, %MEM, TIME+ or PID
`,
  run(call) {
    const delayS = Number(call.value('d') ?? DEFAULT_DELAY_S);
    const times = call.value('n');
    const pids = call.value('p')?.split(',').map(Number);
    const order = call.value('o');
    if (!(delayS >= 0)) return wrong(call, `bad delay interval '${call.value('d')}'`);
    if (times !== undefined && !/^[1-9]\d{0,8}$/.test(times)) return wrong(call, `bad iterations argument '${times}'`);
    if (pids?.some((pid) => !Number.isInteger(pid) || pid < 0) === true) return wrong(call, `bad pid '${call.value('p')}'`);
    const sort = order === undefined ? 'cpu' : ({ '%CPU': 'cpu', '%MEM': 'memory', 'TIME+': 'time', PID: 'pid', RES: 'memory' } as const)[order.replace(/^[+-]/, '').toUpperCase()];
    if (sort === undefined) return wrong(call, `unrecognized field name '${order}'`);
    if (!call.has('b') && !call.process.stdout.isTty) return wrong(call, 'failed tty get');
    new (topClass())(call, Math.max(delayS, 0.1), times === undefined ? Infinity : Number(times), pids, sort).begin();
    return undefined;
  },
});

function wrong(call: ToolCall, message: Bytes): void {
  call.fail(message);
  call.end(1);
}

/** A question at the line above the table, and what is typed to it. */
interface Question {
  readonly text: Bytes;
  answer: Bytes;
  readonly done: (answer: Bytes) => void;
}

/** The class of one run, made when it is wanted: it comes after the first prompt. */
function topClass() {
  return class Top {
    private readonly call: ToolCall;
    private readonly process: Process;
    private readonly machine: MachineForPrograms;
    private delayS: number;
    private left: number;
    private readonly pids: readonly number[] | undefined;
    private order: Order;
    private reversed = false;
    private message = '';
    private question: Question | undefined;
    private cancel = (): void => {};
    /** CPU time of each process at the picture before, and when that was. */
    private before = new Map<number, number>();
    private beforeUs = 0;
    /** The shares of the last picture; drawing again because of a key does not begin a new span. */
    private shares = new Map<number, number>();
    /** Share of all cores lately, as the load averages of one, five and fifteen minutes want it. */
    private readonly loads = [0, 0, 0];

    constructor(call: ToolCall, delayS: number, times: number, pids: readonly number[] | undefined, order: Order) {
      this.call = call;
      this.process = call.process;
      this.machine = machineOf(call.process);
      this.delayS = delayS;
      this.left = times;
      this.pids = pids;
      this.order = order;
    }

    private get isBatch(): boolean {
      return this.call.has('b');
    }

    begin(): void {
      const { process } = this;
      if (!this.isBatch) {
        process.tty?.setMode('raw');
        process.tty?.onResize(() => this.draw());
        process.stdin.onData((keys) => [...keys].forEach((key) => this.key(key)));
        process.stdin.onEnd(() => this.leave());
        process.stdout.write(ENTER_SCREEN);
      }
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.onSignal(signal, () => this.leave());
      this.next();
    }

    private leave(): void {
      this.cancel();
      if (!this.isBatch) this.call.out(LEAVE_SCREEN);
      this.call.end(0);
    }

    private next(): void {
      this.measure();
      this.draw();
      this.left--;
      if (this.left <= 0) {
        this.leave();
        return;
      }
      this.cancel = this.process.env.clock.after(Math.round(this.delayS * 1e6), 'top draws', () => this.next());
    }

    /** What each process has used since the last time; the first time since it was started. */
    private measure(): void {
      const nowUs = this.process.env.clock.monotonic();
      const rows = this.process.host.processes();
      this.shares = new Map(rows.map(({ pid, cpuUs, startedAtUs }) => {
        const known = this.before.get(pid);
        const spanUs = nowUs - (known === undefined ? startedAtUs : this.beforeUs);
        return [pid, spanUs <= 0 ? 0 : Math.min(100, (100 * (cpuUs - (known ?? 0))) / spanUs)] as const;
      }));
      const sum = [...this.shares.values()].reduce((total, share) => total + share, 0) / 100;
      const spanS = this.beforeUs === 0 ? 3600 : (nowUs - this.beforeUs) / 1e6;
      for (const [at, minutes] of [1, 5, 15].entries()) {
        // A moving average by halves, which needs no exponential: after one such time half of the old is left.
        const weight = Math.min(1, spanS / (minutes * 60));
        this.loads[at] = (this.loads[at] ?? 0) * (1 - weight) + sum * weight;
      }
      this.before = new Map(rows.map(({ pid, cpuUs }) => [pid, cpuUs]));
      this.beforeUs = nowUs;
    }

    private sorted(): ProcessRow[] {
      const rows = this.process.host.processes().filter(({ pid }) => this.pids === undefined || this.pids.includes(pid));
      const value = (row: ProcessRow): number => (this.order === 'cpu' ? (this.shares.get(row.pid) ?? 0) : this.order === 'memory' ? this.machine.residentBytes(row.pid) : this.order === 'time' ? row.cpuUs : row.pid);
      rows.sort((a, b) => value(b) - value(a) || a.pid - b.pid);
      return this.reversed ? rows.reverse() : rows;
    }

    private draw(): void {
      const { columns, rows: height } = this.isBatch || this.process.tty === undefined ? { columns: 512, rows: Infinity } : this.process.tty.size();
      const rows = this.sorted();
      const head = this.head(rows);
      const title = '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND';
      if (this.isBatch) {
        this.call.out(`${[...head, '', title, ...rows.map((row) => this.line(row))].join('\n')}\n${this.left > 1 ? '\n' : ''}`);
        return;
      }
      const asked = this.question === undefined ? this.message : `${BOLD}${this.question.text}${PLAIN} ${this.question.answer}`;
      const shown = rows.slice(0, Math.max(0, height - head.length - 2)).map((row) => {
        const line = this.line(row).slice(0, columns);
        return row.busy ? `${BOLD}${line}${PLAIN}` : line;
      });
      const lines = [...head.map((line) => line.slice(0, columns)), asked, `${REVERSE}${title.padEnd(columns).slice(0, columns)}${PLAIN}`, ...shown];
      this.call.out(HOME + lines.map((line) => `${line}${CLEAR_LINE}`).join('\n') + CLEAR_BELOW);
    }

    private head(rows: readonly ProcessRow[]): Bytes[] {
      const { machine, process } = this;
      const at = calendar(process.env.clock.now());
      const minutes = Math.floor(process.env.clock.monotonic() / 60e6);
      const up = minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${String(Math.floor(minutes / 60)).padStart(2)}:${two(minutes % 60)}` : `${Math.floor(minutes / 1440)} day${minutes >= 2880 ? 's' : ''}, ${String(Math.floor(minutes / 60) % 24).padStart(2)}:${two(minutes % 60)}`;
      const sum = [...this.shares.values()].reduce((total, share) => total + share, 0);
      const used = Math.min(100, sum / machine.cpus);
      const stopped = rows.filter(({ state }) => state === 'stopped').length;
      const running = rows.filter(({ busy, pid }) => busy || pid === process.pid).length;
      const taken = process.host.processes().reduce((total, { pid }) => total + machine.residentBytes(pid), KERNEL_BYTES);
      const cache = Math.max(0, Math.min(machine.memoryBytes - taken, PAGE_CACHE_LEAST));
      const mib = (bytes: number): Bytes => (bytes / 1024 ** 2).toFixed(1).padStart(8);
      const free = Math.max(0, machine.memoryBytes - taken - cache);
      return [
        `top - ${two(at.hour)}:${two(at.minute)}:${two(at.second)} up ${up},  1 user,  load average: ${this.loads.map((load) => load.toFixed(2)).join(', ')}`,
        `Tasks: ${String(rows.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(rows.length - running - stopped).padStart(3)} sleeping, ${String(stopped).padStart(3)} stopped,   0 zombie`,
        `%Cpu(s): ${used.toFixed(1).padStart(4)} us,  0.0 sy,  0.0 ni, ${(100 - used).toFixed(1).padStart(4)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`,
        `MiB Mem : ${mib(machine.memoryBytes)} total, ${mib(free)} free, ${mib(taken)} used, ${mib(cache)} buff/cache`,
        `MiB Swap: ${mib(0)} total, ${mib(0)} free, ${mib(0)} used. ${mib(machine.memoryBytes - taken)} avail Mem`,
      ];
    }

    private line(row: ProcessRow): Bytes {
      const { machine } = this;
      const resident = Math.ceil(machine.residentBytes(row.pid) / 1024);
      const shared = Math.min(resident, 3100);
      const hundredths = Math.floor(row.cpuUs / 10_000);
      const time = `${Math.floor(hundredths / 6000)}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
      const state = row.state === 'stopped' ? 'T' : row.busy || row.pid === this.process.pid ? 'R' : 'S';
      const name = this.call.has('c') ? row.argv.join(' ') : (row.argv[0] ?? '').slice((row.argv[0] ?? '').lastIndexOf('/') + 1);
      return `${String(row.pid).padStart(7)} ${'learner'.padEnd(9)} 20   0 ${kib(resident + 58_000)} ${kib(resident).slice(1)} ${kib(shared).slice(1)} ${state} ${(this.shares.get(row.pid) ?? 0).toFixed(1).padStart(5)} ${((100 * resident * 1024) / machine.memoryBytes).toFixed(1).padStart(5)} ${time.padStart(9)} ${name}`;
    }

    // --- keys ---------------------------------------------------------------------------------------

    private ask(text: Bytes, done: (answer: Bytes) => void): void {
      this.question = { text, answer: '', done };
      this.draw();
    }

    private key(key: Bytes): void {
      const { question } = this;
      if (question !== undefined) {
        if (key === '\r' || key === '\n') {
          this.question = undefined;
          question.done(question.answer);
        } else if (key === '\x1b') this.question = undefined;
        else if (key === '\x7f' || key === '\b') question.answer = question.answer.slice(0, -1);
        else if (key >= ' ') question.answer += key;
        this.draw();
        return;
      }
      this.message = '';
      const order = ORDERS[key];
      if (order !== undefined) this.order = order;
      else if (key === 'R') this.reversed = !this.reversed;
      else if (key === 'q' || key === '\x04') {
        this.leave();
        return;
      } else if (key === ' ' || key === '\r') {
        this.cancel();
        this.next();
        return;
      } else if (key === 'd' || key === 's') {
        this.ask(`Change delay from ${this.delayS.toFixed(1)} to`, (answer) => {
          if (!/^\d+(\.\d+)?$/.test(answer)) {
            if (answer !== '') this.message = ` Unacceptable floating point`;
            return;
          }
          this.delayS = Math.max(0.1, Number(answer));
          this.cancel();
          this.next();
        });
        return;
      } else if (key === 'k') {
        const first = this.sorted()[0]?.pid ?? 0;
        this.ask(`PID to signal/kill [default pid = ${first}]`, (pid) => {
          const wanted = pid === '' ? String(first) : pid;
          this.ask(`Send pid ${wanted} signal [15/sigterm]`, (signal) => {
            let problem = '';
            const stderr = { isTty: false, write: (text: Bytes) => void (problem += text), close: () => {} };
            if (sendSignals(['kill', `-${signal === '' ? 'TERM' : signal}`, wanted], this.process.host, { stdout: stderr, stderr }, 'kill') !== 0) this.message = ` ${problem.trim()}`;
          });
        });
        return;
      } else if (key === 'h' || key === '?') this.message = ' q leaves; P M T N sort, R turns round, k kills, d sets the delay: "man top"';
      else if (key > ' ') this.message = ` Unknown command - try 'h' for help`;
      this.draw();
    }
  };
}

/** Kibibytes in seven places. */
function kib(value: number): Bytes {
  if (value < 10_000_000) return String(value).padStart(7);
  return `${(value / 1024 ** 2).toFixed(1)}g`.padStart(7);
}
