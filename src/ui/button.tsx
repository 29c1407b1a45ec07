/*
 * Buttons: one primary action per view, the rest outlined or quiet. What only shows an icon carries
 * its name as a label and shows it as a tooltip.
 */
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'outline' | 'primary' | 'quiet';
  small?: boolean;
  icon?: IconName;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

export function buttonClass(look: 'outline' | 'primary' | 'quiet' = 'outline', small = false): string {
  return `button${look === 'outline' ? '' : ` button-${look}`}${small ? ' button-small' : ''}`;
}

export function Button({ look = 'outline', small = false, icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${buttonClass(look, small)}${className === undefined ? '' : ` ${className}`}`}>
      {icon === undefined ? null : <Icon name={icon} size={small ? 13 : 16} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  icon: IconName;
  label: string;
  /** Keys that do the same, shown in the tooltip. */
  keys?: string;
  /** Lays the tooltip to the left, for buttons at the right edge. */
  atEnd?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, keys, atEnd = true, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={keys === undefined ? label : `${label} (${keys})`} atEnd={atEnd}>
      <button type="button" aria-label={label} {...rest} className={`icon-button${className === undefined ? '' : ` ${className}`}`}>
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}

/** Words that appear on hover or focus. They repeat the label, so assistive technology need not hear them. */
export function Tooltip({ text, atEnd = false, children }: { text: string; atEnd?: boolean; children: ReactNode }) {
  return (
    <span className="tip">
      {children}
      <span className={`tip-text${atEnd ? ' at-end' : ''}`} aria-hidden="true">{text}</span>
    </span>
  );
}

export function Kbd({ keys }: { keys: string }) {
  return <kbd className="kbd">{keys}</kbd>;
}
