// Who is in the workspace, in the order in which they came: their roles, guests with their time, and who was deactivated. What
// the contract allows (I3, I4) is offered to who stands above somebody; the server decides.
import { WORKSPACE_RANKS, WORKSPACE_ROLES, type WorkspacePerson, type WorkspaceRole } from '@kith/protocol';
import { useChat } from '@kith/react';
import type { Person } from '@kith/sdk';
import { CalendarClock, MoreHorizontal, UserCheck, UserX } from 'lucide-react';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { say, type TextKey, useText } from '../../text/text.js';
import { dateOf } from '../../text/times.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu, MenuItem, MenuLine } from '../../ui/menu.js';
import { Problem } from '../../ui/problem.js';
import { SearchBox } from '../../ui/search-box.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { plainOf } from '../conversations/plain.js';
import { DeactivateDialog } from './deactivate-dialog.js';
import { GuestTimeDialog } from './guest-time-dialog.js';

export type OwnRole = { readonly person: Person; readonly own: WorkspaceRole };
export type PersonChange = (method: 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<void>;

const PATH = '/workspace/people';
const PAGE = 100;
const ROLES: { readonly [role in WorkspaceRole]: TextKey } = {
  owner: 'role.owner',
  admin: 'role.admin',
  member: 'role.member',
  guest: 'role.guest',
};

type Page = { readonly items: readonly WorkspacePerson[]; readonly next: string | null };
type Asked = { readonly about: 'time' | 'deactivation'; readonly of: WorkspacePerson };

export function WorkspacePeople({ person, own }: OwnRole): ReactElement {
  useText();
  const chat = useChat();
  const [{ items, next }, setPage] = useState<Page>({ items: [], next: null });
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState<Asked | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(
    async (after: string | null) => {
      const cursor = after === null ? '' : `&cursor=${after}`;
      const page = (await chat.request('GET', `${PATH}?limit=${PAGE}${cursor}`)) as Page;
      setPage((before) => ({ items: after === null ? page.items : [...before.items, ...page.items], next: page.next }));
    },
    [chat],
  );
  useEffect(() => attempt(() => read(null)), [attempt, read]);
  const change: PersonChange = async (method, path, body) => {
    const changed = (await chat.request(method, `${PATH}/${path}`, body)) as WorkspacePerson;
    setPage((page) => ({
      ...page,
      items: page.items.map((one) => (one.user.id === changed.user.id ? changed : one)),
    }));
  };
  const plain = plainOf(query);
  const shown = items.filter(({ user }) => plainOf(`${user.name} @${user.username}`).includes(plain));
  return (
    <section aria-label={say('workspace.people')}>
      <h3>{say('workspace.people')}</h3>
      {items.length > 8 ? <SearchBox value={query} label={say('workspace.find')} onChange={setQuery} /> : null}
      <ul className="people" aria-label={say('workspace.people')}>
        {shown.map((one) => (
          <PersonRow
            key={one.user.id}
            one={one}
            isMe={one.user.id === person.id}
            own={own}
            onRole={(role) => attempt(() => change('PATCH', one.user.id, { role }))}
            onTime={() => setAsked({ about: 'time', of: one })}
            onDeactivate={() => setAsked({ about: 'deactivation', of: one })}
            onReactivate={() => attempt(() => change('DELETE', `${one.user.id}/deactivation`))}
          />
        ))}
      </ul>
      {next === null ? null : (
        <button type="button" className="button" disabled={isBusy} onClick={() => attempt(() => read(next))}>
          {say('action.more')}
        </button>
      )}
      <Problem text={problem} />
      {asked?.about === 'time' ? (
        <GuestTimeDialog guest={asked.of} change={change} onClose={() => setAsked(null)} />
      ) : null}
      {asked?.about === 'deactivation' ? (
        <DeactivateDialog user={asked.of.user} change={change} onClose={() => setAsked(null)} />
      ) : null}
    </section>
  );
}

type PersonRowProps = {
  readonly one: WorkspacePerson;
  readonly isMe: boolean;
  readonly own: WorkspaceRole;
  readonly onRole: (role: WorkspaceRole) => void;
  readonly onTime: () => void;
  readonly onDeactivate: () => void;
  readonly onReactivate: () => void;
};

function PersonRow(props: PersonRowProps): ReactElement {
  const { one, isMe, own, onRole, onTime, onDeactivate, onReactivate } = props;
  const { user, role, deactivatedAt } = one;
  const isAbove = own === 'owner' || WORKSPACE_RANKS[own] > WORKSPACE_RANKS[role as WorkspaceRole];
  const mayChange = isAbove && !isMe && user.kind !== 'bot';
  const roles = WORKSPACE_ROLES.filter(
    (other) => other !== role && (own === 'owner' || WORKSPACE_RANKS[own] > WORKSPACE_RANKS[other]),
  );
  return (
    <li>
      <Avatar id={user.id} name={user.name} size={36} />
      <span className="who">
        <span className="title">
          <bdi>{user.name}</bdi>
        </span>
        <span className="about">
          <bdi>@{user.username}</bdi> · {aboutOf(one, isMe)}
        </span>
      </span>
      {mayChange ? (
        <Menu trigger={<IconButton label={say('members.menu', { name: user.name })} icon={MoreHorizontal} />}>
          {roles.map((other) => (
            <MenuItem key={other} onSelect={() => onRole(other)}>
              {say('members.make', { role: say(ROLES[other]) })}
            </MenuItem>
          ))}
          {role === 'guest' ? (
            <MenuItem icon={CalendarClock} onSelect={onTime}>
              {say('guest.time')}
            </MenuItem>
          ) : null}
          <MenuLine />
          {deactivatedAt === null ? (
            <MenuItem icon={UserX} isDangerous onSelect={onDeactivate}>
              {say('workspace.deactivate')}
            </MenuItem>
          ) : (
            <MenuItem icon={UserCheck} onSelect={onReactivate}>
              {say('workspace.reactivate')}
            </MenuItem>
          )}
        </Menu>
      ) : null}
    </li>
  );
}

function aboutOf({ user, role, deactivatedAt, expiresAt }: WorkspacePerson, isMe: boolean): string {
  if (deactivatedAt !== null) return say('workspace.deactivated', { date: dateOf(deactivatedAt) });
  const words = user.kind === 'bot' ? say('workspace.bot') : say(ROLES[role as WorkspaceRole]);
  const time = expiresAt === null ? words : say('guest.until', { role: words, date: dateOf(expiresAt) });
  return isMe ? say('workspace.you', { role: time }) : time;
}
