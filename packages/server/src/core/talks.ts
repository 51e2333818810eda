// Whom a person talks with, as the log of their direct conversations tells it.
// Bounded: of the newest conversations the newest entries are looked at.
import type { UserId } from '@kith/protocol';

/** What is looked at to know whom a person talks with: the newest entries of the direct conversations that were made last. */
export const TALKED = { entries: 50, conversations: 1_000 } as const;

/** When a person wrote to another one in their direct conversation, rising: among its newest entries. */
export type Talk = { readonly user: UserId; readonly times: readonly number[] };
