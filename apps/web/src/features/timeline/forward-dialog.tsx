// Where a message is repeated: one of the conversations in which this person may write.
import { isAllowed } from '@kith/protocol';
import { useConversations, usePerson } from '@kith/react';
import { type ReactElement, useState } from 'react';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { ConversationChoice } from '../conversations/conversation-choice.js';
import type { MessageDialogProps } from './asking-dialog.js';

export function ForwardDialog({ item, onClose }: MessageDialogProps): ReactElement {
  const say = useText();
  const person = usePerson();
  const all = useConversations();
  const [query, setQuery] = useState('');
  const { problem, isBusy, attempt } = useAttempt();
  const { conversation, epoch, seq } = item;
  const text = typeof item.body.text === 'string' ? item.body.text : '';
  return (
    <Dialog title={say('forward.title')} problem={problem} onClose={onClose}>
      <blockquote className="shown-message" dir="auto">
        {text.slice(0, 300).toWellFormed()}
      </blockquote>
      <ConversationChoice
        conversations={all.filter(({ kind, role }) => isAllowed('message.send', kind, role))}
        query={query}
        isBusy={isBusy}
        onQuery={setQuery}
        onChoose={(id) =>
          attempt(
            async () => await person?.send(id, text, { forward: { conversation, epoch, seq } }),
            () => {
              onClose();
              openConversation(id);
            },
          )
        }
      />
    </Dialog>
  );
}
