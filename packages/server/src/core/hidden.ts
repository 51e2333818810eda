// What of a conversation a person may not see though it stands in their range: an entry that changes one from before their
// `first` comes as `hidden`, so that numbers stay without a gap and nothing of what was said before gets out. Rules M7 and M8
// of docs/protocol/v1.md.
import type { Entry } from '@kith/protocol';

/** The entry as someone sees it who may read from `first` on. */
export function asSeenFrom(first: number, entry: Entry): Entry {
  const { target } = entry.body;
  if (typeof target !== 'number' || target >= first) return entry;
  const { conversation, epoch, seq, n, at } = entry;
  return { conversation, epoch, seq, n, at, kind: 'hidden', body: {} };
}
