/*
 * Lines of the server's log: `17147:M 23 Nov 2026 12:49:48.418 * Server initialized`
 * ---------------------------------------------------------------------------------
 * pid and role (M primary, S replica, C a process that is no server yet, X a Sentinel), the time, a mark for the
 * level, the text. Times are UTC: the engine knows no other zone.
 */
import type { Bytes } from './bytes.ts';
import type { Config } from './config/config.ts';
import type { Env } from './env.ts';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

const MARKS: Readonly<Record<LogLevel, Bytes>> = { debug: '.', verbose: '-', notice: '*', warning: '#' };
const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Whether a line of `level` is written under the loglevel directive's value (`nothing` writes none). */
export function isLogged(level: LogLevel, configured: Bytes): boolean {
  return configured !== 'nothing' && LEVELS.indexOf(level) >= LEVELS.indexOf(configured as LogLevel);
}

/** Day, month, year, … of a moment, in UTC. From the days since 1970 by the Gregorian rule of 400 years. */
export function utcParts(us: number): { day: number; month: number; year: number; hour: number; minute: number; second: number; ms: number } {
  const ms = Math.floor(us / 1000);
  const days = Math.floor(ms / 86400000);
  const rest = ms - days * 86400000;
  // Years are counted from March, so that the leap day is the last of its year.
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 2 : monthFromMarch - 10;
  return {
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    month,
    year: yearOfEra + era * 400 + (month < 2 ? 1 : 0),
    hour: Math.floor(rest / 3600000),
    minute: Math.floor(rest / 60000) % 60,
    second: Math.floor(rest / 1000) % 60,
    ms: rest % 1000,
  };
}

/** A longer text is cut, in bytes (LOG_MAX_LEN without its zero byte). */
const LONGEST_TEXT = 1023;

export function logLine(pid: number, role: 'M' | 'S' | 'C' | 'X', level: LogLevel, us: number, text: Bytes): Bytes {
  const t = utcParts(us);
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${two(t.day)} ${MONTHS[t.month]} ${t.year} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}.${String(t.ms).padStart(3, '0')}`;
  return `${pid}:${role} ${time} ${MARKS[level]} ${text.slice(0, LONGEST_TEXT)}\n`;
}

/** Writes log text where the configuration says: the file, or standard output. */
export function writeLog(env: Env, logfile: Bytes, text: Bytes): void {
  if (logfile === '') env.stdout(text);
  else env.disk.append(logfile, text);
}

/** What a signal's handler writes has a form of its own: it may interrupt anything. */
export function writeFromHandler(env: Env, config: Config, text: Bytes): void {
  if (!isLogged('warning', config.text('loglevel'))) return;
  writeLog(env, config.text('logfile'), `${env.surroundings.pid}:signal-handler (${Math.floor(env.clock.now() / 1e6)}) ${text}\n`);
}
