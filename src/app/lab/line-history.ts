/*
 * Lines that were typed before
 * ----------------------------
 * redis-cli and the shell keep their history in files of the host, as the real ones do, and a lesson's host is
 * made anew with each visit. So the page lays the files of the last visit into the new world and takes them
 * out again as they grow. redis-cli leaves out lines that carry a password.
 */
import { remember, remembered } from '../../ui/index.ts';
import type { LabSession, OpenOptions } from './session.ts';

const FILES = ['.rediscli_history', '.sh_history'];
const KEPT_LINES = 200;
/** From a line to keeping it, milliseconds. */
const KEEP_AFTER_MS = 500;

/** The same world with the lines of earlier visits on its first host. */
export function withHistory(options: OpenOptions): OpenOptions {
  const [first, ...rest] = options.scenario.hosts;
  if (first === undefined || options.recording !== undefined) return options;
  const kept = FILES.map((name) => [name, remembered(`lines${name}`) ?? ''] as const).filter(([, text]) => text !== '');
  if (kept.length === 0) return options;
  return { ...options, scenario: { ...options.scenario, hosts: [{ ...first, files: { ...Object.fromEntries(kept), ...first.files } }, ...rest] } };
}

/** Keeps what is typed in `session`; returns its own end. */
export function keepHistory(session: LabSession, host: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inputs = 0;
  const keep = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const path of FILES) {
      session.ask({ about: 'file', host, path }).then((file) => {
        const lines = file.content.split('\n').filter((line) => line !== '').slice(-KEPT_LINES);
        if (lines.length > 0) remember(`lines${path}`, `${lines.join('\n')}\n`);
      }, () => {
        // There is no such file yet: nothing was entered in that program.
      });
    }
  };
  const off = session.subscribe(() => {
    if (session.state.inputs === inputs || !session.isTouched) return;
    inputs = session.state.inputs;
    timer ??= setTimeout(keep, KEEP_AFTER_MS);
  });
  const offClose = session.onClose(() => { if (timer !== undefined) keep(); });
  return () => {
    clearTimeout(timer);
    off();
    offClose();
  };
}
