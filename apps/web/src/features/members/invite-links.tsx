// Invitations: the link of a new one with its code and as a QR code, which nobody is told again, and those that there are,
// with their uses, to be revoked.
import type { Invite } from '@kith/protocol';
import type { Person } from '@kith/sdk';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { say, useText } from '../../text/text.js';
import { dateOf } from '../../text/times.js';
import { Problem } from '../../ui/problem.js';
import { QrCode } from '../../ui/qr-code.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { linkOf } from '../account/invitation.js';

export type InviteLinksProps = { readonly person: Person; readonly conversation: string };

export function InviteLinks({ person, conversation }: InviteLinksProps): ReactElement {
  useText();
  const [invites, setInvites] = useState<readonly Invite[]>([]);
  const [code, setCode] = useState<string | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(
    async () => setInvites((await person.command('invites.list', { conversation })).items),
    [person, conversation],
  );
  useEffect(() => attempt(read), [attempt, read]);
  function create(): void {
    attempt(async () => {
      setCode((await person.command('invite.create', { conversation, key: makeKey() })).code);
      await read();
    });
  }
  function revoke({ id }: Invite): void {
    attempt(async () => {
      await person.command('invite.revoke', { conversation, invite: id });
      setCode(null);
      await read();
    });
  }
  return (
    <section className="invites" aria-label={say('invites.name')}>
      <button type="button" className="button" disabled={isBusy} onClick={create}>
        {say('invites.create')}
      </button>
      {code === null ? null : (
        <div className="invite-made">
          <QrCode text={linkOf(code)} label={say('invites.qr')} />
          <Line label={say('invites.link')} copy={say('invites.copyLink')} value={linkOf(code)} />
          <Line label={say('invites.code')} copy={say('invites.copyCode')} value={code} />
        </div>
      )}
      {invites.length === 0 ? null : (
        <ul className="people" aria-label={say('invites.name')}>
          {invites.map((invite) => (
            <li key={invite.id}>
              <span className="who">
                <span className="about">{saidOf(invite)}</span>
              </span>
              <button
                type="button"
                className="link"
                aria-label={say('invites.revokeOne', { about: saidOf(invite) })}
                disabled={isBusy}
                onClick={() => revoke(invite)}
              >
                {say('invites.revoke')}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Problem text={problem} />
    </section>
  );
}

function saidOf({ uses, maxUses, expiresAt }: Invite): string {
  const until = dateOf(expiresAt);
  return maxUses === undefined
    ? say('invites.used', { uses, until })
    : say('invites.usedOf', { uses, of: maxUses, until });
}

type LineProps = { readonly label: string; readonly copy: string; readonly value: string };

function Line({ label, copy, value }: LineProps): ReactElement {
  const [isCopied, setCopied] = useState(false);
  return (
    <div className="line">
      <label className="field">
        <span className="label">{label}</span>
        <input className="input" type="text" readOnly value={value} onFocus={(event) => event.target.select()} />
      </label>
      <button
        type="button"
        className="button"
        aria-label={copy}
        onClick={() => void navigator.clipboard?.writeText(value).then(() => setCopied(true))}
      >
        {say(isCopied ? 'action.copied' : 'action.copy')}
      </button>
    </div>
  );
}
