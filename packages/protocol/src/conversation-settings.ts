// What a conversation is set to beside its name: as bodies of entries and summaries hold it, and as a command asks for it.
// What was never set is left out and is as the comment of each says, so that a later version may have more of them.
import { LIMITS } from './limits.js';
import { Type } from './typebox.js';
import { schemaTypes } from './written-out.js';

/** A colour by its name, which each client paints as it sees fit, or where a picture is. */
const AVATAR_PATTERN = '^(?:color:[a-z]{1,32}|https://[^\\s]+)$';

/** Six hours. */
const LONGEST_SLOW_MODE_MS = 21_600_000;

/** How long a message that disappears stands: from a minute to 366 days. */
export const LIFETIME = { minimum: 60_000, maximum: 31_622_400_000 };

/** Most days that messages are kept where they are not kept for ever: a hundred years. */
export const LONGEST_RETENTION_DAYS = 36_500;

/** In bodies and summaries. */
export const SETTINGS = {
  /** Absent or null: none. */
  topic: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** Absent or null: none. */
  avatar: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** Absent: no. Nobody writes to one that is. */
  archived: Type.Optional(Type.Boolean()),
  /** How long a member waits from one message to the next; absent or 0: not at all. */
  slowModeMs: Type.Optional(Type.Integer({ minimum: 0 })),
  /** How long messages stand that are sent from then on; absent, null or 0: for ever. */
  disappearAfterMs: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
  /** How many days messages are kept; 0: for ever; absent or null: as the workspace has it. */
  retentionDays: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
  /** Absent: open. Closed: who joins from then on reads from there. */
  history: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
  /** Of a channel; absent: private. A public one is found and joined by everyone in the workspace. */
  visibility: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('private')])),
  /** Of a channel, who writes to it; absent: its members. */
  posting: Type.Optional(Type.Union([Type.Literal('members'), Type.Literal('moderators')])),
  /** Of a channel, as what who joins a public one comes in; absent: as a member. */
  joining: Type.Optional(Type.Union([Type.Literal('member'), Type.Literal('reader')])),
};

const ConversationSettings = Type.Object(SETTINGS);
const types = /* @__PURE__ */ schemaTypes({ ConversationSettings });
export type ConversationSettings = (typeof types)['ConversationSettings'];

/** The same as a command may ask for them: what is left out stays. */
export const SETTING_CHANGES = {
  topic: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: LIMITS.topic, 'x-limit': 'topic' }), Type.Null()]),
  ),
  avatar: Type.Optional(Type.Union([Type.String({ pattern: AVATAR_PATTERN, maxLength: 500 }), Type.Null()])),
  archived: Type.Optional(Type.Boolean()),
  slowModeMs: Type.Optional(
    Type.Union([Type.Literal(0), Type.Integer({ minimum: 1_000, maximum: LONGEST_SLOW_MODE_MS })]),
  ),
  disappearAfterMs: Type.Optional(Type.Union([Type.Literal(0), Type.Integer(LIFETIME), Type.Null()])),
  retentionDays: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: LONGEST_RETENTION_DAYS }), Type.Null()]),
  ),
  history: SETTINGS.history,
  visibility: SETTINGS.visibility,
  posting: SETTINGS.posting,
  joining: SETTINGS.joining,
};
