// The one table of limits that are part of the wire contract. `welcome.limits` carries it to every client.
// Bytes are bytes of UTF-8, `text` is in UTF-16 units (what String.length counts in JavaScript), the rest are items.

// Those that a client itself goes by stand alone, so that its bundle has no others.
const FRAME = 131_072;
const READ_PAGE = 200;
const RECEIPT_MEMBERS = 50;
const WATCH = 200;
const QUOTES = 50;
const CATCH_UP_ENTRIES = 1_000;
const PENDING = 64;
const UNREAD_CAP = 1_000;
const DEPTH = 32;

/** Limits of the wire; every bound in the schemas and in the server's queues that a client can meet is named here. */
export const LIMITS = {
  /** Longest `text` of a message, in UTF-16 units. */
  text: 16_000,
  /** Longest frame or HTTP body that a client may send, in bytes. */
  frame: FRAME,
  /** Most summaries in `welcome` and in a page of `conversations.list`, and messages in one of `messages.search`. */
  summaryPage: 100,
  /** Most entries, messages, members or marks in a page that is read. */
  readPage: READ_PAGE,
  /** Most members of a group at one time. */
  members: 1_000,
  /** Most users that one command or entry names. */
  usersPerEntry: 100,
  /** Largest conversation in which marks of others are pushed. */
  receiptMembers: RECEIPT_MEMBERS,
  /** Most people whose presence one connection watches. */
  watch: WATCH,
  /** Most users that one message mentions by name. */
  mentions: 50,
  /** Most edits of one message. */
  edits: 200,
  /** Most kinds of reactions on one message. */
  reactions: 20,
  /** Most pinned messages of a conversation. */
  pins: 100,
  /** Most messages that one person hides for themselves. */
  hidden: 10_000,
  /** Most quoted messages that come with a page, and that are asked for at once. */
  quotes: QUOTES,
  /** Most options of a poll. */
  pollOptions: 20,
  /** Longest text of an option, in UTF-16 units. */
  pollOption: 200,
  /** Longest emoji of a reaction, in UTF-16 units. */
  emoji: 64,
  /** Most missed entries that follow a `welcome` by themselves; a client further behind reads what it wants. */
  catchUpEntries: CATCH_UP_ENTRIES,
  /** Most commands of a connection that wait for their answer; the next one is `rate_limited`. */
  pending: PENDING,
  /** Highest value of `unread` and `mentions`; it means "this many or more". */
  unreadCap: UNREAD_CAP,
  /** Longest name of a conversation, display name or search, in UTF-16 units. */
  name: 100,
  /** Longest topic of a conversation, in UTF-16 units. */
  topic: 500,
  /** Largest value of a setting, in bytes of its JSON. */
  setting: 16_384,
  /** Most people whom one person blocks. */
  blocks: 1_000,
  /** Most contacts of one person. */
  contacts: 5_000,
  /** Longest note on a contact, in UTF-16 units. */
  note: 1_000,
  /** Most folders of one person. */
  folders: 100,
  /** Most conversations in a folder, and most people. */
  folderItems: 200,
  /** Most keys that sign people in to one workspace. */
  workspaceKeys: 20,
  /** Most invitations to one conversation, or to the workspace itself, that are neither revoked nor past their time. */
  invites: 50,
  /** Most conversations of one workspace of which everything is kept, whatever else is set. */
  kept: 200,
  /** Most messages and reminders that wait for their time, or were refused at it, of one person. */
  scheduled: 100,
  /** Most bots of one workspace that are in service. */
  bots: 100,
  /** Most tokens of one bot. */
  botTokens: 20,
  /** Most incoming webhooks of one workspace. */
  incomingHooks: 200,
  /** Most outgoing webhooks of one workspace. */
  outgoingHooks: 20,
  /** Most slash commands of one workspace. */
  slashCommands: 200,
  /** Longest name of a slash command, without its slash. */
  commandName: 32,
  /** Most invocations of slash commands that wait for one bot. */
  invocations: 1_000,
  /** Most answers to one invocation, beside that in the answer of a webhook. */
  answers: 5,
  /** Deepest nesting of arrays and objects in a frame or body. */
  depth: DEPTH,
} as const;

/** Those that a client itself goes by, until a server has told it others. */
export const CLIENT_LIMITS = {
  frame: FRAME,
  readPage: READ_PAGE,
  receiptMembers: RECEIPT_MEMBERS,
  watch: WATCH,
  quotes: QUOTES,
  catchUpEntries: CATCH_UP_ENTRIES,
  pending: PENDING,
  unreadCap: UNREAD_CAP,
  depth: DEPTH,
} as const satisfies Partial<typeof LIMITS>;

export type ClientLimits = { readonly [name in keyof typeof CLIENT_LIMITS]: number };

export type Limits = { readonly [name in keyof typeof LIMITS]: number };

/** Times of the wire contract, in milliseconds. */
export const TIMES = {
  /** A connection that has not said `hello` by then is closed with 4408. */
  helloMs: 10_000,
  /** Interval of the server's pings; a side that heard nothing for two of them closes with 4002. */
  heartbeatMs: 30_000,
  /** How long a typing signal shows without renewal. */
  typingMs: 5_000,
  /** Marks and presence of one member are written and published at most this often. */
  marksMs: 2_000,
  presenceGatherMs: 1_000,
  /** From the last connection of a person to `offline`. */
  presenceGraceMs: 20_000,
  /** How long an invitation lives of which nothing else is said: seven days. */
  inviteMs: 604_800_000,
  /** How long an invocation of a slash command may be answered. */
  answersMs: 1_800_000,
} as const;
