// The conversation that is looked at: its head, its log, and where one writes.
import { isAllowed } from '@kith/protocol';
import type { ConversationView, Person, ShownItem } from '@kith/sdk';
import { lazy, type ReactElement, Suspense, useCallback, useRef, useState } from 'react';
import { StateLines } from '../../shell/connection-line.js';
import type { Attended } from '../../shell/use-attention.js';
import { useNarrow } from '../../shell/use-narrow.js';
import { type TextKey, useText } from '../../text/text.js';
import { Composer } from '../composer/composer.js';
import { useChoosing } from '../timeline/choosing.js';
import { Timeline } from '../timeline/timeline.js';
import { ConversationHead } from './conversation-head.js';
import { TypingLine } from './typing-line.js';
import { useVisit } from './visits.js';

const ChoosingHead = lazy(async () => ({ default: (await import('../timeline/choosing-head.js')).ChoosingHead }));

/** What is said where nothing may be written. */
const WITHOUT: { readonly [role: string]: TextKey } = { none: 'conversation.left', reader: 'conversation.reading' };

export type OpenConversationProps = {
  readonly person: Person;
  readonly conversation: ConversationView;
  readonly seq: number | null;
  readonly attention: Attended;
};

export function OpenConversation({ person, conversation, seq, attention }: OpenConversationProps): ReactElement {
  const say = useText();
  const isNarrow = useNarrow();
  const { id, kind, role } = conversation;
  const [replied, setReplied] = useState<ShownItem | null>(null);
  const [edited, setEdited] = useState<ShownItem | null>(null);
  useVisit(person, id);
  const isChoosing = useChoosing((now) => now.conversation === id);
  const shown = useRef<readonly ShownItem[]>([]);
  const reply = useCallback((item: ShownItem) => {
    setEdited(null);
    setReplied(item);
  }, []);
  const edit = useCallback((item: ShownItem) => {
    setReplied(null);
    setEdited(item);
  }, []);
  return (
    <section className="conversation" aria-label={say('conversation.region')}>
      {isChoosing ? (
        <Suspense fallback={<ConversationHead conversation={conversation} />}>
          <ChoosingHead person={person} />
        </Suspense>
      ) : (
        <ConversationHead conversation={conversation} />
      )}
      {isNarrow ? <StateLines /> : null}
      <Timeline
        person={person}
        conversation={conversation}
        seq={seq}
        attention={attention}
        onReply={reply}
        onEdit={edit}
        shown={shown}
      />
      <TypingLine conversation={id} />
      {isAllowed('message.send', kind, role) ? (
        <Composer
          person={person}
          conversation={conversation}
          replied={replied}
          edited={edited}
          onReplied={setReplied}
          onEdited={setEdited}
          shown={shown}
        />
      ) : (
        <p className="hint no-composer">{say(WITHOUT[role] ?? 'conversation.readOnly')}</p>
      )}
    </section>
  );
}
