/*
 * What was broken is mended: said once it was seen to be broken and then, after somebody has acted, to meet all its goals.
 * Of a run that is opened again it was not seen: it is mended when it meets them and somebody had acted on it.
 */
import { useEffect, useRef, useState } from 'react';
import { deployments } from 'virtual:deployments';
import type { Deployment } from '../../lessons/index.ts';
import { Button, Icon } from '../../ui/index.ts';
import type { LabSession } from '../lab/session.ts';
import { clock, type GoalFacts } from './goal-facts.ts';

type Stand = 'whole' | 'acted on' | 'broken' | 'mended';

interface MendedProps {
  session: LabSession;
  goals: GoalFacts | undefined;
  atUs: number;
  of: Deployment;
  wasActedOn: boolean;
  onChoose: (id: string) => void;
}

export function Mended({ session, goals, atUs, of, wasActedOn, onChoose }: MendedProps) {
  const [stand, setStand] = useState<Stand>(wasActedOn ? 'acted on' : 'whole');
  const [mendedAtUs, setMendedAtUs] = useState<number>();
  // Before the last thing has gone wrong by itself nothing is mended, however well all is.
  const hasHappened = goals !== undefined && goals.timeline.every((each) => each.atUs <= atUs);
  const isBroken = hasHappened && goals.judgements.some(({ verdict }) => verdict !== 'met');
  const isWell = hasHappened && goals.judgements.length > 0 && goals.judgements.every(({ verdict }) => verdict === 'met');
  /** What was done before is not what mends it. */
  const actsBefore = useRef<number>(undefined);
  useEffect(() => { actsBefore.current = hasHappened ? session.acts : undefined; }, [session, hasHappened]);
  useEffect(() => {
    const hasActed = wasActedOn || (actsBefore.current !== undefined && session.acts > actsBefore.current);
    if (isBroken) setStand('broken');
    else if (isWell && hasActed && (stand === 'broken' || stand === 'acted on')) {
      setStand('mended');
      setMendedAtUs(stand === 'broken' ? atUs : undefined);
    }
  }, [session, wasActedOn, isBroken, isWell, stand, atUs]);
  const next = deployments.slice(deployments.findIndex(({ id }) => id === of.id) + 1).find((each) => each.isBroken);
  return (
    <div role="status">
      {stand === 'mended' ? (
        <p className="deployment-mended"><Icon name="check" size={13} /><span><strong>Mended</strong>{mendedAtUs === undefined ? '' : ` at ${clock(mendedAtUs)}`}: all of its goals are met.</span>{next === undefined ? null : <Button small onClick={() => onChoose(next.id)}>Next: {next.title.replace(/^Mend: /, '')}</Button>}</p>
      ) : null}
    </div>
  );
}
