// Asks before something is done with a message that cannot be undone.
import type { ShownItem } from '@kith/sdk';
import type { ReactElement } from 'react';
import { ConfirmDialog, type ConfirmDialogProps } from '../../ui/confirm-dialog.js';

export type MessageDialogProps = { readonly item: ShownItem; readonly onClose: () => void };

export type AskingDialogProps = MessageDialogProps & Omit<ConfirmDialogProps, 'children'>;

export function AskingDialog({ item, ...rest }: AskingDialogProps): ReactElement {
  return (
    <ConfirmDialog {...rest}>
      <blockquote className="shown-message" dir="auto">
        {typeof item.body.text === 'string' ? item.body.text.slice(0, 300).toWellFormed() : ''}
      </blockquote>
    </ConfirmDialog>
  );
}
