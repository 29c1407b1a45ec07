/*
 * The host's disk: folders, files, and an editor. What is saved here is read by the programs on the host. Files
 * come from the learner's own machine (a button, or dropped) and go there; what is not text is shown as bytes
 * and never written back.
 */
import { lazy, Suspense, useCallback, useRef, useState, type DragEvent } from 'react';
import { bytesOf, fromArray, isText, textOf, toArray } from '../../terminal/view/index.ts';
import { Button, Empty, Icon, IconButton, notify, PHONE, Skeleton, useMedia } from '../../ui/index.ts';
import { useAnswer } from '../lab/asking.ts';
import { hexDump } from '../lab/bytes-text.ts';
import type { LabSession } from '../lab/session.ts';
import { saveFile } from '../save-file.ts';
import { SERVER } from '../scenarios.ts';
import { PlainEditor } from './plain-editor.tsx';
import './sandbox.css';

const CodeEditor = lazy(() => import('./code-editor.tsx'));

/** What is brought in becomes part of the recording, which has a bound of its own. */
export const LONGEST_UPLOAD = 4 * 1024 * 1024;
/** So much of a file that is not text is shown. */
const SHOWN_BYTES = 4096;

interface OpenFile {
  path: string;
  text: string;
  /** The content, when it is not text. */
  bytes?: string;
}

const told = (fault: unknown) => notify({ id: 'file', kind: 'problem', text: fault instanceof Error ? fault.message : String(fault) });

/** A listing's path and a name in it, as one path. */
const within = (folder: string, name: string) => `${folder === '/' ? '' : folder}/${name}`;

export function FilesPanel({ session, host = SERVER.host }: { session: LabSession; host?: string }) {
  const [folder, setFolder] = useState('.');
  const [open, setOpen] = useState<OpenFile>();
  const [draft, setDraft] = useState('');
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const phone = useMedia(PHONE);
  const { value: listing, problem } = useAnswer(session, { about: 'files', host, path: folder }, 1500);

  const read = useCallback((path: string) => {
    session.ask({ about: 'file', host, path }).then((file) => {
      const text = textOf(file.content);
      const editable = file.content.length === file.sizeBytes && isText(file.content);
      setOpen(editable ? { path: file.path, text } : { path: file.path, text, bytes: file.content });
      setDraft(text);
    }, told);
  }, [session, host]);
  const download = (path: string) => {
    session.ask({ about: 'file', host, path, limit: Number.MAX_SAFE_INTEGER }).then((file) => saveFile(new Blob([toArray(file.content)]), path.slice(path.lastIndexOf('/') + 1)), told);
  };
  const bring = async (files: readonly File[], folderPath: string) => {
    for (const file of files) {
      if (file.size > LONGEST_UPLOAD) throw new Error(`${file.name} has ${file.size.toLocaleString('en')} bytes; at most 4 MiB can be brought into the sandbox.`);
      await session.ask({ about: 'writeFile', host, path: within(folderPath, file.name), content: fromArray(new Uint8Array(await file.arrayBuffer())) });
    }
    if (files.length > 0) notify({ id: 'file', kind: 'good', text: `${files.map((file) => file.name).join(', ')} ${files.length === 1 ? 'is' : 'are'} now in ${folderPath === '.' ? 'the home folder' : folderPath} on ${host}.`, passesAfterMs: 4000 });
  };
  const dropped = (event: DragEvent) => {
    setOver(false);
    // A whole snapshot opens a sandbox of its own: the page above sees to it.
    if (isSnapshotDrop(event)) return;
    event.preventDefault();
    event.stopPropagation();
    void bring([...event.dataTransfer.files], listing?.path ?? folder).catch(told);
  };
  const save = () => {
    if (open === undefined) return;
    session.ask({ about: 'writeFile', host, path: open.path, content: bytesOf(draft) }).then(() => {
      setOpen({ path: open.path, text: draft });
      notify({ id: 'file', kind: 'good', text: `${open.path} is saved on ${host}.`, passesAfterMs: 3000 });
    }, told);
  };
  const create = () => {
    const base = listing?.path ?? folder;
    const names = new Set(listing?.files.map((file) => file.name));
    let name = 'redis.conf';
    for (let n = 2; names.has(name); n++) name = `redis-${n}.conf`;
    const path = within(base, name);
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
          <IconButton icon="download" label={`Download ${open.path}`} onClick={() => download(open.path)} />
          {open.bytes === undefined ? <Button small look="primary" disabled={!changed && open.text !== ''} onClick={save}>Save</Button> : null}
        </div>
        <div className="files-editor">
          {open.bytes !== undefined ? <Bytes bytes={open.bytes} path={open.path} /> : phone ? <PlainEditor path={open.path} value={draft} onChange={setDraft} onSave={save} /> : <Suspense fallback={<Skeleton label="Loading the editor" />}><CodeEditor key={open.path} path={open.path} value={draft} onChange={setDraft} onSave={save} /></Suspense>}
        </div>
      </div>
    );
  }
  const path = listing?.path ?? '';
  return (
    <div className="files" data-over={over} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={dropped}>
      <div className="files-bar">
        <code className="files-path">{host}:{path}</code>
        <span className="grow" />
        <Button small look="quiet" icon="upload" onClick={() => chooser.current?.click()}>Upload</Button>
        <Button small look="quiet" icon="plus" onClick={create}>New file</Button>
        <input ref={chooser} type="file" hidden multiple aria-label="Files for this folder" onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          void bring(files, path || folder).catch(told);
        }} />
      </div>
      {problem === undefined ? null : <p className="lab-problem">{problem}</p>}
      <ul className="files-list">
        {path === '/' || path === '' ? null : <li><button type="button" onClick={() => setFolder(path.slice(0, path.lastIndexOf('/')) || '/')}><Icon name="up" size={13} /><span>..</span></button></li>}
        {listing?.files.map((file) => {
          const full = within(path, file.name);
          return (
            <li key={file.name}>
              <button type="button" onClick={() => (file.kind === 'directory' ? setFolder(full) : read(full))}>
                <Icon name={file.kind === 'directory' ? 'right' : 'file'} size={13} /><span>{file.name}{file.kind === 'directory' ? '/' : ''}</span>
                <small className="numbers">{file.kind === 'directory' ? '' : `${file.sizeBytes} bytes`}</small>
              </button>
              {file.kind === 'directory' ? null : <IconButton icon="download" label={`Download ${file.name}`} onClick={() => download(full)} />}
            </li>
          );
        })}
      </ul>
      {listing !== undefined && listing.files.length === 0 ? <Empty title="This folder is empty" action={<Button small onClick={create}>Write redis.conf</Button>}><p>A server can be started with a file: <code>redis-server redis.conf</code>. Files of your own can be dropped here.</p></Empty> : null}
    </div>
  );
}

/** Whether what is dropped is one file that is named as a snapshot. */
export function isSnapshotDrop(event: DragEvent): boolean {
  const { files } = event.dataTransfer;
  return files.length === 1 && (files[0]?.name ?? '').endsWith('.rdb');
}

function Bytes({ bytes, path }: { bytes: string; path: string }) {
  return (
    <div className="files-bytes">
      <p>{bytes.length > SHOWN_BYTES ? `The first ${SHOWN_BYTES} bytes of a file that is not text.` : 'This file is not text.'} In the terminal, <code>xxd {path}</code> shows it too.</p>
      <pre tabIndex={0} aria-label={`Bytes of ${path}`}>{hexDump(bytes.slice(0, SHOWN_BYTES))}</pre>
    </div>
  );
}
