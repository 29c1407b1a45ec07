/* What can stand under the terminal: pictures by their names, the command log, keys, files. */
import { views } from '../visualizers/views.tsx';
import { CommandLog } from './lab/log.tsx';
import { Picture, pictureSource } from './lab/picture.tsx';
import type { LabSession } from './lab/session.ts';
import { FilesPanel } from './sandbox/files.tsx';
import { KeyBrowser } from './sandbox/key-browser.tsx';
import type { WorkspaceTool } from './workspace.tsx';

/** Tools for the panels that an author named; the log comes last and is always there. */
export function toolsOf(session: LabSession, panels: readonly string[]): WorkspaceTool[] {
  const tools: WorkspaceTool[] = [];
  for (const panel of panels) {
    const name = panel.split('@')[0] ?? '';
    if (tools.some((tool) => tool.id === name)) continue;
    const entry = views[name];
    if (entry !== undefined) tools.push({ id: name, title: entry.title, icon: 'picture', body: <SourcedPicture session={session} view={name} /> });
    else if (name === 'files') tools.push({ id: 'files', title: 'Files', icon: 'file', body: <FilesPanel session={session} /> });
    else if (name === 'keys') tools.push({ id: 'keys', title: 'Keys', icon: 'keys', body: <KeyBrowser session={session} /> });
  }
  tools.push({ id: 'log', title: 'Log', icon: 'text', body: <CommandLog session={session} /> });
  return tools;
}

function SourcedPicture({ session, view }: { session: LabSession; view: string }) {
  return <div className="sourced"><p className="source-line">{pictureSource()}</p><Picture session={session} view={view} /></div>;
}
