// The head of the open conversation: what it is called, who is there, and what can be opened beside it.
import { usePresence } from '@kith/react';
import type { ConversationView } from '@kith/sdk';
import { ArrowLeft, Hash, Info, Pin, Search } from 'lucide-react';
import type { ReactElement } from 'react';
import { togglePanel, useShown } from '../../shell/panel.js';
import { closeConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { presenceWords } from '../people/presence-words.js';
import { useTitleOf } from './titles.js';

export type ConversationHeadProps = { readonly conversation: ConversationView };

export function ConversationHead({ conversation }: ConversationHeadProps): ReactElement {
  const say = useText();
  const { id, kind, peer } = conversation;
  const title = useTitleOf(conversation);
  const presence = usePresence(peer === null ? [] : [peer]);
  const state = peer === null ? undefined : presence.get(peer);
  const { panel } = useShown();
  return (
    <header>
      <IconButton className="back" label={say('conversation.back')} icon={ArrowLeft} onClick={closeConversation} />
      <Avatar id={peer ?? id} name={title} size={36} isPlace={kind !== 'direct'} status={state?.status} />
      <div className="head-words">
        <h2>
          {kind === 'channel' ? <Hash size={16} aria-hidden="true" /> : null}
          <bdi>{title}</bdi>
        </h2>
        <p className="hint">{aboutOf(conversation, state === undefined ? '' : presenceWords(state, Date.now()))}</p>
      </div>
      <IconButton
        className="where-wide"
        label={say('pins.title')}
        icon={Pin}
        aria-pressed={panel?.kind === 'pins'}
        onClick={() => togglePanel({ kind: 'pins' })}
      />
      <IconButton
        className="where-wide"
        label={say('search.here')}
        icon={Search}
        aria-pressed={panel?.kind === 'search'}
        onClick={() => togglePanel({ kind: 'search', conversation: id })}
      />
      <IconButton
        label={say('details.title')}
        icon={Info}
        aria-pressed={panel?.kind === 'details'}
        onClick={() => togglePanel({ kind: 'details' })}
      />
    </header>
  );

  function aboutOf({ role, size }: ConversationView, presenceSaid: string): string {
    if (role === 'none') return '';
    if (kind === 'direct') return presenceSaid;
    return kind === 'self' ? say('title.selfAbout') : say('conversation.members', { count: size });
  }
}
