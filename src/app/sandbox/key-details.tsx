/* One key: type, encoding, lifetime, size, and its value, each with its command: a string as text, JSON or bytes, a stream with its groups, everything else as a table of elements. */
import { useMemo, useState } from 'react';
import type { ElementsView, KeyView, ValueView } from '../../engine/inspect/index.ts';
import { isText, textOf } from '../../terminal/view/index.ts';
import { Empty, IconButton, Tabs } from '../../ui/index.ts';
import { useAnswer } from '../lab/asking.ts';
import { hexDump, shownBytes } from '../lab/bytes-text.ts';
import type { LabSession } from '../lab/session.ts';
import { SERVER } from '../scenarios.ts';
import { StreamValue } from './stream-value.tsx';
import { ttlText } from './ttl-text.ts';

/** Bytes of a value that are fetched for the eye. */
const SHOWN_BYTES = 16_384;

export function KeyDetails({ session, db, name, onClose }: { session: LabSession; db: number; name: string; onClose?: () => void }) {
  const { value: view } = useAnswer(session, { about: 'key', ...SERVER, db, key: name, limit: SHOWN_BYTES }, 1000);
  const shown = shownBytes(name);
  if (view === undefined) return null;
  return (
    <div className="key-details">
      <div className="key-details-head">
        <h3>{shown}</h3>
        {onClose === undefined ? null : <IconButton icon="close" label="Close" onClick={onClose} />}
      </div>
      {view === null || view.expired ? <Empty title="This key is not there any more"><p><code>EXISTS {shown}</code> replies 0.</p></Empty> : <Found view={view} name={shown} />}
    </div>
  );
}

function Found({ view, name }: { view: KeyView; name: string }) {
  return (
    <>
      <dl className="key-facts">
        <dt>Type</dt><dd>{view.type}<code>TYPE {name}</code></dd>
        <dt>Encoding</dt><dd>{view.encoding}<code>OBJECT ENCODING {name}</code></dd>
        <dt>Lifetime</dt><dd className={view.ttlMs === null ? '' : 'key-ttl'}>{view.ttlMs === null ? 'none' : ttlText(view.ttlMs)}<code>TTL {name}</code></dd>
        <dt>Memory</dt><dd className="numbers">{view.memoryBytes} bytes<code>MEMORY USAGE {name}</code></dd>
      </dl>
      <Value view={view.value} name={name} />
    </>
  );
}

function Value({ view, name }: { view: ValueView; name: string }) {
  switch (view.type) {
    case 'string':
      return <StringValue value={view.integer ?? view.value} length={view.length} name={name} />;
    case 'stream':
      return <StreamValue view={view} name={name} />;
    default:
      return <Elements view={view} name={name} />;
  }
}

/** What reads the whole value, by type. */
const READERS: Readonly<Record<ElementsView['type'], (name: string) => string>> = {
  hash: (name) => `HGETALL ${name}`,
  list: (name) => `LRANGE ${name} 0 -1`,
  set: (name) => `SMEMBERS ${name}`,
  zset: (name) => `ZRANGE ${name} 0 -1 WITHSCORES`,
};

function Elements({ view, name }: { view: ElementsView; name: string }) {
  const { columns, rows, length } = view;
  return (
    <div className="key-value">
      <div className="key-value-bar"><span className="grow" /><span className="numbers">{length} {length === 1 ? 'element' : 'elements'}</span></div>
      <div className="key-elements" role="group" tabIndex={0} aria-label="Value">
        <table>
          <thead><tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
          <tbody>{rows.map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column}>{shownBytes(cell)}</td>)}</tr>)}</tbody>
        </table>
      </div>
      {rows.length < length ? <p className="key-more">The first {rows.length} are shown.</p> : null}
      <div className="panel-foot"><code>{READERS[view.type](name)}</code></div>
    </div>
  );
}

type Form = 'text' | 'json' | 'hex';

function StringValue({ value, length, name }: { value: string; length: number; name: string }) {
  const [chosen, setChosen] = useState<Form>();
  const json = useMemo(() => asJson(value), [value]);
  const form = chosen ?? (json !== undefined ? 'json' : isText(value) ? 'text' : 'hex');
  const tabs = [{ id: 'text', label: 'Text' }, { id: 'hex', label: 'Bytes' }, ...(json === undefined ? [] : [{ id: 'json', label: 'JSON' }])];
  return (
    <div className="key-value">
      <div className="key-value-bar"><Tabs group="key-value" label="Form of the value" tabs={tabs} selected={form} onSelect={(id) => setChosen(id as Form)} /><span className="grow" /><span className="numbers">{length} {length === 1 ? 'byte' : 'bytes'}</span></div>
      <pre tabIndex={0} id={`key-value-panel-${form}`} role="tabpanel" aria-label="Value">{form === 'hex' ? hexDump(value) : form === 'json' && json !== undefined ? json : textOf(value)}</pre>
      {value.length < length && value.length >= SHOWN_BYTES ? <p className="key-more">The first {SHOWN_BYTES} bytes are shown.</p> : null}
      <div className="panel-foot"><code>GET {name}</code></div>
    </div>
  );
}

function asJson(bytes: string): string | undefined {
  const text = textOf(bytes).trim();
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}
