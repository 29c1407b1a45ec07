/* A labelled input with its help and its problem tied to it, so that all three are heard together. */
import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from 'react';
import { Icon } from './icon.tsx';

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  /** Keeps the label for screen readers only, where the place says it already. */
  quietLabel?: boolean;
  help?: string;
  problem?: string | undefined;
  mono?: boolean;
  ref?: Ref<HTMLInputElement>;
}

export function Field({ label, quietLabel = false, help, problem, mono = false, id, className, ...rest }: FieldProps) {
  const made = useId();
  const own = id ?? made;
  const described = [help === undefined ? '' : `${own}-help`, problem === undefined ? '' : `${own}-problem`].filter((x) => x !== '').join(' ');
  return (
    <div className={`field${className === undefined ? '' : ` ${className}`}`}>
      <label className={quietLabel ? 'only-read' : 'field-label'} htmlFor={own}>{label}</label>
      <input id={own} className={`input${mono ? ' input-mono' : ''}`} aria-invalid={problem !== undefined} {...(described === '' ? {} : { 'aria-describedby': described })} {...rest} />
      {help === undefined ? null : <span className="field-help" id={`${own}-help`}>{help}</span>}
      {problem === undefined ? null : <span className="field-problem" id={`${own}-problem`}><Icon name="warning" size={13} />{problem}</span>}
    </div>
  );
}

export interface SelectFieldProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  quietLabel?: boolean;
  children: ReactNode;
}

export function SelectField({ label, quietLabel = false, children, className, ...rest }: SelectFieldProps) {
  const own = useId();
  return (
    <div className={`field${className === undefined ? '' : ` ${className}`}`}>
      <label className={quietLabel ? 'only-read' : 'field-label'} htmlFor={own}>{label}</label>
      <select id={own} className="input" {...rest}>{children}</select>
    </div>
  );
}
