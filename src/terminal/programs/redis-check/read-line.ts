/* A line that somebody types, or that stands in a pipe. */
import type { Bytes } from '../../../engine/index.ts';
import type { Process } from '../../../simulation/index.ts';
import { type Task, until } from '../task.ts';

/** The next line without its end; what there is when the input ends before. */
export function* readLine(process: Process): Task<Bytes> {
  let typed = '';
  return yield* until<Bytes>((done) => {
    let isOver = false;
    const end = (line: Bytes): void => {
      if (isOver) return;
      isOver = true;
      done(line);
    };
    process.tty?.setMode('cooked');
    process.stdin.onData((bytes) => {
      typed += bytes;
      if (typed.includes('\n')) end(typed.slice(0, typed.indexOf('\n')));
    });
    process.stdin.onEnd(() => end(typed));
  });
}
