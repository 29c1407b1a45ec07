/*
 * Reading on the left, working on the right
 * -----------------------------------------
 * Wide: text | terminal over picture, with dividers. Medium: text | tabs. Phone: one column; terminal and
 * picture are sheets that rise from the foot of the screen, at most half of it, so that the paragraph
 * and its run button stay in sight.
 */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Icon, IconButton, NARROW, PHONE, Split, tabPanelId, Tabs, Tooltip, useMedia, remember, remembered, Panel, type IconName } from '../ui/index.ts';
import './workspace.css';

export interface WorkspaceTool {
  id: string;
  title: string;
  icon: IconName;
  /** The tool's contents; drawn only while shown, except `keep`. */
  body: ReactNode;
}

export interface WorkspaceProps {
  /** Kind of page, under which sizes are remembered. */
  kind: string;
  /** Names the page: the text scrolls to its top when it changes. */
  id: string;
  text: ReactNode;
  terminal: ReactNode;
  tools: readonly WorkspaceTool[];
  /** Counts commands that the page typed, so that a phone can show the terminal for a moment. */
  ran?: number;
}

export function Workspace({ kind, id, text, terminal, tools, ran = 0 }: WorkspaceProps) {
  const phone = useMedia(PHONE);
  const narrow = useMedia(NARROW);
  const [tool, setTool] = useState(() => remembered(`${kind}.tool`) ?? tools[0]?.id ?? '');
  const shown = tools.find((candidate) => candidate.id === tool) ?? tools[0];
  const choose = (next: string) => {
    setTool(next);
    remember(`${kind}.tool`, next);
  };
  const reading = <div className="reading" data-region="text" tabIndex={-1} key={id}>{text}</div>;
  if (phone) return <PhoneWorkspace reading={reading} terminal={terminal} tools={tools} ran={ran} />;
  if (narrow) return <div className="workspace"><Split id={`${kind}.narrow`} direction="row" start={0.54} least={[320, 300]} label="Between text and tools" first={reading} second={<NarrowTools terminal={terminal} tools={tools} kind={kind} />} /></div>;
  const bar = tools.length > 1
    ? <Tabs group={`${kind}-tools`} label="Pictures and tools" tabs={tools.map((candidate) => ({ id: candidate.id, label: candidate.title }))} selected={shown?.id ?? ''} onSelect={choose} />
    : shown?.title ?? '';
  const right = shown === undefined ? terminal : (
    <Split id={`${kind}.right`} direction="column" start={0.5} least={[140, 120]} label="Between terminal and picture" first={terminal}
      second={<Panel title={bar} label={shown.title}><div className="tool-body" {...(tools.length > 1 ? { role: 'tabpanel', id: tabPanelId(`${kind}-tools`, shown.id), 'aria-labelledby': `${kind}-tools-tab-${shown.id}` } : {})}>{shown.body}</div></Panel>} />
  );
  return <div className="workspace"><Split id={`${kind}.wide`} direction="row" start={0.53} least={[380, 360]} label="Between text and tools" first={reading} second={<div className="side" data-region="tools">{right}</div>} /></div>;
}

function NarrowTools({ terminal, tools, kind }: { terminal: ReactNode; tools: readonly WorkspaceTool[]; kind: string }) {
  const [shown, setShown] = useState('terminal');
  const all = [{ id: 'terminal', label: 'Terminal' }, ...tools.map((tool) => ({ id: tool.id, label: tool.title }))];
  const tool = tools.find((candidate) => candidate.id === shown);
  const group = `${kind}-narrow`;
  return (
    <div className="side panel" data-region="tools">
      <div className="panel-bar"><Tabs group={group} label="Terminal and pictures" tabs={all} selected={tool === undefined ? 'terminal' : shown} onSelect={setShown} /></div>
      {/* The terminal stays in place while a picture is shown, so that its screen is not drawn anew. */}
      <div className="tool-body" hidden={tool !== undefined} {...(tool === undefined ? { role: 'tabpanel', id: tabPanelId(group, 'terminal'), 'aria-labelledby': `${group}-tab-terminal` } : {})}>{terminal}</div>
      {tool === undefined ? null : <div className="tool-body" role="tabpanel" id={tabPanelId(group, tool.id)} aria-labelledby={`${group}-tab-${tool.id}`}>{tool.body}</div>}
    </div>
  );
}

function PhoneWorkspace({ reading, terminal, tools, ran }: { reading: ReactNode; terminal: ReactNode; tools: readonly WorkspaceTool[]; ran: number }) {
  const [open, setOpen] = useState<string>('none');
  const seen = useRef(ran);
  const pressed = useRef<Element | null>(null);
  useEffect(() => {
    // Something was typed by a run button: show where it went.
    if (ran !== seen.current) {
      pressed.current = document.activeElement?.closest('.entry, .listing-foot, .help-steps') ?? null;
      setOpen('terminal');
    }
    seen.current = ran;
  }, [ran]);
  useEffect(() => {
    // The sheet stands now: what was pressed stays in sight above it.
    if (open !== 'terminal') return;
    pressed.current?.scrollIntoView({ block: 'nearest' });
    pressed.current = null;
  }, [open, ran]);
  const all = [{ id: 'terminal', title: 'Terminal', icon: 'terminal' as IconName, body: terminal }, ...tools];
  const shown = all.find((tool) => tool.id === open);
  return (
    <div className="workspace workspace-phone" data-sheet={shown === undefined ? 'closed' : 'open'}>
      {reading}
      <section className="sheet-dock" aria-label="Terminal and pictures" data-region="tools">
        {all.map((tool) => (
          <div key={tool.id} className="dock-sheet" hidden={tool.id !== open}>
            {tool.id === 'terminal' || tool.id === open ? tool.body : null}
          </div>
        ))}
        <div className="dock-bar">
          {all.map((tool) => (
            <button key={tool.id} type="button" className="dock-button" aria-expanded={tool.id === open} onClick={() => setOpen(tool.id === open ? 'none' : tool.id)}>
              <Icon name={tool.icon} />{tool.title}
            </button>
          ))}
          {shown === undefined ? null : <Tooltip text="Close" atEnd><IconButton icon="down" label="Close the sheet" onClick={() => setOpen('none')} /></Tooltip>}
        </div>
      </section>
    </div>
  );
}
