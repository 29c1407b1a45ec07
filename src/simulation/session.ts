/*
 * A session on a terminal of a machine
 * ------------------------------------
 * Its first program, the leader (a shell unless told), and whatever that starts in front of the same screen. A
 * person sits behind it, or a program that holds the other end: sshd.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import type { Host } from './host.ts';
import { HOME } from './scenario.ts';
import { TerminalDevice, type TerminalEvents } from './terminal-device.ts';

export interface SessionSpec extends TerminalEvents {
  readonly id: string;
  readonly columns: number;
  readonly rows: number;
  readonly argv?: readonly Bytes[];
  /** The leader has ended. */
  closed(code: number): void;
}

const SHELL = 'sh';

export class TerminalSession {
  readonly device: TerminalDevice;
  isOpen = true;
  private readonly host: Host;
  private readonly id: string;

  /** Undefined when there is no such program. */
  static open(host: Host, spec: SessionSpec): TerminalSession | undefined {
    const session = new TerminalSession(host, spec);
    return session.begin(spec) ? session : undefined;
  }

  private constructor(host: Host, spec: SessionSpec) {
    this.host = host;
    this.id = spec.id;
    this.device = new TerminalDevice(spec.id, spec, spec, (...event) => this.schedule(...event));
  }

  private schedule(kind: string, what: string, fn: () => void, at: Micros = this.host.scheduler.now): void {
    this.host.scheduler.schedule(at, this.host.name, kind, what, fn);
  }

  private begin(spec: SessionSpec): boolean {
    const { device, host } = this;
    const leader = host.start({
      argv: spec.argv ?? [SHELL],
      environment: new Map([...host.environment, ['TERM', 'xterm-256color']]),
      workingDirectory: HOME,
      stdin: device, stdout: device, stderr: device,
      device,
      parent: undefined,
      exited: (code) => {
        if (!this.isOpen) return;
        this.isOpen = false;
        // The kernel hangs up on what still stands in front when the session's leader is gone.
        for (const process of host.sessionOf(device)) if (device.holds(process)) process.raise('SIGHUP');
        device.close();
        spec.closed(code);
      },
      stopped: undefined,
    });
    if (leader === undefined) return false;
    device.lead(leader);
    leader.begin();
    return true;
  }

  resize(columns: number, rows: number): void {
    this.schedule('resize', `${this.id}: ${columns}×${rows}`, () => this.device.resize(columns, rows));
  }

  /** SIGHUP to every process of the session. */
  hangUp(): void {
    if (!this.isOpen) return;
    this.schedule('hangup', `${this.id} hangs up`, () => {
      for (const process of this.host.sessionOf(this.device)) {
        process.raise('SIGHUP');
        if (process.stopped) process.raise('SIGCONT');
      }
    });
  }
}
