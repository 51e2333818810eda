// The door of the wire contract: everything that a server, an SDK or a test needs of it, named one by one.

export { amend, erased } from './amend.js';
export { ASSERTION_TIMES, type AssertionClaims, parseAssertion } from './assertion.js';
export type { AuditRecord } from './audit.js';
export {
  encodeEntry,
  encodeFrame,
  FrameError,
  parseClientFrame,
  parseParams,
  parseServerFrame,
  parseSignal,
  type RefusedFrame,
} from './codec.js';
export {
  ChatError,
  CLOSE_CODES,
  type CloseReason,
  ERROR_CODES,
  type ErrorCode,
  type ErrorFields,
  type Retry,
} from './codes.js';
export { COMMANDS, type CommandName, type Params, type Result, type Written } from './commands.js';
export type { ConversationSettings } from './conversation-settings.js';
export { isEmoji, isSameEmoji } from './emoji.js';
export {
  type ConversationKind,
  ENTRY_BODIES,
  type Entry,
  type EntryBody,
  type EntryFields,
  type EntryKind,
  type Role,
} from './entries.js';
export {
  type ConversationState,
  emptyState,
  type FoldedMember,
  fold,
  isCounted,
  isMessage,
  isShown,
  isStructural,
  usersChangedBy,
} from './fold.js';
export type {
  ByeFrame,
  ClientFrame,
  Command,
  GapFrame,
  Hello,
  ServerFrame,
  ServerSignal,
  Welcome,
} from './frames.js';
export {
  type ConversationId,
  type Cursor,
  type HookId,
  type InviteId,
  type InvocationId,
  type Key,
  makeId,
  parseId,
  type SessionId,
  toId,
  type UserId,
  type WorkspaceId,
  type WorkspaceKeyId,
} from './ids.js';
export { parseJson, requireCleanString } from './json.js';
export { CLIENT_LIMITS, type ClientLimits, LIMITS, type Limits, TIMES } from './limits.js';
export { ACCENTS, type Accent, type Look } from './look.js';
export type {
  Answer,
  Bot,
  BotToken,
  Channel,
  FollowedThread,
  FoundMessage,
  IncomingHook,
  Invite,
  Invocation,
  Job,
  Marks,
  Me,
  Member,
  NewBotToken,
  NewIncomingHook,
  NewOutgoingHook,
  OutgoingHook,
  Presence,
  Reactor,
  Retention,
  Scheduled,
  Session,
  SlashCommand,
  Status,
  Summary,
  ThreadStanding,
  TimelineItem,
  User,
  Voter,
  WorkspaceKey,
  WorkspacePerson,
} from './models.js';
export { buildOpenApi, type OpenApiDocument } from './openapi.js';
export {
  OPERATIONS,
  type OperationName,
  type OperationParams,
  type OperationResult,
  type SignedIn,
} from './operations.js';
export {
  ACTIONS,
  type Action,
  isAllowed,
  isAllowedInWorkspace,
  PERMISSIONS,
  type PlaceKind,
  placeKind,
  RANKS,
  WORKSPACE_ACTIONS,
  WORKSPACE_PERMISSIONS,
  WORKSPACE_RANKS,
  WORKSPACE_ROLES,
  type WorkspaceAction,
  type WorkspaceRole,
} from './permissions.js';
export {
  COMMAND_NAMES,
  type Method,
  OPERATION_NAMES,
  type Permission,
  type RateClass,
  REGISTRY,
  type RegistryRow,
  type RequestName,
  schemasOf,
} from './registry.js';
export {
  type Contact,
  type Folder,
  isKept,
  type KeptSetting,
  PRIVACY,
  type PrivacySwitch,
  parseSetting,
} from './reserved-settings.js';
export { SCOPES, type Scope, SIGNAL_SCOPE, STREAM_SCOPE } from './scopes.js';
export { type ClientSignal, SIGNALS, type SignalName } from './signals.js';
export { Compile } from './typebox.js';
export { SUBPROTOCOL } from './version.js';
