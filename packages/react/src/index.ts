/**
 * The door of the React hooks, named one by one.
 * @module @kith/react
 */
export { ChatProvider, type ChatProviderProps, useChat, usePerson, useSession } from './chat-context.js';
export { type Composer, useComposer } from './use-composer.js';
export { useConnection, useStorage } from './use-connection.js';
export { useConversation, useConversations } from './use-conversations.js';
export { useObservable } from './use-observable.js';
export { usePeople, usePresence, useTyping, useUser } from './use-people.js';
export { useSettings } from './use-settings.js';
export { type ShownTimeline, useTimeline } from './use-timeline.js';
