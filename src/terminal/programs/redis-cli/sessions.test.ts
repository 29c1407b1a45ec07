import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { testWorld } from '../../testing.ts';
import debugged from './debugger/sessions.goldens.json' with { type: 'json' };
import { writeScripts } from './debugger/scripts.ts';
import goldens from './sessions.goldens.json' with { type: 'json' };

const SIZE = { columns: 100, rows: 40 };

function screen(): { write(bytes: string): Promise<void>; rows(): string[] } {
  const terminal = new Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return {
    write: (bytes) => new Promise((done) => terminal.write(Uint8Array.from(bytes, (c) => c.charCodeAt(0)), done)),
    rows() {
      const buffer = terminal.buffer.active;
      const rows = Array.from({ length: SIZE.rows }, (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? '');
      return [...rows, `cursor ${buffer.cursorX},${buffer.cursorY}`];
    },
  };
}

describe('a terminal shows what it shows with the real redis-cli', () => {
  test.each([...goldens, ...debugged].map((golden) => [golden.name, golden] as const))('%s', async (_name, golden) => {
    const world = testWorld({ run: ['redis-server --port 7816 --enable-debug-command yes'] });
    writeScripts(world);
    const ours = world.open(['redis-cli', ...golden.args], SIZE);
    const here = screen();
    const real = screen();
    await here.write(ours.raw());
    await real.write(golden.screens[0] ?? '');
    expect(here.rows()).toEqual(real.rows());
    for (const [i, step] of golden.steps.entries()) {
      const bytes = golden.screens[i + 1];
      if (bytes === undefined) break;
      ours.type(step);
      await here.write(ours.raw());
      await real.write(bytes);
      expect(here.rows(), `after ${JSON.stringify(step)}`).toEqual(real.rows());
    }
    // A negative code is the number of the signal that has ended the real one.
    if (golden.code !== null) expect(ours.code).toBe(golden.code < 0 ? 128 - golden.code : golden.code);
  });
});
