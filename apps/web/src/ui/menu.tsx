// A menu that opens at its button: arrows, letters and Escape work as people expect of one. It isn't modal, so nothing is
// put into the page's styles, which its content security policy would not have.
import * as DropdownMenu from '@radix-ui/react-dropdown-menu';
import type { LucideIcon } from 'lucide-react';
import { type ReactElement, type ReactNode, useContext } from 'react';
import { DialogPlace } from './dialog.js';

export type MenuProps = {
  /** The button. */
  readonly trigger: ReactElement;
  readonly children: ReactNode;
  readonly isOpenAtFirst?: boolean;
  readonly align?: 'start' | 'end';
  readonly onClosed?: () => void;
};

export function Menu({ trigger, children, isOpenAtFirst = false, align = 'end', onClosed }: MenuProps): ReactElement {
  return (
    <DropdownMenu.Root
      modal={false}
      defaultOpen={isOpenAtFirst}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClosed?.();
      }}
    >
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={useContext(DialogPlace)}>
        <DropdownMenu.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export type MenuItemProps = {
  readonly icon?: LucideIcon;
  readonly onSelect: () => void;
  readonly isDangerous?: boolean;
  readonly children: ReactNode;
};

export function MenuItem({ icon: Icon, onSelect, isDangerous = false, children }: MenuItemProps): ReactElement {
  return (
    <DropdownMenu.Item className={isDangerous ? 'menu-item danger' : 'menu-item'} onSelect={onSelect}>
      {Icon ? <Icon size={18} aria-hidden="true" /> : null}
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuLine(): ReactElement {
  return <DropdownMenu.Separator className="menu-line" />;
}
