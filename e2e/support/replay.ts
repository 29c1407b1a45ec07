/* Runs a recording to its end, wherever this is loaded, and says what run it was. */
import { createInlineLab } from '../../src/lab/inline.ts';
import { decodeRecording } from '../../src/simulation/index.ts';

export interface Replayed {
  /** Sixteen digits that two runs share only when they were the same run. */
  runHash: string;
  /** All bytes that all terminals printed. */
  printed: string;
}

export function replay(text: string): Replayed {
  const read = decodeRecording(text);
  if ('problem' in read) throw new Error(`${read.problem.what} ${read.problem.remedy}`);
  const lab = createInlineLab();
  let printed = '';
  lab.listen('replay', (notice) => { if (notice.type === 'output') printed += notice.bytes; });
  lab.send({ type: 'open', lab: 'replay', scenario: read.recording.scenario, recording: read.recording, nowMs: 0 });
  const runHash = lab.runHash('replay');
  lab.dispose();
  return { runHash, printed };
}
