// Asks before somebody is kept from signing in.
import type { User } from '@kith/protocol';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { ConfirmDialog } from '../../ui/confirm-dialog.js';
import type { PersonChange } from './workspace-people.js';

export type DeactivateDialogProps = {
  readonly user: User;
  readonly change: PersonChange;
  readonly onClose: () => void;
};

export function DeactivateDialog({ user, change, onClose }: DeactivateDialogProps): ReactElement {
  const say = useText();
  return (
    <ConfirmDialog
      title={say('workspace.deactivateOne', { name: user.name })}
      about={say('workspace.deactivateAbout')}
      action={say('workspace.deactivate')}
      onAgreed={() => change('PUT', `${user.id}/deactivation`)}
      onClose={onClose}
    />
  );
}
