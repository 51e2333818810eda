// The day that the log is brought to: any, or its first.
import { type FormEvent, type ReactElement, useState } from 'react';
import { useText } from '../../text/text.js';
import { fieldOf } from '../../text/times.js';
import { Dialog } from '../../ui/dialog.js';

export type DateDialogProps = {
  /** Milliseconds: where the day begins. */
  readonly onChoose: (time: number) => void;
  readonly onClose: () => void;
};

export function DateDialog({ onChoose, onClose }: DateDialogProps): ReactElement {
  const say = useText();
  const [today] = useState(() => fieldOf(Date.now()).slice(0, 10));
  function choose(time: number): void {
    onChoose(time);
    onClose();
  }
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const day = new Date(`${String(new FormData(event.currentTarget).get('day'))}T00:00`).getTime();
    if (Number.isFinite(day)) choose(day);
  }
  return (
    <Dialog title={say('date.title')} onClose={onClose}>
      <form onSubmit={submit}>
        <label className="field">
          <span className="label">{say('date.day')}</span>
          <input className="input" type="date" name="day" max={today} defaultValue={today} required />
        </label>
        <div className="actions">
          <button type="button" className="button" onClick={() => choose(0)}>
            {say('date.beginning')}
          </button>
          <button type="submit" className="button primary">
            {say('date.go')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
