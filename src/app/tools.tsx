/* What can stand under the terminal: pictures by their names, the command log, keys, files. */
import { lazy, Suspense } from 'react';
import { Skeleton } from '../ui/index.ts';
import { views } from '../visualizers/views.tsx';
import { CommandLog } from './lab/log.tsx';
import { Picture, pictureSource } from './lab/picture.tsx';
import type { LabSession } from './lab/session.ts';
import type { WorkspaceTool } from './workspace.tsx';

const FilesPanel = lazy(() => import('./sandbox/files.tsx').then((module) => ({ default: module.FilesPanel })));
const KeyBrowser = lazy(() => import('./sandbox/key-browser.tsx').then((module) => ({ default: module.KeyBrowser })));

/** Tools for the panels that an author named; the log comes last and is always there. */
export function toolsOf(session: LabSession, panels: readonly string[]): WorkspaceTool[] {
  const tools: WorkspaceTool[] = [];
  for (const panel of panels) {
    const name = panel.split('@')[0] ?? '';
    if (tools.some((tool) => tool.id === name)) continue;
    const entry = views[name];
    if (entry !== undefined) tools.push({ id: name, title: entry.title, icon: 'picture', body: <SourcedPicture session={session} view={name} /> });
    else if (name === 'files') tools.push({ id: 'files', title: 'Files', icon: 'file', body: <Suspense fallback={<Skeleton />}><FilesPanel session={session} /></Suspense> });
    else if (name === 'keys') tools.push({ id: 'keys', title: 'Keys', icon: 'keys', body: <Suspense fallback={<Skeleton />}><KeyBrowser session={session} /></Suspense> });
  }
  tools.push({ id: 'log', title: 'Log', icon: 'text', body: <CommandLog session={session} /> });
  return tools;
}

function SourcedPicture({ session, view }: { session: LabSession; view: string }) {
  return <div className="sourced"><p className="source-line">{pictureSource()}</p><Picture session={session} view={view} /></div>;
}
