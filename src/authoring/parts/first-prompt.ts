/*
 * What the first prompt runs
 * --------------------------
 * The first minute of a visit, carried out in the build: a server starts, redis-cli connects, a first command is
 * typed and answered, some seconds pass. The functions that ran are those that the worker has from the start.
 */
import { createInlineLab } from '../../lab/inline.ts';

const LAB = 'first';
const TTY = 'a';
const [BACKSPACE, ENTER, TAB, LINE_AWAY] = ['\x7f', '\r', '\t', '\x15'];
const [UP, LEFT, RIGHT, HOME, END] = ['\x1b[A', '\x1b[D', '\x1b[C', '\x1b[H', '\x1b[F'];

const lab = createInlineLab();
const problems: string[] = [];
lab.listen(LAB, (notice) => {
  if (notice.type === 'problem') problems.push(notice.what);
  if (notice.type === 'crashed') problems.push(notice.report);
});
lab.send({ type: 'open', lab: LAB, scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] }, nowMs: 1_800_000_000_000 });
lab.send({ type: 'openTerminal', lab: LAB, tty: TTY, host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
lab.send({ type: 'resize', lab: LAB, tty: TTY, columns: 100, rows: 30 });
lab.advance(3_000_000);
// Keys as fingers press them: a slip, hints of every shape, a completion, a line taken back, one from the history.
const keys = ['PINGG', BACKSPACE, ENTER, 'LPUSH jobs a b', LINE_AWAY, 'set user:1 "a b" EX 10', LINE_AWAY, 'ZADD x NX 1 a', LINE_AWAY, 'CONFIG GET max', LINE_AWAY, 'gete', TAB, LINE_AWAY, UP, LEFT, RIGHT, HOME, END, ENTER, 'nosuch', ENTER, ENTER];
for (const key of keys.flatMap((each) => (each.startsWith('\x1b') ? [each] : [...each]))) lab.send({ type: 'input', lab: LAB, tty: TTY, bytes: key });
for (const line of ['SET visits 41', 'SET greeting hello', 'GET greeting']) lab.send({ type: 'runStep', lab: LAB, tty: TTY, step: line });
lab.advance(12_000_000);
const screen = lab.transcript(LAB, TTY);
if (problems.length > 0 || !screen.includes('PONG') || !screen.includes('"hello"')) throw new Error(`the first prompt did not answer:\n${problems.join('\n')}\n${screen}`);
