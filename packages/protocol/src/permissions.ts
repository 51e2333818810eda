// The permission matrix as data: which role may do what in which kind of conversation. core/access reads it, the tests
// walk it, the docs are made from it. A pair that is not listed is refused.
import type { ConversationSettings } from './conversation-settings.js';
import type { ConversationKind, Role } from './entries.js';

export const ACTIONS = [
  'conversation.read',
  'conversation.update',
  'conversation.disappear',
  'conversation.retain',
  'message.send',
  'message.unpaced',
  'message.urgent',
  'message.edit',
  'message.delete',
  'message.moderate',
  'message.pin',
  'reaction.set',
  'reaction.read',
  'poll.vote',
  'poll.close',
  'vote.read',
  'pin.read',
  'thread.follow',
  'mention.all',
  'member.add',
  'member.remove',
  'member.leave',
  'member.role',
  'reader.list',
  'invite.create',
  'setting.set',
] as const;
export type Action = (typeof ACTIONS)[number];

/** An `announcement` is a channel to which moderators and those above alone write. */
export type PlaceKind = ConversationKind | 'announcement';

type Matrix = { readonly [kind in PlaceKind]: { readonly [action in Action]?: readonly Role[] } };

const ALL: readonly Role[] = ['owner', 'admin', 'moderator', 'member', 'reader'];
const WRITERS: readonly Role[] = ['owner', 'admin', 'moderator', 'member'];
const MODERATORS: readonly Role[] = ['owner', 'admin', 'moderator'];
const ADMINS: readonly Role[] = ['owner', 'admin'];

/** `conversation.disappear` is setting how long messages stand, `conversation.retain` how many days they are kept; `message.unpaced` is sending without waiting in slow mode; `message.urgent` is sending what goes first; `message.edit` and `message.delete` are about one's own messages, `message.moderate` is deleting those of others, and closing their polls; `poll.close` is about one's own. */
const GROUP = {
  'conversation.read': ALL,
  'conversation.update': ADMINS,
  'conversation.disappear': ADMINS,
  'conversation.retain': ADMINS,
  'message.send': WRITERS,
  'message.unpaced': MODERATORS,
  'message.urgent': MODERATORS,
  'message.edit': WRITERS,
  'message.delete': WRITERS,
  'message.moderate': MODERATORS,
  'message.pin': MODERATORS,
  'reaction.set': ALL,
  'reaction.read': ALL,
  'poll.vote': ALL,
  'poll.close': WRITERS,
  'vote.read': ALL,
  'pin.read': ALL,
  'thread.follow': ALL,
  'mention.all': MODERATORS,
  'member.add': MODERATORS,
  'member.remove': MODERATORS,
  'member.leave': ALL,
  'member.role': ADMINS,
  'invite.create': MODERATORS,
} as const;

/** `reader.list` is seeing who reads. */
const CHANNEL = { ...GROUP, 'reader.list': MODERATORS } as const;

export const PERMISSIONS: Matrix = {
  direct: {
    'conversation.read': ['member'],
    'conversation.disappear': ['member'],
    'conversation.retain': ['member'],
    'message.send': ['member'],
    'message.urgent': ['member'],
    'message.edit': ['member'],
    'message.delete': ['member'],
    'message.pin': ['member'],
    'reaction.set': ['member'],
    'reaction.read': ['member'],
    'poll.vote': ['member'],
    'poll.close': ['member'],
    'vote.read': ['member'],
    'pin.read': ['member'],
    'thread.follow': ['member'],
  },
  group: GROUP,
  channel: CHANNEL,
  announcement: { ...CHANNEL, 'message.send': MODERATORS },
  self: {
    'conversation.read': ['owner'],
    'conversation.disappear': ['owner'],
    'message.send': ['owner'],
    'message.urgent': ['owner'],
    'message.edit': ['owner'],
    'message.delete': ['owner'],
    'message.pin': ['owner'],
    'reaction.set': ['owner'],
    'reaction.read': ['owner'],
    'poll.vote': ['owner'],
    'poll.close': ['owner'],
    'vote.read': ['owner'],
    'pin.read': ['owner'],
    'thread.follow': ['owner'],
    'setting.set': ['owner'],
  },
};

/** Rank of a role: who removes or re-ranks somebody must stand above them, and gives no role above their own. */
export const RANKS: { readonly [role in Role]: number } = {
  owner: 5,
  admin: 4,
  moderator: 3,
  member: 2,
  reader: 1,
  none: 0,
};

export const WORKSPACE_ROLES = ['owner', 'admin', 'member', 'guest'] as const;
/** What somebody is in the workspace, beside their role in each conversation. */
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

/**
 * `workspace.owner` is what an owner alone may do, such as handing in keys that sign people in; `workspace.gather` is making
 * groups and channels, adding and inviting people; `workspace.retain` is setting how long messages are kept; `workspace.look` is setting its accent; `workspace.audit` is reading who did what; `workspace.find` is finding everyone, and public channels to join.
 */
export const WORKSPACE_ACTIONS = [
  'workspace.owner',
  'workspace.people',
  'workspace.role',
  'workspace.deactivate',
  'workspace.invite',
  'workspace.retain',
  'workspace.look',
  'workspace.audit',
  'workspace.gather',
  'workspace.find',
] as const;
export type WorkspaceAction = (typeof WORKSPACE_ACTIONS)[number];

const STAFF: readonly WorkspaceRole[] = ['owner', 'admin'];

/** The same for what concerns the workspace. */
export const WORKSPACE_PERMISSIONS: { readonly [action in WorkspaceAction]: readonly WorkspaceRole[] } = {
  'workspace.owner': ['owner'],
  'workspace.people': STAFF,
  'workspace.role': STAFF,
  'workspace.deactivate': STAFF,
  'workspace.invite': STAFF,
  'workspace.retain': STAFF,
  'workspace.look': STAFF,
  'workspace.audit': STAFF,
  'workspace.gather': ['owner', 'admin', 'member'],
  'workspace.find': ['owner', 'admin', 'member'],
};

/** As `RANKS`, in the workspace. */
export const WORKSPACE_RANKS: { readonly [role in WorkspaceRole]: number } = {
  owner: 4,
  admin: 3,
  member: 2,
  guest: 1,
};

export function isAllowedInWorkspace(action: WorkspaceAction, role: WorkspaceRole): boolean {
  return WORKSPACE_PERMISSIONS[action].includes(role);
}

/** The column of the matrix that a conversation is judged by. */
export function placeKind(kind: ConversationKind, { posting }: ConversationSettings): PlaceKind {
  return kind === 'channel' && posting === 'moderators' ? 'announcement' : kind;
}

export function isAllowed(action: Action, kind: PlaceKind, role: Role): boolean {
  return PERMISSIONS[kind][action]?.includes(role) ?? false;
}
