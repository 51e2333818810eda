/**
 * The door of the SDK, named one by one.
 * @module @kith/sdk
 */
export { Chat, type ChatOptions } from './chat.js';
export type { Observable } from './observable.js';
export type { Failure, OutboxItem, Place } from './outbox/outbox-item.js';
export type { Hold, MessageParts, MessagePlace, NewConversation, Person } from './person.js';
export type { PlatformOverrides } from './platform/platform.js';
export type {
  Cancel,
  Clock,
  Device,
  Exclusive,
  Http,
  HttpAnswer,
  HttpRequest,
  KeyValueStore,
  OpenSocket,
  Platform,
  Random,
  SocketLike,
} from './ports.js';
export { Refusal } from './refusal.js';
export type { ConversationView } from './replica/conversation-list.js';
export type { StorageStatus } from './replica/keeper.js';
export type { People } from './replica/people.js';
export type { SettingValues } from './replica/settings.js';
export type { ShownEntry, ShownItem } from './replica/shown-entry.js';
export type { Opening, Timeline, TimelineView } from './replica/timeline.js';
export type { SessionState, TokenProvider } from './session/session.js';
export {
  type Batch,
  type EntryQuery,
  type Held,
  type ReplicaStore,
  type ReplicaStores,
  type SeqRange,
  StorageError,
  type Stored,
} from './storage/replica-store.js';
export type { LinkState } from './wire/link.js';
