// How far an own message got: on its way, in the log, with the others, read by them.
import type { ConversationKind } from '@kith/protocol';
import { usePeople } from '@kith/react';
import type { OutboxItem } from '@kith/sdk';
import { ticksOf } from '@kith/sdk/ticks/ticks';
import { Check, CheckCheck, CircleAlert, Clock } from 'lucide-react';
import type { ReactElement } from 'react';
import { say, type TextKey, useText } from '../../text/text.js';

const WAY: { readonly [status in OutboxItem['status']]: readonly [typeof Clock, TextKey] } = {
  pending: [Clock, 'way.pending'],
  sending: [Clock, 'way.sending'],
  sent: [Check, 'way.sent'],
  failed: [CircleAlert, 'way.failed'],
};

export function WayTicks({ status }: { readonly status: OutboxItem['status'] }): ReactElement {
  useText();
  const [icon, words] = WAY[status];
  return <Tick icon={icon} words={say(words)} kind={status === 'failed' ? 'tick failed' : 'tick'} />;
}

export type LogTicksProps = {
  readonly seq: number;
  readonly conversation: string;
  readonly kind: ConversationKind;
};

export function LogTicks({ seq, conversation, kind }: LogTicksProps): ReactElement | null {
  useText();
  const { step, delivered, read, of } = ticksOf(seq, usePeople(conversation));
  if (kind === 'self') return null;
  const isGroup = kind !== 'direct';
  const counts = isGroup && of > 0 ? say('way.ofGroup', { delivered, read, of }) : null;
  const shown = isGroup && of > 0 && (delivered > 0 || read > 0) ? `${read > 0 ? read : delivered}/${of}` : '';
  if (step === 'read')
    return <Tick icon={CheckCheck} words={counts ?? say('way.read')} kind="tick read" text={shown} />;
  if (step === 'delivered')
    return <Tick icon={CheckCheck} words={counts ?? say('way.delivered')} kind="tick" text={shown} />;
  return <Tick icon={Check} words={counts ?? say('way.sent')} kind="tick" text={shown} />;
}

type TickProps = {
  readonly icon: typeof Clock;
  readonly words: string;
  readonly kind: string;
  readonly text?: string;
};

function Tick({ icon: Icon, words, kind, text = '' }: TickProps): ReactElement {
  return (
    <span className={kind} role="img" aria-label={words} title={words}>
      {text}
      <Icon size={14} aria-hidden="true" />
    </span>
  );
}
