import { IconButton } from '../../ui/index.ts';
import { type LabSession, useSession } from './session.ts';

/** Undo and reset, for everything that was done in the world beside the text. */
export function WorldButtons({ session }: { session: LabSession }) {
  const canUndo = useSession(session, (state) => state.canUndo);
  return (
    <>
      <IconButton icon="undo" label="Take back the last command" disabled={!canUndo} onClick={() => session.undo()} />
      <IconButton icon="reset" label="Put everything back to the start" onClick={() => session.reset()} />
    </>
  );
}
