// One's own settings, by what they are about.
import type { Person } from '@kith/sdk';
import { type ReactElement, useState } from 'react';
import { type TextKey, useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { Feedback } from '../feedback/feedback.js';
import { mayInWorkspace, useOwnRole } from '../workspace/own-role.js';
import { WorkspaceSettings } from '../workspace/workspace-settings.js';
import { AppearanceSettings } from './appearance-settings.js';
import { NotificationSettings } from './notification-settings.js';
import { PrivacySettings } from './privacy-settings.js';
import { ProfileSettings } from './profile-settings.js';
import { SessionSettings } from './session-settings.js';

const TABS = {
  profile: ['settings.profile', ProfileSettings],
  appearance: ['settings.appearance', AppearanceSettings],
  notifications: ['settings.notifications', NotificationSettings],
  privacy: ['settings.privacy', PrivacySettings],
  sessions: ['settings.sessions', SessionSettings],
  workspace: ['settings.workspace', WorkspaceSettings],
  feedback: ['feedback.title', Feedback],
} as const satisfies { readonly [tab: string]: readonly [TextKey, unknown] };

type Tab = keyof typeof TABS;

export type SettingsProps = { readonly person: Person };

export function SettingsDialog({ person, onClose }: SettingsProps & { readonly onClose: () => void }): ReactElement {
  const say = useText();
  const [tab, setTab] = useState<Tab>('profile');
  const role = useOwnRole();
  const [, Body] = TABS[tab];
  const tabs = (Object.keys(TABS) as Tab[]).filter(
    (one) => one !== 'workspace' || mayInWorkspace('workspace.people', role),
  );
  return (
    <Dialog title={say('settings.title')} isWide onClose={onClose}>
      <ul className="tabs">
        {tabs.map((one) => (
          <li key={one}>
            <button type="button" className="tab" aria-pressed={one === tab} onClick={() => setTab(one)}>
              {say(TABS[one][0])}
            </button>
          </li>
        ))}
      </ul>
      <Body person={person} />
    </Dialog>
  );
}
