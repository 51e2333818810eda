// A button that is a picture: its name is there for who points at it, and for who doesn't see it.
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactElement } from 'react';

export type IconButtonProps = ComponentProps<'button'> & {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly size?: number;
};

export function IconButton({ label, icon: Icon, size = 20, className, ...rest }: IconButtonProps): ReactElement {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={className === undefined ? 'icon-button' : `icon-button ${className}`}
    >
      <Icon size={size} aria-hidden="true" />
    </button>
  );
}
