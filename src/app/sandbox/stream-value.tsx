/* A stream: its entries in a table, fields and values in each row, and below its groups with what is pending in them. */
import type { PendingView, StreamEntryView, StreamGroupView, StreamView } from '../../engine/inspect/index.ts';
import { shownBytes } from '../lab/bytes-text.ts';
import { ttlText } from './ttl-text.ts';

export function StreamValue({ view, name }: { view: StreamView; name: string }) {
  const { entries, length, groups, groupCount } = view;
  return (
    <div className="key-value">
      <div className="key-value-bar"><span className="grow" /><span className="numbers">{length} {length === 1 ? 'entry' : 'entries'}</span></div>
      <div className="key-elements" role="group" tabIndex={0} aria-label="Value">
        <Entries entries={entries} />
        {entries.length < length ? <p className="key-more">The first {entries.length} are shown.</p> : null}
        {groups.map((group) => <Group key={group.name} group={group} />)}
        {groups.length < groupCount ? <p className="key-more">The first {groups.length} of {groupCount} groups are shown.</p> : null}
      </div>
      <div className="panel-foot"><code>XRANGE {name} - +</code>{groupCount === 0 ? null : <code>XINFO GROUPS {name}</code>}</div>
    </div>
  );
}

function Entries({ entries }: { entries: readonly StreamEntryView[] }) {
  return (
    <table>
      <thead><tr><th scope="col">id</th><th scope="col">fields</th></tr></thead>
      <tbody>
        {entries.map(({ id, fields }) => (
          <tr key={id}>
            <td className="numbers">{id}</td>
            <td>{fields.map(([field, value], at) => <div key={at}><span className="key-field">{shownBytes(field)}</span> {shownBytes(value)}</div>)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Group({ group }: { group: StreamGroupView }) {
  const { name, lastId, lag, pending, pendingCount, consumers, consumerCount } = group;
  return (
    <section className="key-group" aria-label={`Group ${shownBytes(name)}`}>
      <h4>Group {shownBytes(name)}</h4>
      <p className="key-group-facts">
        read up to <span className="numbers">{lastId}</span>, {lag === null ? 'lag unknown' : `${lag} behind`}, {pendingCount} pending
        {consumerCount === 0 ? null : <>, {consumerCount === 1 ? 'consumer' : 'consumers'} {consumers.map((each) => `${shownBytes(each.name)} (${each.pending})`).join(', ')}{consumers.length < consumerCount ? ' …' : ''}</>}
      </p>
      {pending.length === 0 ? null : <Pending pending={pending} />}
      {pending.length < pendingCount ? <p className="key-more">The first {pending.length} pending messages are shown.</p> : null}
    </section>
  );
}

function Pending({ pending }: { pending: readonly PendingView[] }) {
  return (
    <table>
      <thead><tr><th scope="col">pending</th><th scope="col">consumer</th><th scope="col">for</th><th scope="col">delivered</th></tr></thead>
      <tbody>
        {pending.map(({ id, consumer, idleMs, deliveries }) => (
          <tr key={id}><td className="numbers">{id}</td><td>{shownBytes(consumer)}</td><td className="numbers">{ttlText(idleMs)}</td><td className="numbers">{deliveries} {deliveries === 1 ? 'time' : 'times'}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
