/*
 * A modal dialog on the platform's own <dialog>: it traps the focus, closes on Escape and gives the
 * focus back. A click on the backdrop closes too.
 */
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { IconButton } from './button.tsx';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Hides the title bar (the palette has its own field on top); the title is still the dialog's name. */
  bare?: boolean;
  wide?: boolean;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Dialog({ open, onClose, title, bare = false, wide = false, actions, className, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    if (dialog === null) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog ref={box} className={`dialog${wide ? ' dialog-wide' : ''}${className === undefined ? '' : ` ${className}`}`} {...(bare ? { 'aria-label': title } : { 'aria-labelledby': heading })}
      onClose={onClose} onClick={(event) => { if (event.target === box.current) onClose(); }}>
      {open ? (
        <>
          {bare ? null : (
            <div className="dialog-head">
              <h2 id={heading}>{title}</h2>
              <IconButton icon="close" label="Close" onClick={onClose} />
            </div>
          )}
          {bare ? children : <div className="dialog-body">{children}</div>}
          {actions === undefined ? null : <div className="dialog-actions">{actions}</div>}
        </>
      ) : null}
    </dialog>
  );
}
