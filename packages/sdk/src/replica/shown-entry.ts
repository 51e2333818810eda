// Entries as an app sees them: of their bodies, what the kinds of this version hold is typed.
import type { Entry, EntryFields } from '@kith/protocol';

/** An entry; what its body holds depends on its kind, which may be one that this version does not know. */
export type ShownEntry = Omit<Entry, 'body'> & { readonly body: EntryFields };

/** An entry with what later ones made of it, up to the seq `asOf`. */
export type ShownItem = ShownEntry & { readonly asOf: number };
