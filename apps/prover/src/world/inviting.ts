// Invitations: somebody makes one for a few people, others come by it, all at once, and now and then it is taken back.
import { acceptInvite } from '@kith/sdk/invites/invites';
import type { AtTab } from './scene.js';
import type { Tab } from './tab.js';
import type { World } from './world.js';

export type Invitation = { readonly invite: string; readonly conversation: string; readonly code: string };

export function atInvitations(scene: AtTab): void {
  const { world, person, step } = scene;
  const invitation = world.invitations[step.whom % Math.max(1, world.invitations.length)];
  if (!invitation || step.where % 3 === 0) {
    world.watch('invite', invite(scene));
    return;
  }
  const { invite: id, conversation, code } = invitation;
  if (step.where % 11 === 1) world.watch('invite', person.command('invite.revoke', { conversation, invite: id }));
  else if (step.where % 11 === 2) world.watch('invite', person.command('invites.list', { conversation }));
  // Everybody who is there comes at once.
  else if (step.where % 2 === 0) for (const one of world.tabs) accept(world, one, code);
  else world.watch('invite', acceptInvite(person, code));
}

function accept(world: World, { person }: Tab, code: string): void {
  if (person) world.watch('invite', acceptInvite(person, code));
}

/** To a group that they make for it: in others most are already. */
async function invite({ world, tab, person, step }: AtTab): Promise<void> {
  const conversation = await person.create({ kind: 'group', members: [], name: `i${step.where % 10}` });
  const maxUses = 1 + (step.whom % 2);
  const made = await person.command('invite.create', { conversation, maxUses });
  world.recorder.note({ type: 'invited', who: tab.name, conversation, maxUses });
  world.invitations.push({ invite: made.invite.id, conversation, code: made.code });
}
