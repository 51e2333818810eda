// Something that opens at its button and goes away with a press elsewhere.
import * as RadixPopover from '@radix-ui/react-popover';
import type { ReactElement, ReactNode } from 'react';

export type PopoverProps = {
  readonly trigger: ReactElement;
  readonly label: string;
  readonly children: ReactNode;
  readonly isOpenAtFirst?: boolean;
  readonly onClosed?: () => void;
};

export function Popover({ trigger, label, children, isOpenAtFirst = false, onClosed }: PopoverProps): ReactElement {
  return (
    <RadixPopover.Root
      defaultOpen={isOpenAtFirst}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClosed?.();
      }}
    >
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content className="popover" aria-label={label} align="start" sideOffset={6} collisionPadding={8}>
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
