/* An editor that is a text field: for phones, and wherever the full one is not wanted. */
export interface EditorProps {
  path: string;
  value: string;
  onChange: (text: string) => void;
  onSave: () => void;
}

export function PlainEditor({ path, value, onChange, onSave }: EditorProps) {
  return (
    <textarea className="plain-editor" aria-label={`Text of ${path}`} value={value} spellCheck={false} autoCapitalize="none" autoCorrect="off" onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => { if ((event.ctrlKey || event.metaKey) && event.key === 's') { event.preventDefault(); onSave(); } }} />
  );
}
