// A poll is asked: a question, what can be chosen, and how. A field for one more option comes as the last one is filled.
import { LIMITS } from '@kith/protocol';
import type { ConversationView, Person } from '@kith/sdk';
import { type FormEvent, type ReactElement, useState } from 'react';
import { type TextKey, useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { useAttempt } from '../../ui/use-attempt.js';

const LEAST = 2;
const HOUR_MS = 3_600_000;
const ENDS: readonly (readonly [afterMs: number, words: TextKey])[] = [
  [0, 'poll.endByHand'],
  [HOUR_MS, 'poll.endHour'],
  [24 * HOUR_MS, 'poll.endDay'],
  [7 * 24 * HOUR_MS, 'poll.endWeek'],
];

export type PollDialogProps = {
  readonly person: Person;
  readonly conversation: ConversationView;
  readonly onClose: () => void;
};

export function PollDialog({ person, conversation, onClose }: PollDialogProps): ReactElement {
  const say = useText();
  const [texts, setTexts] = useState<readonly string[]>(['', '']);
  const { problem, isBusy, attempt } = useAttempt();
  const options = texts.map((text) => text.trim()).filter((text) => text !== '');
  const isAlike = new Set(options).size < options.length;

  function write(place: number, text: string): void {
    const written = texts.map((one, index) => (index === place ? text : one));
    const isFull = written.every((one) => one.trim() !== '');
    setTexts(isFull && written.length < LIMITS.pollOptions ? [...written, ''] : written);
  }

  function ask(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const question = String(form.get('question') ?? '').trim();
    const afterMs = Number(form.get('end'));
    if (question === '' || options.length < LEAST || isAlike) return;
    const poll = {
      options: options.map((text) => ({ text })),
      ...(form.get('several') === null ? {} : { most: options.length }),
      ...(form.get('anonymous') === null ? {} : { anonymous: true }),
      ...(afterMs === 0 ? {} : { closesAt: Date.now() + afterMs }),
    };
    attempt(() => person.send(conversation.id, question, { poll }), onClose);
  }

  return (
    <Dialog title={say('poll.title')} problem={isAlike ? say('poll.alike') : problem} onClose={onClose}>
      <form className="place-form" onSubmit={ask}>
        <Field label={say('poll.question')} name="question" maxLength={LIMITS.text} required />
        {texts.map((text, place) => (
          <Field
            // biome-ignore lint/suspicious/noArrayIndexKey: its place is what an option is known by
            key={place}
            label={say('poll.optionOf', { number: place + 1 })}
            maxLength={LIMITS.pollOption}
            required={place < LEAST}
            value={text}
            onChange={({ target }) => write(place, target.value)}
          />
        ))}
        <label className="choice">
          <input type="checkbox" name="several" />
          <span>{say('poll.allowSeveral')}</span>
        </label>
        <label className="choice">
          <input type="checkbox" name="anonymous" />
          <span>{say('poll.hideWho')}</span>
        </label>
        <label className="field">
          <span className="label">{say('poll.ends')}</span>
          <select className="input" name="end">
            {ENDS.map(([afterMs, words]) => (
              <option key={afterMs} value={afterMs}>
                {say(words)}
              </option>
            ))}
          </select>
        </label>
        <div className="actions">
          <button type="submit" className="button primary" disabled={isBusy || options.length < LEAST || isAlike}>
            {say('poll.ask')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
