// The door of the wire contract: everything that a server, an SDK or a test needs of it, named one by one.
export { SUBPROTOCOL } from './version.js';
export { LIMITS, TIMES, type Limits } from './limits.js';
export {
  CLOSE_CODES,
  ChatError,
  type CloseReason,
  ERROR_CODES,
  type ErrorCode,
  type ErrorFields,
  type Retry,
} from './codes.js';
export {
  type ConversationId,
  type Cursor,
  type Key,
  makeId,
  parseId,
  type SessionId,
  toId,
  type UserId,
  type WorkspaceId,
} from './ids.js';
export {
  type ConversationKind,
  ENTRY_BODIES,
  type Entry,
  type EntryBody,
  type EntryKind,
  isStructural,
  type Role,
} from './entries.js';
export type { Marks, Me, Member, Presence, Session, Status, Summary, TimelineItem, User } from './models.js';
export { ACTIONS, type Action, isAllowed, PERMISSIONS, RANKS } from './permissions.js';
export { type CommandName, COMMANDS, type Params, type Result, type Written } from './commands.js';
export {
  OPERATIONS,
  type OperationName,
  type OperationParams,
  type OperationResult,
  type SignedIn,
} from './operations.js';
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
export { type ClientSignal, type SignalName, SIGNALS } from './signals.js';
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
export { parseJson, requireCleanString } from './json.js';
export { type ConversationState, emptyState, fold, type FoldedMember, usersChangedBy } from './fold.js';
