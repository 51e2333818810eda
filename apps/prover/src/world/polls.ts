// Polls: somebody asks, votes in one that is there, now so and now otherwise, or closes it.
import { Poll } from '@kith/sdk/polls/poll';
import type { InConversation } from './scene.js';

const OPTIONS = ['yes', 'no', 'later'].map((text) => ({ text }));
const CHOICES = [[0], [1], [2], [], [0, 2], [1, 2]];

export function atPolls({ world, person, conversation, step }: InConversation): void {
  const log = [...world.store.logs()].find((one) => one.conversation === conversation);
  const polls = log?.entries.filter(({ kind, body, erased }) => kind === 'message.sent' && body.poll && !erased) ?? [];
  const poll = polls[step.whom % Math.max(1, polls.length)];
  if (!log || !poll || step.where % 7 === 0) {
    const key = world.nextKey();
    const asked = { options: OPTIONS, most: 1 + (step.whom % 2), anonymous: step.where % 2 === 0 };
    world.watch('poll', person.command('message.send', { conversation, key, text: `which ${key}`, poll: asked }));
    return;
  }
  const { epoch } = log;
  const choices = CHOICES[step.where % CHOICES.length] ?? [];
  const named = { conversation, epoch, target: poll.seq };
  if (step.where % 23 === 0) world.watch('poll', person.command('poll.close', named));
  else if (step.where % 19 === 0) world.watch('poll', person.command('votes.read', { ...named, limit: 2 }));
  else if (step.who % 2 === 0)
    world.watch('poll', new Poll(person, { conversation, epoch, seq: poll.seq }).vote(choices));
  else world.watch('poll', person.command('poll.vote', { ...named, choices }));
}
