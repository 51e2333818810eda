// What a conversation keeps in sight, the last pinned first.
import { isAllowed } from '@kith/protocol';
import { useObservable } from '@kith/react';
import type { ConversationView, Person } from '@kith/sdk';
import { Pins, setPinned } from '@kith/sdk/pins/pins';
import { PinOff } from 'lucide-react';
import { type ReactElement, useMemo } from 'react';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { ShownMessage } from '../timeline/shown-message.js';

export type PinsPanelProps = { readonly person: Person; readonly conversation: ConversationView };

export function PinsPanel({ person, conversation }: PinsPanelProps): ReactElement {
  const say = useText();
  const { id, kind, role } = conversation;
  const pins = useObservable(
    useMemo(() => new Pins(person, id), [person, id]),
    null,
  );
  return (
    <div className="panel-body">
      <ul aria-label={say('pins.title')}>
        {pins?.map((item) => (
          <li key={item.seq} className="shown-row">
            <ShownMessage item={item} />
            {isAllowed('message.pin', kind, role) ? (
              <IconButton
                label={say('message.unpin')}
                icon={PinOff}
                size={16}
                onClick={() => void setPinned(person, item, false)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {pins?.length === 0 ? <p className="hint empty">{say('pins.none')}</p> : null}
    </div>
  );
}
