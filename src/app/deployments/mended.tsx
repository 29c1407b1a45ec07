/* What was broken is mended: said once it was seen to be broken and then to meet all its goals. */
import { useEffect, useState } from 'react';
import { deployments } from 'virtual:deployments';
import type { Deployment } from '../../lessons/index.ts';
import { Button, Icon } from '../../ui/index.ts';
import { clock, type GoalFacts } from './goal-facts.ts';

type Stand = 'whole' | 'broken' | 'mended';

export function Mended({ goals, atUs, of, onChoose }: { goals: GoalFacts | undefined; atUs: number; of: Deployment; onChoose: (id: string) => void }) {
  const [stand, setStand] = useState<Stand>('whole');
  const [mendedAtUs, setMendedAtUs] = useState(0);
  // Before the last thing has gone wrong by itself nothing is mended, however well all is.
  const isBroken = goals !== undefined && goals.timeline.every((each) => each.atUs <= atUs) && goals.judgements.some(({ verdict }) => verdict !== 'met');
  const isWell = goals !== undefined && goals.judgements.length > 0 && goals.judgements.every(({ verdict }) => verdict === 'met');
  useEffect(() => {
    if (isBroken) setStand('broken');
    else if (isWell && stand === 'broken') {
      setStand('mended');
      setMendedAtUs(atUs);
    }
  }, [isBroken, isWell, stand, atUs]);
  const next = deployments.slice(deployments.findIndex(({ id }) => id === of.id) + 1).find((each) => each.isBroken);
  return (
    <div role="status">
      {stand === 'mended' ? (
        <p className="deployment-mended"><Icon name="check" size={13} /><span><strong>Mended</strong> at {clock(mendedAtUs)}: all of its goals are met.</span>{next === undefined ? null : <Button small onClick={() => onChoose(next.id)}>Next: {next.title.replace(/^Mend: /, '')}</Button>}</p>
      ) : null}
    </div>
  );
}
