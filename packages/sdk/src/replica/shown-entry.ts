// Entries as an app sees them: of their bodies, what the kinds of this version hold is typed.
import type { Entry, EntryFields, TimelineItem } from '@kith/protocol';

/** An entry; what its body holds depends on its kind, which may be one that this version does not know. */
export type ShownEntry = Omit<Entry, 'body'> & { readonly body: EntryFields };

/**
 * An entry with what later ones made of it, up to the seq `asOf`; `edited` is the last edit, `erased` that it was deleted,
 * `pinned` the entry that pinned it, where it is pinned, `poll` what stands of the poll in its body.
 */
export type ShownItem = ShownEntry &
  Pick<TimelineItem, 'asOf' | 'edited' | 'reactions' | 'poll' | 'thread' | 'pinned'> & {
    /** In a group or channel, a message of somebody whom this person blocks: shown when they ask for it. */
    readonly folded?: true;
  };
