// Messages as plain text to take elsewhere: each with when and by whom, in the order of the log.
import { say } from '../../text/text.js';
import { dateOf, timeOf } from '../../text/times.js';

type Said = {
  readonly seq: number;
  readonly at: number;
  readonly author?: string;
  readonly erased?: boolean;
  readonly body: { readonly text?: unknown };
};

export function transcriptOf(items: Iterable<Said>, nameOf: (user: string | undefined) => string): string {
  return [...items]
    .toSorted((one, other) => one.seq - other.seq)
    .map(({ at, author, erased, body }) => {
      const text = erased || typeof body.text !== 'string' ? say('message.deleted') : body.text;
      return say('copy.line', { day: dateOf(at), time: timeOf(at), name: nameOf(author), text });
    })
    .join('\n');
}
