// Who is in a group or channel and who is there; what the permission matrix of the contract allows is offered, and the server
// decides.
import { isAllowed, RANKS, type Role } from '@kith/protocol';
import { usePeople, usePresence } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { MoreHorizontal, UserMinus } from 'lucide-react';
import { memo, type ReactElement, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu, MenuItem, MenuLine } from '../../ui/menu.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { useName } from '../people/names.js';
import { presenceWords } from '../people/presence-words.js';

const ROLES: readonly Role[] = ['owner', 'admin', 'moderator', 'member'];
/** Further ones are behind a press. */
const PAGE = 50;

export type MemberListProps = { readonly person: Person; readonly conversation: ConversationView };

export function MemberList({ person, conversation }: MemberListProps): ReactElement {
  const say = useText();
  const { id, role: own, kind } = conversation;
  const { members } = usePeople(id);
  const [shown, setShown] = useState(PAGE);
  const { problem, attempt } = useAttempt();
  const present = [...(members ?? [])]
    .filter(([, { left }]) => left === null)
    .map(([user, { role }]) => ({ user, role }))
    .sort((a, b) => RANKS[b.role] - RANKS[a.role]);
  const visible = present.slice(0, shown);
  const presence = usePresence(visible.map(({ user }) => user).filter((user) => user !== person.id));
  const isBelow = (role: Role) => RANKS[own] > RANKS[role] || own === 'owner';
  return (
    <section aria-label={say('members.name')}>
      <h3>{say('members.title', { count: present.length })}</h3>
      <ul className="people" aria-label={say('members.name')}>
        {visible.map(({ user, role }) => (
          <MemberRow
            key={user}
            user={user}
            role={role}
            isMe={user === person.id}
            status={presence.get(user)}
            roles={
              isAllowed('member.role', kind, own) && isBelow(role)
                ? ROLES.filter((one) => one !== role && RANKS[one] <= RANKS[own])
                : []
            }
            mayRemove={isAllowed('member.remove', kind, own) && RANKS[own] > RANKS[role]}
            onRole={(to) =>
              attempt(() => person.command('member.role', { conversation: id, key: makeKey(), user, role: to }))
            }
            onRemove={() => attempt(() => person.command('member.remove', { conversation: id, key: makeKey(), user }))}
          />
        ))}
      </ul>
      {present.length > shown ? (
        <button type="button" className="button" onClick={() => setShown(shown + PAGE)}>
          {say('action.more')}
        </button>
      ) : null}
      <Problem text={problem} />
    </section>
  );
}

type MemberRowProps = {
  readonly user: string;
  readonly role: Role;
  readonly isMe: boolean;
  readonly status: Parameters<typeof presenceWords>[0] | undefined;
  /** That this person may give them. */
  readonly roles: readonly Role[];
  readonly mayRemove: boolean;
  readonly onRole: (role: Exclude<Role, 'none'>) => void;
  readonly onRemove: () => void;
};

const MemberRow = memo(function MemberRow(props: MemberRowProps): ReactElement {
  const { user, role, isMe, status, roles, mayRemove, onRole, onRemove } = props;
  const say = useText();
  const name = useName(user);
  const about = isMe ? say('person.youHere') : status ? presenceWords(status, Date.now()) : '';
  return (
    <li>
      <Avatar id={user} name={name} size={36} status={status?.status} />
      <span className="who">
        <span className="title">
          <bdi>{name}</bdi>
        </span>
        <span className="about">
          {[role === 'member' ? '' : say(`role.${role}`), about].filter(Boolean).join(', ')}
        </span>
      </span>
      {roles.length === 0 && !mayRemove ? null : isMe ? null : (
        <Menu trigger={<IconButton label={say('members.menu', { name })} icon={MoreHorizontal} />}>
          {roles.map((one) =>
            one === 'none' ? null : (
              <MenuItem key={one} onSelect={() => onRole(one)}>
                {say('members.make', { role: say(`role.${one}`) })}
              </MenuItem>
            ),
          )}
          {mayRemove ? (
            <>
              <MenuLine />
              <MenuItem icon={UserMinus} isDangerous onSelect={onRemove}>
                {say('members.remove', { name })}
              </MenuItem>
            </>
          ) : null}
        </Menu>
      )}
    </li>
  );
});
