// A poll as it is asked for: how many options it may have, and what is said of it beside them. What the log holds of it is in
// entries.ts. Rule PO1 of docs/protocol/v1.md.
import { Time } from './entries.js';
import { LIMITS } from './limits.js';
import { Type } from './typebox.js';

/** Names an option of a poll by its place. */
export const OptionNumber = Type.Integer({ minimum: 0, maximum: LIMITS.pollOptions - 1 });

/** What a message asks, as whoever sends it says it. */
export const NewPoll = Type.Object({
  options: Type.Array(
    Type.Object({ text: Type.String({ minLength: 1, maxLength: LIMITS.pollOption, 'x-limit': 'pollOption' }) }),
    { minItems: 2, maxItems: LIMITS.pollOptions, 'x-limit': 'pollOptions' },
  ),
  most: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pollOptions })),
  anonymous: Type.Optional(Type.Boolean()),
  closesAt: Type.Optional(Time),
});
