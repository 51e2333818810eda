// Answers that go again: one that is deleted before it was read is counted no more to those who follow its thread, and that is
// rare where any message may be the one that is deleted.
import type { World } from './world.js';

/** Who gave one of all answers that are there deletes it. @param which chooses it, by its remainder */
export function deleteAnswer(world: World, which: number): void {
  const answers = [...world.store.logs()].flatMap(({ conversation, epoch, entries }) =>
    entries
      .filter(({ kind, erased, body }) => kind === 'message.sent' && !erased && typeof body.thread === 'number')
      .map(({ seq: target, author }) => ({ author, params: { conversation, epoch, target } })),
  );
  const answer = answers[which % Math.max(1, answers.length)];
  const person = world.tabs.find((tab) => tab.person?.id === answer?.author)?.person;
  if (answer && person) world.watch('answer', person.command('message.delete', answer.params));
}
