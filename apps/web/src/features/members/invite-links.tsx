// Invitations to a conversation or the workspace: the link of a new one with its code and as a QR code, which nobody is told
// again, and those that there are, with their uses, to be revoked. Who may invite to the workspace says whether one to a
// conversation makes accounts, too, and for how long those of guests are good (I8).
import type { Invite, OperationResult } from '@kith/protocol';
import { useChat } from '@kith/react';
import type { Person } from '@kith/sdk';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { say, type TextKey, useText } from '../../text/text.js';
import { dateOf } from '../../text/times.js';
import { Problem } from '../../ui/problem.js';
import { QrCode } from '../../ui/qr-code.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { linkOf } from '../account/invitation.js';
import { mayInWorkspace, useOwnRole } from '../workspace/own-role.js';

/** @param conversation null for the workspace alone */
export type InviteLinksProps = { readonly person: Person; readonly conversation: string | null };

const WORKSPACE = '/workspace/invites';
const DAY_MS = 86_400_000;
/** Who comes in by one: those who have an account, else whoever has the link. */
const WHO: readonly (readonly [TextKey, { readonly signUp?: 'member' | 'guest'; readonly guestForMs?: number }])[] = [
  ['invites.known', {}],
  ['invites.members', { signUp: 'member' }],
  ['invites.guestsWeek', { signUp: 'guest', guestForMs: 7 * DAY_MS }],
  ['invites.guestsMonth', { signUp: 'guest', guestForMs: 30 * DAY_MS }],
  ['invites.guests', { signUp: 'guest' }],
];

export function InviteLinks({ person, conversation }: InviteLinksProps): ReactElement {
  useText();
  const chat = useChat();
  const role = useOwnRole();
  const [invites, setInvites] = useState<readonly Invite[]>([]);
  const [code, setCode] = useState<string | null>(null);
  const [who, setWho] = useState(0);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(async () => {
    const given = conversation
      ? await person.command('invites.list', { conversation })
      : ((await chat.request('GET', WORKSPACE)) as OperationResult<'workspaceInvites.list'>);
    setInvites(given.items);
  }, [chat, person, conversation]);
  useEffect(() => attempt(read), [attempt, read]);
  function create(): void {
    attempt(async () => {
      const key = makeKey();
      const made = conversation
        ? await person.command('invite.create', { conversation, key, ...WHO[who]?.[1] })
        : ((await chat.request('POST', WORKSPACE, { key })) as OperationResult<'workspaceInvite.create'>);
      setCode(made.code);
      await read();
    });
  }
  function revoke({ id }: Invite): void {
    attempt(async () => {
      if (conversation) await person.command('invite.revoke', { conversation, invite: id });
      else await chat.request('DELETE', `${WORKSPACE}/${id}`);
      setCode(null);
      await read();
    });
  }
  return (
    <section className="invites" aria-label={say('invites.name')}>
      {conversation !== null && mayInWorkspace('workspace.invite', role) ? (
        <label className="field">
          <span className="label">{say('invites.who')}</span>
          <select className="input" value={who} onChange={({ target }) => setWho(Number(target.value))}>
            {WHO.map(([words], place) => (
              <option key={words} value={place}>
                {say(words)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
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
