/* The stream of a master on a line, its backlog as a window, a line for each follower: see model.ts. */
import { useMemo } from 'react';
import { Changes, Facts, fitted, NoServer } from '../drawing/parts.tsx';
import { useWidth } from '../drawing/use-width.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { bytesSize, count, counted } from '../words.ts';
import { followerWords, onlyTimePassed, replicationChanges, shortId, spanOf, verdictWords, type FollowerView, type LineSpan, type ReplicationView } from './model.ts';
import { replicationGoal, replicationPrompts } from './prompts.ts';
import './view.css';

const EDGE = 8;
/** Narrower than this, a command has no words on the line. */
const WORDED = 52;

type Place = (offset: number) => number;

/** Where an offset lies on a line of this width. */
function placeOn(span: LineSpan, width: number): Place {
  return (offset) => EDGE + (Math.max(0, Math.min(1, (offset - span.from) / (span.to - span.from)))) * (width - 2 * EDGE);
}

/** The line itself: what is forgotten, what is kept, the commands at its end. */
function Stream({ view, previous, span, width }: { view: ReplicationView; previous: ReplicationView | undefined; span: LineSpan; width: number }) {
  const at = placeOn(span, width);
  const { backlog } = view;
  const kept = backlog === null ? undefined : { from: at(backlog.firstByte - 1), to: at(view.offset) };
  const isCut = backlog !== null && backlog.firstByte - 1 < span.from;
  return (
    <svg width={width} height={62} role="img" aria-label={backlog === null ? 'No backlog' : `Backlog from ${count(backlog.firstByte)} to ${count(view.offset)}`}>
      {kept === undefined || isCut || kept.from <= EDGE ? null : <rect x={EDGE} y={20} width={kept.from - EDGE} height={24} className="stream-forgotten"><title>Forgotten</title></rect>}
      {kept === undefined ? null : <rect x={kept.from} y={20} width={Math.max(1, kept.to - kept.from)} height={24} className="stream-kept" />}
      {view.pieces.filter((piece) => piece.to > span.from).map((piece) => {
        const x = at(piece.from - 1);
        const wide = at(piece.to) - x;
        return wide < 1.5 ? null : (
          <g key={piece.from} data-thing="" data-changed={previous !== undefined && previous.id === view.id && piece.from > previous.offset}>
            <rect x={x} y={20} width={wide} height={24} className="stream-piece" data-odd={piece.from % 2 === 1}><title>{`${piece.text}, bytes ${count(piece.from)} to ${count(piece.to)}`}</title></rect>
            {wide < WORDED ? null : <text x={x + 5} y={36}>{fitted(piece.text, wide - 10)}</text>}
          </g>
        );
      })}
      {kept === undefined ? null : <path d={`M${kept.to} 14V50`} className="stream-edge" />}
      {kept === undefined || isCut ? null : <path d={`M${kept.from} 14V50`} className="stream-edge" />}
      <text x={Math.min(width - EDGE, (kept?.to ?? at(view.offset)) + 4)} y={12} textAnchor="end" className="small">offset {count(view.offset)}</text>
      {kept === undefined ? null : <text x={isCut ? EDGE : kept.from} y={58} className="small">{isCut ? `← kept from ${count(backlog?.firstByte ?? 0)}` : `kept from ${count(backlog?.firstByte ?? 0)}`}</text>}
    </svg>
  );
}

function Follower({ each, view, span, width, changed }: { each: FollowerView; view: ReplicationView; span: LineSpan; width: number; changed: boolean }) {
  const at = placeOn(span, width);
  const isAway = each.link !== 'connected';
  const behind = view.offset - each.offset;
  const x = at(each.offset);
  return (
    <li data-thing="" data-changed={changed}>
      <span className="follower-head">
        <strong><i className="role-mark" data-role="replica" />{each.place}</strong>
        <span>{each.link === 'sync' ? 'gets a snapshot' : isAway ? 'no link' : behind === 0 ? 'in step' : `${counted(Math.abs(behind), 'byte')} ${behind > 0 ? 'behind' : 'ahead'}`}</span>
        {each.link === 'sync' || (behind === 0 && !isAway) ? null : <span className="follower-verdict" data-kind={each.verdict.kind}>asks for {count(each.offset + 1)}: {verdictWords(each.verdict, view)}</span>}
      </span>
      <svg width={width} height={26} role="img" aria-label={followerWords(each, view)}>
        <path d={`M${EDGE} 10H${width - EDGE}`} className="stream-axis" />
        {each.link === 'sync' ? null : <path d={`M${EDGE} 10H${x}`} className="stream-has" />}
        {behind > 0 && each.link !== 'sync' ? <path d={`M${x} 10H${at(view.offset)}`} className="stream-misses" /> : null}
        {each.acknowledged === undefined || each.link === 'sync' ? null : <path d={`M${at(each.acknowledged)} 3V22`} className="stream-ack"><title>{`acknowledged ${count(each.acknowledged)}`}</title></path>}
        {each.link === 'sync' ? null : <path d={`M${x - 6} 22L${x} 11L${x + 6} 22Z`} className="stream-flag" data-away={isAway} />}
      </svg>
    </li>
  );
}

/** The names of the history, one under the other: the second holds up to the point where they part. */
function Histories({ view, span, width }: { view: ReplicationView; span: LineSpan; width: number }) {
  const at = placeOn(span, width);
  if (view.previous === null) return null;
  const parts = at(view.previous.secondOffset - 1);
  return (
    <svg width={width} height={52} role="img" aria-label={`History ${shortId(view.id)}; before ${count(view.previous.secondOffset)} also known as ${shortId(view.previous.id)}`}>
      <rect x={EDGE} y={2} width={Math.max(2, at(view.offset) - EDGE)} height={20} className="stream-history" />
      <text x={EDGE + 5} y={16}>{shortId(view.id)}</text>
      <rect x={EDGE} y={28} width={Math.max(2, parts - EDGE)} height={20} className="stream-history" data-old="true" />
      <text x={EDGE + 5} y={42}>{shortId(view.previous.id)}, before</text>
      <path d={`M${parts} 0V52`} className="stream-edge" />
    </svg>
  );
}

function Drawing({ view, previous }: DrawingProps<ReplicationView>) {
  const [place, width] = useWidth<HTMLDivElement>();
  const same = previous !== undefined && previous.place === view.place ? previous : undefined;
  const changes = useMemo(() => (previous === undefined ? [] : replicationChanges(previous, view)), [previous, view]);
  const span = useMemo(() => spanOf(view), [view]);
  const were = new Map(same?.followers.map((each) => [each.place, each]) ?? []);
  return (
    <div className="viz replication" ref={place}>
      {view.place === undefined ? <NoServer /> : width === 0 ? null : (
        <>
          <h3 className="viz-heading"><i className="role-mark" data-role={view.role} />{view.place}{view.follows === undefined ? '' : `, which follows ${view.follows}`}</h3>
          <Facts facts={[
            ['History', <code key="id" className="viz-mono">{shortId(view.id)}</code>, same !== undefined && same.id !== view.id],
            ['Offset', count(view.offset), same !== undefined && same.offset !== view.offset],
            ['Backlog', view.backlog === null ? 'none' : `${bytesSize(view.backlog.length)} of ${bytesSize(view.backlog.sizeBytes)}`],
            ['Full', count(view.counts.full), same !== undefined && same.counts.full !== view.counts.full],
            ['Partial', count(view.counts.partialOk), same !== undefined && same.counts.partialOk !== view.counts.partialOk],
            ['Refused', count(view.counts.partialErr), same !== undefined && same.counts.partialErr !== view.counts.partialErr],
          ]} />
          {view.backlog === null ? <p className="viz-note">Nobody follows it, so nothing of the stream is kept.</p> : <Stream view={view} previous={same} span={span} width={width} />}
          <Histories view={view} span={span} width={width} />
          {view.followers.length === 0 ? null : (
            <ul className="followers">
              {view.followers.map((each) => {
                const was = were.get(each.place);
                return <Follower key={each.place} each={each} view={view} span={span} width={width} changed={same !== undefined && (was === undefined || was.link !== each.link || was.offset !== each.offset)} />;
              })}
            </ul>
          )}
          <Changes sentences={changes} />
        </>
      )}
    </div>
  );
}

export default defineView<ReplicationView>({
  id: 'replication',
  Drawing,
  controls: [{ kind: 'choice', param: 'span', label: 'Line', choices: [{ value: 'near', label: 'where somebody stands' }, { value: 'all', label: 'whole backlog' }] }],
  legend: [
    { mark: 'offset', says: 'bytes of the stream: kept in the backlog, or held by a follower' },
    { mark: 'expiry', says: 'what a follower has not got yet' },
    { mark: 'lost', says: 'no longer in the backlog' },
    { mark: 'changed', says: 'differs from the state before' },
  ],
  prompts: replicationPrompts,
  goal: replicationGoal,
  cause: (view) => view.command?.text,
  onlyTimePassed,
});
