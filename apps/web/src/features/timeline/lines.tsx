// What stands between messages: days, facts, and where the unread ones begin.
import type { ShownItem } from '@kith/sdk';
import { memo, type ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { dayOf, momentOf } from '../../text/times.js';
import { useNames } from '../people/names.js';
import { factOf, namedIn } from './facts.js';

export type DayLineProps = {
  readonly at: number;
  /** Asked for another day. */
  readonly onOpen: () => void;
};

export function DayLine({ at, onOpen }: DayLineProps): ReactElement {
  const say = useText();
  return (
    <p className="day">
      <button type="button" title={say('date.title')} onClick={onOpen}>
        {dayOf(at, Date.now())}
      </button>
    </p>
  );
}

export function UnreadLine(): ReactElement {
  const say = useText();
  return (
    <p className="unread-line">
      <span>{say('timeline.new')}</span>
    </p>
  );
}

export const FactLine = memo(function FactLine({ item }: { readonly item: ShownItem }): ReactElement | null {
  useText();
  const names = useNames(namedIn(item));
  const text = factOf(item, (user) => names.get(user ?? '') ?? '');
  if (text === null) return null;
  return (
    <p className="fact" dir="auto" title={momentOf(item.at)} data-seq={item.seq} tabIndex={-1}>
      {text}
    </p>
  );
});
