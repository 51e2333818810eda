// What this person may do with a message, by the permission matrix of the contract; the server decides.
import { type ConversationKind, type EntryBody, isAllowed, type Role } from '@kith/protocol';
import type { ShownItem } from '@kith/sdk';

export type Rights = {
  readonly mayWrite: boolean;
  readonly mayReact: boolean;
  readonly mayEdit: boolean;
  readonly mayDelete: boolean;
  readonly mayPin: boolean;
};

export type RightsParts = {
  readonly item: ShownItem;
  readonly kind: ConversationKind;
  readonly role: Role;
  readonly isOwn: boolean;
};

export function rightsOn({ item, kind, role, isOwn }: RightsParts): Rights {
  const may = (action: Parameters<typeof isAllowed>[0]) => !item.erased && isAllowed(action, kind, role);
  // What was forwarded repeats what somebody said elsewhere, and stays as that was (O6).
  const isForwarded = (item.body as Partial<EntryBody<'message.sent'>>).forward !== undefined;
  return {
    mayWrite: may('message.send'),
    mayReact: may('reaction.set'),
    mayEdit: isOwn && !isForwarded && may('message.edit'),
    mayDelete: may('message.moderate') || (isOwn && may('message.delete')),
    mayPin: may('message.pin'),
  };
}
