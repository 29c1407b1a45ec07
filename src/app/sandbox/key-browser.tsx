/*
 * The key browser: what is in a database, as a tree, live. Looking touches nothing (no expiry, no LRU),
 * because it reads the engine and sends no command; the command that would show the same stands at the
 * foot, so that the learner can do it at the prompt.
 */
import { useMemo, useState } from 'react';
import type { KeySummary } from '../../engine/inspect/index.ts';
import { Button, Empty, Field, Icon, lights, SelectField, useLit } from '../../ui/index.ts';
import { shownBytes } from '../lab/bytes-text.ts';
import { useAnswer } from '../lab/asking.ts';
import type { LabSession } from '../lab/session.ts';
import { bytesOf } from '../../terminal/view/index.ts';
import { SERVER } from '../scenarios.ts';
import { keyTree, type KeyNode } from './key-tree.ts';
import { KeyDetails } from './key-details.tsx';
import { ttlText } from './ttl-text.ts';
import './sandbox.css';

const LIMIT = 1000;
const REFRESH_MS = 1000;

export interface KeyBrowserProps {
  session: LabSession;
  /** Where the chosen key is shown elsewhere; without it, it is shown below the tree. */
  chosen?: { db: number; key: string } | undefined;
  onChoose?: (choice: { db: number; key: string } | undefined) => void;
}

export function KeyBrowser({ session, chosen, onChoose }: KeyBrowserProps) {
  const [pattern, setPattern] = useState('*');
  const [db, setDb] = useState(0);
  const [mine, setMine] = useState<{ db: number; key: string }>();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const wanted = pattern.trim() === '' ? '*' : pattern.trim();
  const { value: page, problem } = useAnswer(session, { about: 'keys', ...SERVER, db, pattern: bytesOf(wanted), limit: LIMIT }, REFRESH_MS);
  const { value: databases } = useAnswer(session, { about: 'databases', ...SERVER }, REFRESH_MS);
  const tree = useMemo(() => keyTree(page?.keys.filter((key) => !key.expired) ?? []), [page]);
  const selected = onChoose === undefined ? mine : chosen;
  const choose = onChoose ?? setMine;
  const toggle = (id: string) => setClosed((before) => {
    const next = new Set(before);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const list = (
    <div className="keys-list">
      {problem !== undefined && page === undefined ? <Empty title="No server answers"><p>{problem} Start one in the terminal: <code>redis-server &amp;</code></p></Empty>
        : page !== undefined && page.total === 0 ? (
          <Empty title={`Database ${db} is empty`} action={<Button small onClick={() => { session.terminal('a', SERVER.host, 'redis-cli'); session.run('SET greeting "hello"', 'a'); }}>Run SET greeting "hello"</Button>}><p>Store something, and it appears here.</p></Empty>
        ) : tree.length === 0 && page !== undefined ? <Empty title="No key matches"><p><code>{wanted}</code> is a glob: <code>*</code> stands for any text, <code>?</code> for one character.</p></Empty>
        : <Nodes nodes={tree} depth={0} closed={closed} toggle={toggle} selected={selected?.db === db ? selected.key : undefined} onSelect={(key) => choose({ db, key })} />}
    </div>
  );
  return (
    <div className="keys">
      <div className="keys-head">
        <Field label="Pattern of keys" quietLabel mono value={pattern} onChange={(event) => setPattern(event.target.value)} spellCheck={false} autoCapitalize="none" />
        <SelectField label="Database" quietLabel value={String(db)} onChange={(event) => setDb(Number(event.target.value))}>
          {Array.from({ length: Math.max(16, databases?.length ?? 0) }, (_, i) => {
            const found = databases?.find((candidate) => candidate.db === i);
            return <option key={i} value={i}>db{i}{found === undefined || found.keys === 0 ? '' : ` (${found.keys})`}</option>;
          })}
        </SelectField>
      </div>
      {list}
      {onChoose === undefined && selected !== undefined ? <div className="keys-below"><KeyDetails session={session} db={selected.db} name={selected.key} onClose={() => setMine(undefined)} /></div> : null}
      <div className="panel-foot"><span>{page === undefined ? '' : page.cursor !== 0 ? `the first ${page.keys.length} of ${page.total}` : `${page.keys.length} of ${page.total}`}</span><span className="grow" /><code>SCAN 0{wanted === '*' ? '' : ` MATCH ${wanted}`} COUNT {LIMIT}</code></div>
    </div>
  );
}

interface NodesProps {
  nodes: readonly KeyNode[];
  depth: number;
  closed: ReadonlySet<string>;
  toggle: (id: string) => void;
  selected: string | undefined;
  onSelect: (key: string) => void;
}

function Nodes({ nodes, depth, closed, toggle, selected, onSelect }: NodesProps) {
  const lit = useLit();
  return (
    <ul>
      {nodes.map((node) => {
        const style = { paddingLeft: `${12 + depth * 14}px` };
        if (node.key !== undefined) {
          const key = node.key;
          return (
            <li key={node.id}>
              <button type="button" className="key-row" style={style} aria-pressed={selected === key.key} data-lit={lit === `key:${key.key}`} {...lights(`key:${key.key}`)} onClick={() => onSelect(key.key)}>
                <span className="key-name">{shownBytes(node.label)}</span>
                <Ttl of={key} />
                <span className="key-type">{key.type}</span>
              </button>
            </li>
          );
        }
        const open = !closed.has(node.id);
        return (
          <li key={node.id}>
            <button type="button" className="key-row key-folder" style={style} aria-expanded={open} onClick={() => toggle(node.id)}>
              <Icon name={open ? 'down' : 'right'} size={11} />
              <span className="key-name">{shownBytes(node.label)}</span>
              <span className="key-type numbers">{node.count}</span>
            </button>
            {open ? <Nodes nodes={node.children} depth={depth + 1} closed={closed} toggle={toggle} selected={selected} onSelect={onSelect} /> : null}
          </li>
        );
      })}
    </ul>
  );
}

function Ttl({ of }: { of: KeySummary }) {
  if (of.ttlMs === null) return null;
  return <span className="key-ttl numbers" title="Time left">{ttlText(of.ttlMs)}</span>;
}
