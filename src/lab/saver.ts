/*
 * Recordings, a piece at a time
 * -----------------------------
 * Tells which inputs of each lab the other side does not have yet. After undo or reset the inputs are
 * others, so it begins anew.
 */
import type { SavedPiece } from './envelope.ts';
import type { LabHub } from './hub.ts';
import type { Lab } from './lab.ts';

export class RecordingSaver {
  private readonly hub: LabHub;
  private readonly sent = new Map<Lab, { generation: number; count: number }>();

  constructor(hub: LabHub) {
    this.hub = hub;
  }

  /** One piece for each lab that has got inputs since the last call. */
  pieces(): SavedPiece[] {
    for (const lab of this.sent.keys()) if (this.hub.labs.get(lab.id) !== lab) this.sent.delete(lab);
    return [...this.hub.labs.values()].flatMap((lab): SavedPiece[] => {
      // The other side has the whole of what is being opened.
      if (lab.isOpening) return [];
      const before = this.sent.get(lab);
      const { inputs: count } = lab.progress;
      const from = before !== undefined && before.generation === lab.generation ? before.count : 0;
      if (before !== undefined && before.generation === lab.generation && from === count) return [];
      const recording = this.hub.recordingOf(lab);
      if (recording === undefined) return [];
      this.sent.set(lab, { generation: lab.generation, count: recording.inputs.length });
      const { format, engineVersion, scenario, inputs, untilUs, executed } = recording;
      return [{ kind: 'saved', lab: lab.id, format, engineVersion, scenario, from, inputs: inputs.slice(from), untilUs, executed }];
    });
  }
}
