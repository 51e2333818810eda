// A message that is not in the log yet: shown at once where it will stand, and, where it was refused, with what can be done.
import { useComposer } from '@kith/react';
import type { OutboxItem, ShownItem } from '@kith/sdk';
import { memo, type ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { timeOf } from '../../text/times.js';
import { Moment } from '../../ui/moment.js';
import { wordsOfRefusal } from '../../ui/use-attempt.js';
import { MarkedText } from './marked-text.js';
import { Quote } from './quote.js';
import { WayTicks } from './ticks.js';

export type UnsentMessageProps = {
  readonly item: OutboxItem;
  readonly isFirst: boolean;
  readonly quote: ShownItem | null | undefined;
};

export const UnsentMessage = memo(function UnsentMessage({ item, isFirst, quote }: UnsentMessageProps): ReactElement {
  const say = useText();
  const { params, order, status, failure } = item;
  const text = typeof params.text === 'string' ? params.text : '';
  return (
    <article className={`message own unsent last${isFirst ? ' first' : ''}`}>
      <div className="bubble">
        {quote === undefined ? null : <Quote quoted={quote} onOpen={null} />}
        <MarkedText text={text} />
        <span className="foot">
          <Moment at={order} words={timeOf} />
          <WayTicks status={status} />
        </span>
        {failure ? <Remedies item={item} drop={say('action.delete')} /> : null}
      </div>
    </article>
  );
});

export function Remedies({ item, drop }: { readonly item: OutboxItem; readonly drop: string }): ReactElement {
  const say = useText();
  const { retry, discard } = useComposer(item.conversation);
  return (
    <span className="remedies">
      {say('message.notSent', { reason: item.failure ? wordsOfRefusal(item.failure) : '' })}{' '}
      <button type="button" className="link" onClick={() => void retry(item.key)}>
        {say('message.sendAgain')}
      </button>{' '}
      <button type="button" className="link" onClick={() => void discard(item.key)}>
        {drop}
      </button>
    </span>
  );
}
