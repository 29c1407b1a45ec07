/*
 * The terminal as a grid of characters: xterm, loaded when the first terminal is shown. Output goes in
 * as raw bytes (xterm decodes UTF-8, across chunks too); keys come out as text and become UTF-8 here.
 * The WebGL renderer comes only for terminals that print a lot; where it fails, the DOM renderer stays. Search
 * and the table of wide characters are fetched when they are first needed.
 */
import { useEffect, useRef, useState } from 'react';
import { FitAddon } from '@xterm/addon-fit';
import type { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal, type ITheme } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { IconButton, tokenColour, useTheme } from '../../ui/index.ts';
import { bytesOf, toArray } from './encoding.ts';
import type { TtyPort } from './port.ts';

/** Output after which a faster renderer is worth its 30 KB. */
const WEBGL_FROM_BYTES = 400_000;
const FONT = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, Menlo, Consolas, monospace';

function themeFromTokens(): ITheme {
  return {
    background: tokenColour('--surface-screen'), foreground: tokenColour('--text-1'), cursor: tokenColour('--key-mark'), cursorAccent: tokenColour('--surface-screen'),
    selectionBackground: tokenColour('--selection'), black: tokenColour('--text-1'), brightBlack: tokenColour('--text-3'), white: tokenColour('--text-2'), brightWhite: tokenColour('--text-1'),
    red: tokenColour('--lost-ink'), brightRed: tokenColour('--lost-ink'), green: tokenColour('--holds-ink'), brightGreen: tokenColour('--holds-ink'), yellow: tokenColour('--expiry-ink'), brightYellow: tokenColour('--expiry-ink'),
    blue: tokenColour('--key-ink'), brightBlue: tokenColour('--key-ink'), magenta: tokenColour('--ansi-magenta'), brightMagenta: tokenColour('--ansi-magenta'), cyan: tokenColour('--ansi-cyan'), brightCyan: tokenColour('--ansi-cyan'),
  };
}

export interface XtermScreenProps {
  port: TtyPort;
  label: string;
  /** Takes the keys at once (a terminal that the learner asked for). */
  autoFocus: boolean;
}

export default function XtermScreen({ port, label, autoFocus }: XtermScreenProps) {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | undefined>(undefined);
  const search = useRef<SearchAddon | undefined>(undefined);
  const theme = useTheme();
  const [finding, setFinding] = useState(false);

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const term = new Terminal({ fontFamily: FONT, fontSize: 13.5, lineHeight: 1.25, letterSpacing: 0, cursorBlink: false, cursorStyle: 'block', scrollback: 5000, allowProposedApi: true, convertEol: false, theme: themeFromTokens(), minimumContrastRatio: 4.5, drawBoldTextInBrightColors: false, macOptionIsMeta: true });
    const fit = new FitAddon();
    term.loadAddon(fit);
    term.loadAddon(new WebLinksAddon((_event, link) => window.open(link, '_blank', 'noopener,noreferrer')));
    terminal.current = term;
    let disposed = false;
    let written = 0;
    let wide = false;
    let webgl: 'none' | 'asked' = 'none';
    const removals: (() => void)[] = [];

    term.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true;
      const key = event.key.toLowerCase();
      // The page's own key: it leads out of the terminal.
      if (event.key === 'F6') return false;
      if (event.ctrlKey && event.shiftKey && key === 'f') {
        event.preventDefault();
        void import('@xterm/addon-search').then(({ SearchAddon: Search }) => {
          if (disposed) return;
          if (search.current === undefined) {
            search.current = new Search();
            term.loadAddon(search.current);
          }
          setFinding(true);
        });
        return false;
      }
      if (((event.ctrlKey && !event.shiftKey) || event.metaKey) && key === 'c' && term.hasSelection()) {
        void navigator.clipboard?.writeText(term.getSelection());
        term.clearSelection();
        event.preventDefault();
        return false;
      }
      if (event.ctrlKey && event.shiftKey && key === 'c') {
        void navigator.clipboard?.writeText(term.getSelection());
        event.preventDefault();
        return false;
      }
      // Left to the browser, which sends a paste event; that keeps many lines together.
      if ((event.ctrlKey || event.metaKey) && key === 'v') return false;
      return true;
    });

    const write = (bytes: string) => {
      written += bytes.length;
      if (!wide && /[\x80-\xff]/.test(bytes)) {
        // From now on characters may be two columns wide; ASCII alone does not need the table.
        wide = true;
        void import('@xterm/addon-unicode11').then(({ Unicode11Addon }) => {
          if (disposed) return;
          term.loadAddon(new Unicode11Addon());
          term.unicode.activeVersion = '11';
        });
      }
      term.write(toArray(bytes));
      if (written > WEBGL_FROM_BYTES && webgl === 'none') {
        webgl = 'asked';
        void import('@xterm/addon-webgl').then(({ WebglAddon }) => {
          if (disposed) return;
          const addon = new WebglAddon();
          addon.onContextLoss(() => addon.dispose());
          term.loadAddon(addon);
        }).catch(() => {
          // No WebGL here: the DOM renderer goes on.
        });
      }
    };

    // The grid is measured from the font, so it must be there first; a missing font is no reason to wait for ever.
    const font = Promise.race([document.fonts.load('13.5px "JetBrains Mono Variable"'), new Promise((done) => setTimeout(done, 1500))]);
    void font.catch(() => undefined).then(() => {
      if (disposed) return;
      term.open(box);
      term.textarea?.setAttribute('aria-label', label);
      // Tab completes here, so somebody who goes by keys has to be told of another way.
      term.textarea?.setAttribute('aria-description', 'F6 leaves the terminal');
      fit.fit();
      port.resize(term.cols, term.rows);
      write(port.history());
      removals.push(port.onOutput(write));
      removals.push(port.onRedraw(() => {
        term.reset();
        write(port.history());
      }));
      const onData = term.onData((text) => port.input(bytesOf(text)));
      const onBinary = term.onBinary((bytes) => port.input(bytes));
      const onResize = term.onResize(({ cols, rows }) => port.resize(cols, rows));
      removals.push(() => onData.dispose(), () => onBinary.dispose(), () => onResize.dispose());
      const watch = new ResizeObserver(() => {
        if (box.clientWidth > 0 && box.clientHeight > 0) fit.fit();
      });
      watch.observe(box);
      removals.push(() => watch.disconnect());
      if (autoFocus) term.focus();
      box.dataset['ready'] = 'true';
    });
    return () => {
      disposed = true;
      for (const remove of removals) remove();
      term.dispose();
      terminal.current = undefined;
      search.current = undefined;
    };
    // One terminal per port; label and autoFocus matter only when it opens.
  }, [port]); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    if (terminal.current !== undefined) terminal.current.options.theme = themeFromTokens();
  }, [theme]);

  return (
    <>
      {finding ? <FindBar search={search.current} onClose={() => { setFinding(false); search.current?.clearDecorations(); terminal.current?.focus(); }} /> : null}
      <div className="terminal-screen" ref={place} data-terminal="grid" />
    </>
  );
}

function FindBar({ search, onClose }: { search: SearchAddon | undefined; onClose: () => void }) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState(true);
  const go = (text: string, back: boolean) => {
    setFound(text === '' || (back ? search?.findPrevious(text) : search?.findNext(text)) === true);
  };
  return (
    <div className="terminal-find" role="search">
      <input className="input input-mono" aria-label="Find in this terminal" autoFocus value={words}
        onChange={(event) => { setWords(event.target.value); go(event.target.value, false); }}
        onKeyDown={(event) => { if (event.key === 'Enter') go(words, event.shiftKey); if (event.key === 'Escape') onClose(); }} />
      {found ? null : <span className="none" role="status">Not found</span>}
      <IconButton icon="up" label="Find the one before" keys="Shift Enter" onClick={() => go(words, true)} />
      <IconButton icon="down" label="Find the next" keys="Enter" onClick={() => go(words, false)} />
      <IconButton icon="close" label="Close" keys="Escape" onClick={onClose} />
    </div>
  );
}

