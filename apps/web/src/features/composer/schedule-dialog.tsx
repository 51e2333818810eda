// When a message is to be sent by the server.
import type { ConversationView, Person } from '@kith/sdk';
import type { ReactElement } from 'react';
import { makeKey } from '../../make-key.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { TimeChoice } from '../../ui/time-choice.js';
import { useAttempt } from '../../ui/use-attempt.js';

export type ScheduleDialogProps = {
  readonly person: Person;
  readonly conversation: ConversationView;
  readonly text: string;
  readonly replyTo: number | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
};

export function ScheduleDialog(props: ScheduleDialogProps): ReactElement {
  const { person, conversation, text, replyTo, onDone, onClose } = props;
  const say = useText();
  const { problem, isBusy, attempt } = useAttempt();
  const { id, epoch } = conversation;
  function schedule(at: number): void {
    const anchor = replyTo === null ? {} : { replyTo, epoch };
    attempt(
      () => person.command('message.schedule', { conversation: id, key: makeKey(), text, at, ...anchor }),
      onDone,
    );
  }
  return (
    <Dialog title={say('schedule.title')} problem={problem} onClose={onClose}>
      <TimeChoice action={say('schedule.set')} isBusy={isBusy} onChoose={schedule} />
    </Dialog>
  );
}
