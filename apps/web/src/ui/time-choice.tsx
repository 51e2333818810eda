// A time to come: soon, tomorrow or next week in the morning, or any that is chosen.
import { type FormEvent, type ReactElement, useState } from 'react';
import { type TextKey, useText } from '../text/text.js';
import { comingOf, fieldOf } from '../text/times.js';

const MINUTE_MS = 60_000;
const MORNING = 9;

export type TimeChoiceProps = {
  readonly action: string;
  readonly isBusy: boolean;
  /** Milliseconds. */
  readonly onChoose: (at: number) => void;
};

export function TimeChoice({ action, isBusy, onChoose }: TimeChoiceProps): ReactElement {
  const say = useText();
  const [now] = useState(() => Date.now());
  const choices: readonly (readonly [TextKey, number])[] = [
    ['when.minutes', now + 20 * MINUTE_MS],
    ['when.hour', now + 60 * MINUTE_MS],
    ['when.tomorrow', morningIn(1, now)],
    ['when.week', morningIn(7, now)],
  ];
  function choose(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const wanted = new Date(String(new FormData(event.currentTarget).get('at'))).getTime();
    if (Number.isFinite(wanted)) onChoose(wanted);
  }
  return (
    <>
      <ul className="people">
        {choices.map(([key, at]) => (
          <li key={key}>
            <button type="button" className="button wide" disabled={isBusy} onClick={() => onChoose(at)}>
              <span>{say(key)}</span>
              <span className="hint">{comingOf(at, now)}</span>
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={choose}>
        <label className="field">
          <span className="label">{say('when.own')}</span>
          <input
            className="input"
            type="datetime-local"
            name="at"
            min={fieldOf(now)}
            defaultValue={fieldOf(morningIn(1, now))}
            required
          />
        </label>
        <div className="actions">
          <button type="submit" className="button primary" disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </>
  );
}

function morningIn(days: number, now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + days);
  return day.setHours(MORNING, 0, 0, 0);
}
