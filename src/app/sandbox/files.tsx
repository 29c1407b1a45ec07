/* The host's disk: folders, files, and an editor. What is saved here is read by the programs on the host. */
import { lazy, Suspense, useCallback, useState } from 'react';
import { bytesOf, textOf } from '../../terminal/view/index.ts';
import { Button, Empty, Icon, notify, PHONE, Skeleton, useMedia } from '../../ui/index.ts';
import { useAnswer } from '../lab/asking.ts';
import type { LabSession } from '../lab/session.ts';
import { SERVER } from '../scenarios.ts';
import { PlainEditor } from './plain-editor.tsx';
import './sandbox.css';

const CodeEditor = lazy(() => import('./code-editor.tsx'));

export function FilesPanel({ session, host = SERVER.host }: { session: LabSession; host?: string }) {
  const [folder, setFolder] = useState('.');
  const [open, setOpen] = useState<{ path: string; text: string }>();
  const [draft, setDraft] = useState('');
  const phone = useMedia(PHONE);
  const { value: listing, problem } = useAnswer(session, { about: 'files', host, path: folder }, 1500);

  const read = useCallback((path: string) => {
    session.ask({ about: 'file', host, path }).then((file) => {
      const text = textOf(file.content);
      setOpen({ path: file.path, text });
      setDraft(text);
    }, (fault: unknown) => notify({ id: 'file', kind: 'problem', text: fault instanceof Error ? fault.message : String(fault) }));
  }, [session, host]);
  const save = () => {
    if (open === undefined) return;
    session.ask({ about: 'writeFile', host, path: open.path, content: bytesOf(draft) }).then(() => {
      setOpen({ path: open.path, text: draft });
      notify({ id: 'file', kind: 'good', text: `${open.path} is saved on ${host}.`, passesAfterMs: 3000 });
    }, (fault: unknown) => notify({ id: 'file', kind: 'problem', text: fault instanceof Error ? fault.message : String(fault) }));
  };
  const create = () => {
    const base = listing?.path ?? folder;
    const names = new Set(listing?.files.map((file) => file.name));
    let name = 'redis.conf';
    for (let n = 2; names.has(name); n++) name = `redis-${n}.conf`;
    const path = `${base === '/' ? '' : base}/${name}`;
    setOpen({ path, text: '' });
    setDraft('');
  };

  if (open !== undefined) {
    const changed = draft !== open.text;
    return (
      <div className="files">
        <div className="files-bar">
          <Button small look="quiet" icon="left" onClick={() => setOpen(undefined)}>{changed ? 'Leave without saving' : 'Files'}</Button>
          <code className="files-path">{open.path}</code>
          <span className="grow" />
          <Button small look="primary" disabled={!changed && open.text !== ''} onClick={save}>Save</Button>
        </div>
        <div className="files-editor">
          {phone ? <PlainEditor path={open.path} value={draft} onChange={setDraft} onSave={save} /> : <Suspense fallback={<Skeleton label="Loading the editor" />}><CodeEditor key={open.path} path={open.path} value={draft} onChange={setDraft} onSave={save} /></Suspense>}
        </div>
      </div>
    );
  }
  const path = listing?.path ?? '';
  return (
    <div className="files">
      <div className="files-bar">
        <code className="files-path">{host}:{path}</code>
        <span className="grow" />
        <Button small look="quiet" icon="plus" onClick={create}>New file</Button>
      </div>
      {problem === undefined ? null : <p className="lab-problem">{problem}</p>}
      <ul className="files-list">
        {path === '/' || path === '' ? null : <li><button type="button" onClick={() => setFolder(path.slice(0, path.lastIndexOf('/')) || '/')}><Icon name="up" size={13} /><span>..</span></button></li>}
        {listing?.files.map((file) => (
          <li key={file.name}>
            <button type="button" onClick={() => (file.kind === 'directory' ? setFolder(`${path === '/' ? '' : path}/${file.name}`) : read(`${path === '/' ? '' : path}/${file.name}`))}>
              <Icon name={file.kind === 'directory' ? 'right' : 'file'} size={13} /><span>{file.name}{file.kind === 'directory' ? '/' : ''}</span>
              <small className="numbers">{file.kind === 'directory' ? '' : `${file.sizeBytes} bytes`}</small>
            </button>
          </li>
        ))}
      </ul>
      {listing !== undefined && listing.files.length === 0 ? <Empty title="This folder is empty" action={<Button small onClick={create}>Write redis.conf</Button>}><p>A server can be started with a file: <code>redis-server redis.conf</code></p></Empty> : null}
    </div>
  );
}
