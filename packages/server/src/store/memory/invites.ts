// Invitations in memory: the reference model of DIR44–… and the store of tests.
import type { InviteId, UserId, WorkspaceId } from '@kith/protocol';
import type {
  AddedInvite,
  InvitePlace,
  InviteRecord,
  InviteStore,
  InviteUse,
  NewInvite,
} from '../../core/invites/invite-store.js';

const REMEMBER_MS = 30 * 24 * 60 * 60_000;

type Kept = { readonly made: NewInvite; uses: number; isRevoked: boolean; readonly holds: Set<UserId> };

export class MemoryInvites implements InviteStore {
  /** In the order in which they were made. */
  #kept: readonly Kept[] = [];

  async addInvite(invite: NewInvite, most: number): Promise<AddedInvite | 'too_many'> {
    const known = this.#find(invite.workspace, ({ made }) => made.keyDigest === invite.keyDigest);
    if (known !== undefined) return addedOf(known);
    const at = invite.createdAt;
    this.#kept = this.#kept.filter(({ made }) => !isAt(invite, made) || made.expiresAt >= at - REMEMBER_MS);
    if (this.#live(invite, at).length >= most) return 'too_many';
    const kept = { made: invite, uses: 0, isRevoked: false, holds: new Set<UserId>() };
    this.#kept = [...this.#kept, kept];
    return addedOf(kept);
  }

  async inviteOfCode(workspace: WorkspaceId, codeDigest: string): Promise<InviteRecord | null> {
    const kept = this.#find(workspace, ({ made }) => made.codeDigest === codeDigest);
    return kept === undefined ? null : recordOf(kept);
  }

  async invites(place: InvitePlace, at: number): Promise<readonly InviteRecord[]> {
    return this.#live(place, at)
      .map(recordOf)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  async revokeInvite(place: InvitePlace, invite: InviteId, _at: number): Promise<boolean> {
    const kept = this.#find(place.workspace, ({ made }) => made.id === invite && isAt(place, made));
    if (kept !== undefined) kept.isRevoked = true;
    return kept !== undefined;
  }

  async takeUse({ workspace, invite, user }: InviteUse, at: number): Promise<boolean> {
    const kept = this.#find(workspace, ({ made }) => made.id === invite);
    if (kept === undefined) return false;
    if (kept.holds.has(user)) return true;
    if (!take(kept, at)) return false;
    kept.holds.add(user);
    return true;
  }

  async spendUse({ workspace, invite, user }: InviteUse): Promise<void> {
    this.#find(workspace, ({ made }) => made.id === invite)?.holds.delete(user);
  }

  /** Takes a use for an account that is made by it; null where it lets none be made. */
  signUp({ workspace, invite, user }: InviteUse, at: number): Pick<NewInvite, 'signUp' | 'guestForMs'> | null {
    const kept = this.#find(workspace, ({ made }) => made.id === invite);
    if (kept === undefined || kept.made.signUp === null || !take(kept, at)) return null;
    if (kept.made.conversation !== null) kept.holds.add(user);
    return kept.made;
  }

  #live(place: InvitePlace, at: number): readonly Kept[] {
    return this.#kept.filter((kept) => isAt(place, kept.made) && !kept.isRevoked && kept.made.expiresAt > at);
  }

  #find(workspace: WorkspaceId, isIt: (kept: Kept) => boolean): Kept | undefined {
    return this.#kept.find((kept) => kept.made.workspace === workspace && isIt(kept));
  }
}

function take(kept: Kept, at: number): boolean {
  const { maxUses, expiresAt } = kept.made;
  if (kept.isRevoked || expiresAt <= at || (maxUses !== null && kept.uses >= maxUses)) return false;
  kept.uses += 1;
  return true;
}

function isAt(place: InvitePlace, invite: InvitePlace): boolean {
  return place.workspace === invite.workspace && place.conversation === invite.conversation;
}

function recordOf({ made, uses, isRevoked }: Kept): InviteRecord {
  const { codeDigest: _, keyDigest: __, contentDigest: ___, sealedCode: ____, ...record } = made;
  return { ...record, uses, isRevoked };
}

function addedOf(kept: Kept): AddedInvite {
  const { contentDigest, sealedCode } = kept.made;
  return { invite: recordOf(kept), contentDigest, sealedCode };
}
