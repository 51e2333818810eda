// What has to be so whatever happens, and the form in which a breach of it is told.

/** Each law by its name, and what it says. */
export const LAWS = {
  kept: 'Nothing that was confirmed is lost, and nothing is confirmed before it is durable.',
  'one-number': 'A key is one write, with one number, for ever.',
  order: 'One order without a gap, the same for everybody.',
  'author-order': "One author's messages stand in the order in which they were written.",
  marks: 'Marks only grow, and never beyond the log.',
  'members-only': 'Nobody gets what they were not a member for.',
  snapshot: 'What is said of a conversation is what follows from its log.',
  converges: 'When everything has healed, every replica is equal to the log within a bounded time.',
  counts: 'Unread counts agree with the log, everywhere.',
  apart: 'Nobody writes to those whom they block, or who block them.',
  found: 'A search finds what stands in the log, and nothing else.',
  erased: 'Erased text is nowhere.',
  'no-faults': 'Nothing throws, and nothing waits when all is closed.',
} as const;

export type Law = keyof typeof LAWS;

export type Breach = {
  readonly law: Law;
  /** What was found, in a sentence. */
  readonly found: string;
  /** The number of the event that shows it; null where it shows in the end. */
  readonly event: number | null;
};
