// Until when a guest is in the workspace: to the end of a day that is chosen, or without an end.
import type { WorkspacePerson } from '@kith/protocol';
import { type FormEvent, type ReactElement, useState } from 'react';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { useAttempt } from '../../ui/use-attempt.js';
import type { PersonChange } from './workspace-people.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;

export type GuestTimeDialogProps = {
  readonly guest: WorkspacePerson;
  readonly change: PersonChange;
  readonly onClose: () => void;
};

export function GuestTimeDialog({ guest, change, onClose }: GuestTimeDialogProps): ReactElement {
  const say = useText();
  const [now] = useState(() => Date.now());
  const { problem, isBusy, attempt } = useAttempt();
  const { user, expiresAt } = guest;
  const set = (end: number | null) =>
    attempt(() => change('PATCH', user.id, { role: 'guest', ...(end === null ? {} : { expiresAt: end }) }), onClose);
  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const day = new Date(`${new FormData(event.currentTarget).get('until')}T23:59:59.999`).getTime();
    if (Number.isFinite(day)) set(day);
  }
  return (
    <Dialog title={say('guest.timeOf', { name: user.name })} problem={problem} onClose={onClose}>
      <p className="hint">{say('guest.about')}</p>
      <form onSubmit={save}>
        <Field
          label={say('guest.last')}
          type="date"
          name="until"
          min={dayForm(now)}
          defaultValue={dayForm(expiresAt ?? now + MONTH_DAYS * DAY_MS)}
          required
        />
        <div className="actions">
          {expiresAt === null ? null : (
            <button type="button" className="button" disabled={isBusy} onClick={() => set(null)}>
              {say('guest.noEnd')}
            </button>
          )}
          <button type="submit" className="button primary" disabled={isBusy}>
            {say('action.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** As a field of the kind `date` has it, in local time. */
function dayForm(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 10);
}
