// The name that others see, and the way out.
import { LIMITS, type OperationResult } from '@kith/protocol';
import { useChat } from '@kith/react';
import { LogOut } from 'lucide-react';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { showDialog } from '../../shell/panel.js';
import { type TextKey, useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';

type OwnProfile = OperationResult<'me.read'>;

const WORKSPACE_ROLES: {
  readonly owner: TextKey;
  readonly admin: TextKey;
  readonly member: TextKey;
  readonly guest: TextKey;
} = {
  owner: 'workspace.owner',
  admin: 'workspace.admin',
  member: 'workspace.member',
  guest: 'workspace.guest',
};

export function ProfileSettings(): ReactElement {
  const say = useText();
  const chat = useChat();
  const [profile, setProfile] = useState<OwnProfile | null>(null);
  const [isSaved, setSaved] = useState(false);
  const { problem, isBusy, attempt } = useAttempt();
  useEffect(() => {
    attempt(async () => setProfile((await chat.request('GET', '/me')) as OwnProfile));
  }, [attempt, chat]);
  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const displayName = String(new FormData(event.currentTarget).get('name') ?? '').trim();
    attempt(
      async () => setProfile((await chat.request('PATCH', '/me', { displayName })) as OwnProfile),
      () => setSaved(true),
    );
  }
  return (
    <>
      {profile === null ? null : (
        <form onSubmit={save} onChange={() => setSaved(false)}>
          <div className="profile-head">
            <Avatar id={profile.id} name={profile.name} size={56} />
            <p className="hint">
              <bdi>@{profile.username}</bdi> ·{' '}
              {say(WORKSPACE_ROLES[profile.workspaceRole as keyof typeof WORKSPACE_ROLES])}
            </p>
          </div>
          <Field label={say('signIn.name')} name="name" maxLength={LIMITS.name} required defaultValue={profile.name} />
          <div className="actions">
            <button type="submit" className="button primary" disabled={isBusy}>
              {say(isSaved ? 'action.saved' : 'action.save')}
            </button>
          </div>
        </form>
      )}
      <Problem text={problem} />
      <hr />
      <p className="hint">{say('signOut.about')}</p>
      <button
        type="button"
        className="button danger"
        onClick={() => {
          showDialog(null);
          void chat.signOut();
        }}
      >
        <LogOut size={16} aria-hidden="true" />
        {say('signOut.do')}
      </button>
    </>
  );
}
