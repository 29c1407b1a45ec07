/* The full editor (Monaco), fetched when a file is first opened on a screen that has room for it. */
import { useEffect, useRef } from 'react';
import * as monaco from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';
import { tokenColour, useTheme } from '../../ui/index.ts';
import type { EditorProps } from './plain-editor.tsx';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

const LANGUAGE = 'redis-conf';

monaco.languages.register({ id: LANGUAGE });
monaco.languages.setLanguageConfiguration(LANGUAGE, { comments: { lineComment: '#' } });
// A configuration file is directives and arguments: a word at the line's start, then values.
monaco.languages.setMonarchTokensProvider(LANGUAGE, {
  tokenizer: { root: [[/^\s*#.*$/, 'comment'], [/^\s*[a-zA-Z][\w-]*/, 'keyword'], [/"(?:[^"\\]|\\.)*"/, 'string'], [/\b\d+(?:[kmg]b?)?\b/i, 'number']] },
});

function defineTheme(shown: 'light' | 'dark'): string {
  const bare = (token: string) => tokenColour(token).slice(1);
  monaco.editor.defineTheme('keyspace', {
    base: shown === 'dark' ? 'vs-dark' : 'vs', inherit: true,
    rules: [{ token: 'keyword', foreground: bare('--key-ink') }, { token: 'comment', foreground: bare('--text-3') }, { token: 'string', foreground: bare('--holds-ink') }, { token: 'number', foreground: bare('--expiry-ink') }],
    colors: { 'editor.background': tokenColour('--surface-screen'), 'editor.foreground': tokenColour('--text-1'), 'editorLineNumber.foreground': tokenColour('--text-3'), 'editorCursor.foreground': tokenColour('--key-mark'), 'editor.selectionBackground': tokenColour('--selection'), 'editor.lineHighlightBorder': tokenColour('--line') },
  });
  return 'keyspace';
}

export default function CodeEditor({ path, value, onChange, onSave }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const heard = useRef({ onChange, onSave });
  heard.current = { onChange, onSave };
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const editor = monaco.editor.create(box, {
      value, language: /\.(conf|acl)$/.test(path) ? LANGUAGE : 'plaintext', theme: defineTheme(theme), automaticLayout: true, minimap: { enabled: false }, fontFamily: 'JetBrains Mono Variable, monospace', fontSize: 13.5,
      lineNumbersMinChars: 3, scrollBeyondLastLine: false, renderLineHighlight: 'line', ariaLabel: `Text of ${path}`, padding: { top: 10, bottom: 10 }, wordWrap: 'on', tabFocusMode: false,
    });
    const change = editor.onDidChangeModelContent(() => heard.current.onChange(editor.getValue()));
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => heard.current.onSave());
    editor.focus();
    return () => {
      change.dispose();
      editor.getModel()?.dispose();
      editor.dispose();
    };
    // The editor owns its text from here on; another file is another component (key).
  }, [path]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => monaco.editor.setTheme(defineTheme(theme)), [theme]);
  return <div className="code-editor" ref={place} />;
}
