// What waits for its time: messages that the server will send, and reminders.
import type { Scheduled as Item } from '@kith/protocol';
import type { Person } from '@kith/sdk';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { comingOf } from '../../text/times.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';

export function Scheduled({
  person,
  onClose,
}: {
  readonly person: Person;
  readonly onClose: () => void;
}): ReactElement {
  const say = useText();
  const [items, setItems] = useState<readonly Item[] | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(async () => setItems((await person.command('scheduled.read', {})).items), [person]);
  useEffect(() => attempt(read), [attempt, read]);
  return (
    <Dialog title={say('later.title')} problem={problem} onClose={onClose}>
      <ul className="people" aria-label={say('later.title')}>
        {items?.map((item) => (
          <li key={item.scheduled}>
            <span className="who">
              <span className="title" dir="auto">
                {item.text ?? say('later.reminder')}
              </span>
              <span className="about">{comingOf(item.at, Date.now())}</span>
            </span>
            <button
              type="button"
              className="button danger"
              disabled={isBusy}
              onClick={() =>
                attempt(async () => {
                  await person.command('scheduled.cancel', { scheduled: item.scheduled });
                  await read();
                })
              }
            >
              {say('later.cancel')}
            </button>
          </li>
        ))}
      </ul>
      {items?.length === 0 ? <p className="hint empty">{say('later.none')}</p> : null}
    </Dialog>
  );
}
