/*
 * The command reference: every command this server has, from its own declarations, by group, with search. A
 * command's page shows syntax, cost, replies, history and lines that run in a terminal below them.
 */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Button, Callout, Field, Icon, Skeleton } from '../../ui/index.ts';
import { SyntaxLine, useCommandDocs } from '../reference/command-card.tsx';
import { commandHref, type CommandDoc } from '../reference/command-docs.ts';
import { namesLike } from '../reference/names-like.ts';
import { LabFrame } from '../lab/crash.tsx';
import { useLabSession } from '../lab/provider.tsx';
import { Terminals, type TerminalPlan } from '../lab/terminals.tsx';
import { usePage } from '../page.tsx';
import { ONE_SERVER } from '../scenarios.ts';

const GROUPS: Readonly<Record<string, string>> = { string: 'Strings', generic: 'Keys', list: 'Lists', set: 'Sets', 'sorted-set': 'Sorted sets', sorted_set: 'Sorted sets', hash: 'Hashes', stream: 'Streams', bitmap: 'Bitmaps', hyperloglog: 'HyperLogLog', geo: 'Geo', pubsub: 'Publish and subscribe', transactions: 'Transactions', connection: 'Connection', server: 'Server', scripting: 'Scripting', cluster: 'Cluster', sentinel: 'Sentinel' };
const ORDER = Object.keys(GROUPS);

export default function Reference() {
  const { command } = useParams();
  const docs = useCommandDocs();
  const [words, setWords] = useState('');
  const deferred = useDeferredValue(words);
  const name = command?.toUpperCase().replaceAll('-', ' ');
  // A name of one word may itself hold a dash; the longer reading wins if there is such a command.
  const doc = docs?.find((candidate) => candidate.name === name) ?? docs?.find((candidate) => candidate.name === command?.toUpperCase());
  usePage(doc?.name ?? 'Command reference', [{ label: 'Reference', href: '/reference' }, ...(doc === undefined ? [] : [{ label: doc.name }])]);
  const groups = useMemo(() => groupsOf(docs ?? [], deferred), [docs, deferred]);
  const navigate = useNavigate();
  // Enter opens what is named exactly, or else what stands first.
  const chooseFirst = () => {
    const first = docs?.find((candidate) => candidate.name === words.trim().toUpperCase()) ?? groupsOf(docs ?? [], words)[0]?.[1][0];
    if (first !== undefined && words.trim() !== '') void navigate(commandHref(first.name));
  };
  const near = useMemo(() => (docs === undefined || doc !== undefined || name === undefined ? [] : namesLike(name, docs.map((each) => each.name))), [docs, doc, name]);
  return (
    <div className="reference" data-open={command !== undefined}>
      <nav className="reference-list" aria-label="Commands" data-region="list">
        {command === undefined ? <h1 className="only-read reference-narrow">Command reference</h1> : null}
        <div className="reference-find"><Field label="Find a command" quietLabel mono placeholder="Find a command" value={words} onChange={(event) => setWords(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter') chooseFirst(); }} type="search" /></div>
        <div className="reference-groups" tabIndex={-1}>
          {docs === undefined ? <Skeleton lines={[60, 40, 70, 50, 55, 62]} label="Loading commands" /> : groups.length === 0 ? <NoMatch words={deferred} docs={docs} /> : groups.map(([group, commands]) => (
            <section key={group}>
              <h2>{GROUPS[group] ?? group}</h2>
              {commands.map((entry) => <Link key={entry.name} to={commandHref(entry.name)} data-sub={entry.name.includes(' ')} {...(entry.name === doc?.name ? { 'aria-current': 'page' as const } : {})}>{entry.name}</Link>)}
            </section>
          ))}
        </div>
      </nav>
      <div className="reference-body" data-region="text" tabIndex={-1}>
        {command === undefined ? <Intro docs={docs} /> : doc !== undefined ? <CommandPage key={doc.name} doc={doc} /> : docs === undefined ? <Skeleton /> : (
          <>
            <h1>{name}</h1>
            <p className="reference-intro">Redis 8.0 has no command of this name.{near.length === 0 ? ' It may be one of a module, or spelt otherwise.' : ' Did you mean one of these?'}</p>
            {near.length === 0 ? null : <p className="reference-near">{near.map((each) => <Link key={each} to={commandHref(each)}>{each}</Link>)}</p>}
            <p><Link to="/reference">All commands</Link></p>
          </>
        )}
      </div>
    </div>
  );
}

function NoMatch({ words, docs }: { words: string; docs: readonly CommandDoc[] }) {
  const near = namesLike(words.trim().toUpperCase(), docs.map((each) => each.name));
  return (
    <>
      <p className="empty" role="status">No command matches “{words}”.{near.length === 0 ? '' : ' Did you mean one of these?'}</p>
      {near.map((each) => <Link key={each} to={commandHref(each)}>{each}</Link>)}
    </>
  );
}

function groupsOf(docs: readonly CommandDoc[], words: string): [string, CommandDoc[]][] {
  const wanted = words.trim().toLowerCase();
  const groups = new Map<string, CommandDoc[]>();
  for (const doc of docs) {
    if (wanted !== '' && !doc.name.toLowerCase().includes(wanted) && !doc.summary.toLowerCase().includes(wanted)) continue;
    const list = groups.get(doc.group) ?? [];
    list.push(doc);
    groups.set(doc.group, list);
  }
  return [...groups].sort(([a], [b]) => (ORDER.indexOf(a) + 100) % 100 - (ORDER.indexOf(b) + 100) % 100);
}

function Intro({ docs }: { docs: readonly CommandDoc[] | undefined }) {
  return (
    <>
      <h1 style={{ fontFamily: 'var(--font-prose)' }}>Command reference</h1>
      <p className="reference-intro">Everything here comes from the declarations that the server itself runs on, as COMMAND DOCS tells them. {docs === undefined ? '' : `There are ${docs.length} commands and subcommands.`}</p>
    </>
  );
}

function CommandPage({ doc }: { doc: CommandDoc }) {
  return (
    <article>
      <h1>{doc.name}</h1>
      <p className="reference-summary">{doc.summary}</p>
      <div className="reference-syntax"><SyntaxLine doc={doc} /></div>
      <dl className="reference-facts">
        {doc.complexity === '' ? null : <><dt>Cost</dt><dd>{doc.complexity}</dd></>}
        <dt>Since</dt><dd>Redis {doc.since}</dd>
        <dt>Words</dt><dd>{doc.arity < 0 ? `at least ${-doc.arity}, the name included` : `${doc.arity}, the name included`}</dd>
        {doc.flags.length === 0 ? null : <><dt>Flags</dt><dd>{doc.flags.join(', ')}</dd></>}
        {doc.deprecated === null ? null : <><dt>Outdated</dt><dd>since {doc.deprecated.since}{doc.deprecated.replacedBy === undefined ? '' : `; use ${doc.deprecated.replacedBy}`}</dd></>}
      </dl>
      {doc.differs === '' ? null : <Callout kind="production" title="Here it differs from Redis 8.0"><p>{doc.differs}</p></Callout>}
      {doc.subcommands.length === 0 ? null : (
        <><h2>Subcommands</h2><ul>{doc.subcommands.map((sub) => <li key={sub.name}><Link to={commandHref(sub.name)}><code>{sub.name}</code></Link>: {sub.summary}</li>)}</ul></>
      )}
      {doc.replies.length === 0 ? null : <><h2>Replies</h2><ul>{doc.replies.map((reply) => <li key={reply}>{reply}</li>)}</ul></>}
      {doc.history.length === 0 ? null : <><h2>History</h2><ul>{doc.history.map((entry) => <li key={`${entry.version}${entry.change}`}>{entry.version}: {entry.change}</li>)}</ul></>}
      {doc.examples.length === 0 ? null : <Examples doc={doc} />}
    </article>
  );
}

const PLANS: readonly TerminalPlan[] = [{ tty: 'a', host: 'local', run: 'redis-cli' }];
const OPTIONS = { scenario: ONE_SERVER };

function Examples({ doc }: { doc: CommandDoc }) {
  const [open, setOpen] = useState(false);
  const session = useLabSession('reference', open ? OPTIONS : undefined);
  const [waiting, setWaiting] = useState<readonly string[]>([]);
  useEffect(() => {
    if (session === undefined || waiting.length === 0) return;
    session.terminal('a', 'local', 'redis-cli');
    for (const line of waiting) session.run(line, 'a');
    setWaiting([]);
  }, [session, waiting]);
  const run = (lines: readonly string[]) => {
    setOpen(true);
    setWaiting(lines);
    box.current?.scrollIntoView({ block: 'nearest' });
  };
  // The terminal opens below the examples, often below the window: a reply that is not seen seems not to have come.
  const box = useRef<HTMLDivElement>(null);
  const isThere = session !== undefined;
  useEffect(() => {
    if (isThere) box.current?.scrollIntoView({ block: 'nearest' });
  }, [isThere]);
  return (
    <>
      <h2>Examples</h2>
      <figure className="listing">
        {doc.examples.map((line, i) => (
          <div key={i} className="entry">
            <button type="button" className="entry-run" aria-label={`Run ${line}`} onClick={() => run([line])}><Icon name="run" size={13} /></button>
            <code className="entry-command">{line}</code>
          </div>
        ))}
        <div className="listing-foot"><Button small look="quiet" icon="runAll" onClick={() => run(doc.examples)}>Run {doc.examples.length === 1 ? 'it' : 'all'} on an empty server</Button></div>
      </figure>
      {session === undefined ? null : <div className="reference-try" ref={box}><LabFrame session={session}><Terminals session={session} plans={PLANS} selected="a" onSelect={() => {}} /></LabFrame></div>}
    </>
  );
}
