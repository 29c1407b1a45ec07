/* The link that was made of a run, to be copied: whoever opens it gets the same run. */
import { useState } from 'react';
import { Button, Dialog, Field, notify } from '../../ui/index.ts';

/** Tells what went wrong with sharing, saving or opening. */
export function complain(fault: unknown): void {
  notify({ id: 'share', kind: 'problem', text: `That did not work: ${fault instanceof Error ? fault.message : String(fault)}` });
}

/** Open while there is a link. `says` tells what the other will see. */
export function ShareDialog({ link, title, says, onClose }: { link: string | undefined; title: string; says: string; onClose: () => void }) {
  const [copied, setCopied] = useState<string>();
  const isCopied = copied !== undefined && copied === link;
  const copy = () => void navigator.clipboard.writeText(link ?? '').then(() => setCopied(link), complain);
  return (
    <Dialog open={link !== undefined} onClose={onClose} title={title} actions={<Button look="primary" icon={isCopied ? 'check' : 'copy'} onClick={copy}>{isCopied ? 'Copied' : 'Copy the link'}</Button>}>
      <p>{says}</p>
      <Field label="Link" readOnly mono value={link ?? ''} onFocus={(event) => event.target.select()} />
    </Dialog>
  );
}
