// What the message was, from its first text to its last.

import { usePerson } from '@kith/react';
import type { ShownItem } from '@kith/sdk';
import { historyOf } from '@kith/sdk/history/history';
import { type ReactElement, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { dayOf, timeOf } from '../../text/times.js';
import { Dialog } from '../../ui/dialog.js';
import { Moment } from '../../ui/moment.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { MarkedText } from './marked-text.js';

type Edit = { readonly at: number; readonly seq: number; readonly text: string };

export function History({ item, onClose }: { readonly item: ShownItem; readonly onClose: () => void }): ReactElement {
  const say = useText();
  const person = usePerson();
  const [edits, setEdits] = useState<readonly Edit[]>([]);
  const { problem, attempt } = useAttempt();
  useEffect(() => {
    attempt(async () => {
      const entries = person ? await historyOf(person, item) : [];
      setEdits(
        entries.flatMap(({ at, seq, body }) => (typeof body.text === 'string' ? [{ at, seq, text: body.text }] : [])),
      );
    });
  }, [attempt, person, item]);
  return (
    <Dialog title={say('history.title')} problem={problem} onClose={onClose}>
      <ol className="history" aria-label={say('history.name')}>
        {edits.map(({ at, seq, text }) => (
          <li key={seq}>
            <Moment
              at={at}
              className="hint"
              words={(when) => say('history.when', { day: dayOf(when, Date.now()), time: timeOf(when) })}
            />
            <MarkedText text={text} />
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
