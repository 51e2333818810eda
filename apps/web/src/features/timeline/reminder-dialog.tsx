// When to be reminded of a message: in a while, tomorrow, or at a time of one's own.
import { usePerson } from '@kith/react';
import type { ReactElement } from 'react';
import { makeKey } from '../../make-key.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { TimeChoice } from '../../ui/time-choice.js';
import { useAttempt } from '../../ui/use-attempt.js';
import type { MessageDialogProps } from './asking-dialog.js';

export function ReminderDialog({ item, onClose }: MessageDialogProps): ReactElement {
  const say = useText();
  const person = usePerson();
  const { problem, isBusy, attempt } = useAttempt();
  const { conversation, epoch, seq: target } = item;
  return (
    <Dialog title={say('remind.title')} problem={problem} onClose={onClose}>
      <TimeChoice
        action={say('remind.set')}
        isBusy={isBusy}
        onChoose={(at) =>
          attempt(
            async () => await person?.command('reminder.set', { conversation, epoch, target, at, key: makeKey() }),
            onClose,
          )
        }
      />
    </Dialog>
  );
}
