// Whether what somebody wrote is shown folded: those whom the person blocks, but for what they write to each other alone.
import type { Person, ShownEntry } from '@kith/sdk';

export function isFolded(person: Person, { conversation, author }: ShownEntry): boolean {
  const { kind } = person.conversation(conversation).getSnapshot() ?? {};
  return kind !== 'direct' && person.blocked.getSnapshot().has(author ?? '');
}
