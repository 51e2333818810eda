// What opens over the page from anywhere in it, one at a time.
import type { Person } from '@kith/sdk';
import type { ReactElement } from 'react';
import { SettingsDialog } from '../features/account/settings-dialog.js';
import { Scheduled } from '../features/composer/scheduled.js';
import { Channels } from '../features/conversations/channels.js';
import { NewConversation } from '../features/conversations/new-conversation.js';
import { Switcher } from '../features/conversations/switcher.js';
import { type OpenDialog, showDialog } from './panel.js';
import { Shortcuts } from './shortcuts.js';

export type DialogsProps = { readonly person: Person; readonly dialog: OpenDialog };

export function Dialogs({ person, dialog }: DialogsProps): ReactElement {
  const close = () => showDialog(null);
  switch (dialog) {
    case 'new':
      return <NewConversation person={person} onClose={close} />;
    case 'channels':
      return <Channels person={person} onClose={close} />;
    case 'settings':
      return <SettingsDialog person={person} onClose={close} />;
    case 'switcher':
      return <Switcher person={person} onClose={close} />;
    case 'shortcuts':
      return <Shortcuts onClose={close} />;
    case 'later':
      return <Scheduled person={person} onClose={close} />;
  }
}
