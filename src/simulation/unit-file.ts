/*
 * Unit files
 * ----------
 * What systemd reads about a service: sections with `Name=value` lines. Here stands what of it has an effect on a
 * simulated machine; other lines are allowed and do nothing, as systemd itself does with what it does not know.
 */
import type { Bytes } from '../engine/index.ts';

export type RestartPolicy = 'no' | 'always' | 'on-success' | 'on-failure' | 'on-abnormal' | 'on-abort';

export interface UnitFile {
  readonly description: Bytes;
  readonly documentation: readonly Bytes[];
  /** Undefined when the file has none: it cannot be started. */
  readonly execStart: Bytes | undefined;
  readonly execStop: Bytes | undefined;
  readonly type: 'simple' | 'notify' | 'forking' | 'oneshot';
  readonly restart: RestartPolicy;
  readonly restartUs: number;
  readonly startLimitUs: number;
  readonly startLimitBurst: number;
  readonly stopTimeoutUs: number;
  readonly workingDirectory: Bytes;
  readonly environment: readonly (readonly [name: Bytes, value: Bytes])[];
  readonly aliases: readonly Bytes[];
  /** There is an [Install] section: it can be enabled. */
  readonly canBeEnabled: boolean;
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1e6, sec: 1e6, min: 60e6, m: 60e6, h: 3600e6 };

/** `5`, `100ms`, `1min 30s`; undefined when it is no time. */
export function timeSpan(text: Bytes): number | undefined {
  if (text === 'infinity') return Infinity;
  let us = 0;
  const rest = text.replace(/(\d+(?:\.\d+)?)\s*(us|ms|sec|min|s|m|h)?\s*/g, (_, number: string, unit: string | undefined) => {
    us += Number(number) * (UNITS[unit ?? 's'] ?? 1e6);
    return '';
  });
  return text === '' || rest !== '' ? undefined : us;
}

/** Reads a unit file; lines that say nothing of use are passed over. */
export function parseUnitFile(text: Bytes): UnitFile {
  const values = new Map<Bytes, Bytes[]>();
  let section = '';
  for (const raw of text.replaceAll('\\\n', ' ').split('\n')) {
    const line = raw.trim();
    const head = /^\[(\w+)\]$/.exec(line);
    if (head !== null) {
      section = head[1] ?? '';
      values.set(section, []);
    }
    const cut = line.indexOf('=');
    if (head !== null || cut < 1 || line.startsWith('#') || line.startsWith(';')) continue;
    const name = `${section}.${line.slice(0, cut).trim()}`;
    const value = line.slice(cut + 1).trim();
    // An empty value takes back what was said before.
    values.set(name, value === '' ? [] : [...(values.get(name) ?? []), value]);
  }
  const last = (name: Bytes, otherwise: Bytes): Bytes => values.get(name)?.at(-1) ?? otherwise;
  const span = (name: Bytes, otherwiseUs: number): number => timeSpan(last(name, '')) ?? otherwiseUs;
  const restart = last('Service.Restart', 'no');
  const type = last('Service.Type', 'simple');
  return {
    description: last('Unit.Description', ''),
    documentation: values.get('Unit.Documentation') ?? [],
    execStart: values.get('Service.ExecStart')?.at(-1),
    execStop: values.get('Service.ExecStop')?.at(-1),
    type: type === 'notify' || type === 'forking' || type === 'oneshot' ? type : 'simple',
    restart: ['always', 'on-success', 'on-failure', 'on-abnormal', 'on-abort'].includes(restart) ? (restart as RestartPolicy) : 'no',
    restartUs: span('Service.RestartSec', 100_000),
    startLimitUs: span('Unit.StartLimitIntervalSec', span('Unit.StartLimitInterval', 10e6)),
    startLimitBurst: Number(/^\d+$/.exec(last('Unit.StartLimitBurst', '5'))?.[0] ?? 5),
    stopTimeoutUs: span('Service.TimeoutStopSec', 90e6),
    workingDirectory: last('Service.WorkingDirectory', '/'),
    environment: (values.get('Service.Environment') ?? []).flatMap((line) => line.split(' ')).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
    aliases: (values.get('Install.Alias') ?? []).flatMap((line) => line.split(' ')),
    canBeEnabled: values.has('Install'),
  };
}

/** What the package of Redis would install. */
export const redisPackage = (): Readonly<Record<string, Bytes>> => ({
  '/usr/lib/systemd/system/redis-server.service': `[Unit]
Description=Redis, a key-value store in memory
After=network.target
Documentation=man:redis-server

[Service]
Type=notify
ExecStart=/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd
Restart=on-failure
TimeoutStopSec=30

[Install]
WantedBy=multi-user.target
Alias=redis.service
`,
  '/etc/redis/redis.conf': `# The server that "systemctl start redis" starts.
port 6379
protected-mode no
dir /var/lib/redis
`,
});
