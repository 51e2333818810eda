// What a conversation is and who is in it: about it, one's own marks on it, its members and their roles, its settings and
// invitations for those who may, and the way out.
import { isAllowed } from '@kith/protocol';
import { useSettings } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { Archive, BellOff, FolderPlus, LogOut, Pin } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { showPanel } from '../../shell/panel.js';
import { closeConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { FolderChoice } from '../conversations/folder-choice.js';
import { awayName, isAway, isPinned, muteName, pinName } from '../conversations/own-marks.js';
import { useTitleOf } from '../conversations/titles.js';
import { AboutPerson } from './about-person.js';
import { AddPeople } from './add-people.js';
import { InviteLinks } from './invite-links.js';
import { MemberList } from './member-list.js';
import { PlaceSettings } from './place-settings.js';

export type DetailsProps = { readonly person: Person; readonly conversation: ConversationView };

export function Details({ person, conversation }: DetailsProps): ReactElement {
  const say = useText();
  const settings = useSettings();
  const title = useTitleOf(conversation);
  const [isFiling, setFiling] = useState(false);
  const { problem, isBusy, attempt } = useAttempt();
  const { id, kind, peer, role, isMuted, head } = conversation;
  const may = (action: Parameters<typeof isAllowed>[0]) => isAllowed(action, kind, role);
  const isPlace = kind === 'group' || kind === 'channel';
  const set = (name: string, value: unknown) => attempt(() => person.set(name, value));
  return (
    <div className="panel-body details">
      <div className="details-head">
        <Avatar id={peer ?? id} name={title} size={72} isPlace={kind !== 'direct'} />
        <h3>
          <bdi>{title}</bdi>
        </h3>
      </div>
      <div className="details-actions">
        <button
          type="button"
          className="button"
          aria-pressed={isPinned(settings, id)}
          onClick={() => set(pinName(id), isPinned(settings, id) ? null : true)}
        >
          <Pin size={16} aria-hidden="true" />
          {say(isPinned(settings, id) ? 'details.unpin' : 'details.pin')}
        </button>
        <button
          type="button"
          className="button"
          aria-pressed={isMuted}
          onClick={() => set(muteName(id), isMuted ? null : true)}
        >
          <BellOff size={16} aria-hidden="true" />
          {say(isMuted ? 'details.unmute' : 'details.mute')}
        </button>
        <button
          type="button"
          className="button"
          aria-pressed={isAway(settings, conversation)}
          onClick={() => set(awayName(id), isAway(settings, conversation) ? null : head)}
        >
          <Archive size={16} aria-hidden="true" />
          {say(isAway(settings, conversation) ? 'details.bringBack' : 'details.putAway')}
        </button>
        <button type="button" className="button" onClick={() => setFiling(true)}>
          <FolderPlus size={16} aria-hidden="true" />
          {say('details.folder')}
        </button>
      </div>
      <Problem text={problem} />
      {peer === null ? null : <AboutPerson person={person} user={peer} />}
      {isPlace && role !== 'none' ? (
        <>
          {may('conversation.update') ? <PlaceSettings person={person} conversation={conversation} /> : null}
          <MemberList person={person} conversation={conversation} />
          {may('member.add') ? <AddPeople person={person} conversation={conversation} /> : null}
          {may('invite.create') ? <InviteLinks person={person} conversation={id} /> : null}
          <button
            type="button"
            className="button danger"
            disabled={isBusy}
            onClick={() =>
              attempt(
                () => person.command('member.remove', { conversation: id, key: makeKey(), user: person.id }),
                () => {
                  showPanel(null);
                  closeConversation();
                },
              )
            }
          >
            <LogOut size={16} aria-hidden="true" />
            {say(kind === 'channel' ? 'details.leaveChannel' : 'details.leave')}
          </button>
        </>
      ) : null}
      {isFiling ? <FolderChoice person={person} conversation={id} onClose={() => setFiling(false)} /> : null}
    </div>
  );
}
