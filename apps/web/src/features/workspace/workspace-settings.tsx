// The workspace, for those who care for it: who is invited, the one accent, how long messages are kept, and who is in it,
// which is the longest and so the last.
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import type { SettingsProps } from '../account/settings-dialog.js';
import { InviteLinks } from '../members/invite-links.js';
import { mayInWorkspace, useOwnRole } from './own-role.js';
import { WorkspaceAccent } from './workspace-accent.js';
import { WorkspacePeople } from './workspace-people.js';
import { WorkspaceRetention } from './workspace-retention.js';

export function WorkspaceSettings({ person }: SettingsProps): ReactElement | null {
  const say = useText();
  const role = useOwnRole();
  if (role === null) return null;
  return (
    <>
      {mayInWorkspace('workspace.invite', role) ? (
        <section aria-label={say('workspace.invite')}>
          <h3>{say('workspace.invite')}</h3>
          <p className="hint">{say('workspace.inviteAbout')}</p>
          <InviteLinks person={person} conversation={null} />
        </section>
      ) : null}
      {mayInWorkspace('workspace.look', role) ? <WorkspaceAccent /> : null}
      {mayInWorkspace('workspace.retain', role) ? <WorkspaceRetention person={person} own={role} /> : null}
      {mayInWorkspace('workspace.people', role) ? <WorkspacePeople person={person} own={role} /> : null}
    </>
  );
}
