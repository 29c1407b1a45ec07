/* A command in short: the card behind a name in the text, and the syntax line that the reference shares. */
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useLabClient } from '../lab/provider.tsx';
import { commandDocs, commandHref, syntaxOf, type CommandDoc } from './command-docs.ts';
import './reference.css';

export function useCommandDocs(): readonly CommandDoc[] | undefined {
  const client = useLabClient();
  const [docs, setDocs] = useState<readonly CommandDoc[]>();
  useEffect(() => {
    let gone = false;
    commandDocs(client).then((found) => { if (!gone) setDocs(found); }, () => undefined);
    return () => { gone = true; };
  }, [client]);
  return docs;
}

export function SyntaxLine({ doc }: { doc: CommandDoc }) {
  return (
    <code className="syntax">
      {syntaxOf(doc).map((piece, i) => <span key={i}>{i === 0 ? '' : ' '}<span className={`syntax-${piece.kind}`}>{piece.text}</span></span>)}
    </code>
  );
}

export function CommandCard({ name }: { name: string }) {
  const docs = useCommandDocs();
  if (docs === undefined) return <span className="card-text">Asking the server</span>;
  const doc = docs.find((candidate) => candidate.name === name.toUpperCase());
  if (doc === undefined) return <span className="card-text"><code>{name}</code> belongs to a part of Redis that later weeks bring.</span>;
  return (
    <span className="command-card">
      <SyntaxLine doc={doc} />
      <span className="card-text">{doc.summary}</span>
      <span className="card-facts">since {doc.since}{doc.complexity === '' ? '' : ` · ${doc.complexity}`}</span>
      <Link to={commandHref(doc.name)}>Open in the reference</Link>
    </span>
  );
}
