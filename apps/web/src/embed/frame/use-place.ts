// Goes where the page around wants it: to a conversation, or to the one with a person, which is begun where there is none.
import { type Person, Refusal } from '@kith/sdk';
import { useEffect, useState } from 'react';
import { connected } from '../../shell/connected.js';
import { openConversation } from '../../shell/route.js';
import { say } from '../../text/text.js';
import { wordsOfRefusal } from '../../ui/use-attempt.js';
import type { HostLink } from './host-link.js';

/** @returns why it could not be gone to, in words, until they are forgotten */
export function usePlace(person: Person, link: HostLink) {
  const { place } = link.useWanted();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (place === null) return;
    link.arrived();
    if (place.kind === 'conversation') {
      openConversation(place.id);
      return;
    }
    setProblem(null);
    void directWith(person, place.username).then(
      (id) => openConversation(id),
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        const isUnknown = error.code === 'not_found';
        setProblem(isUnknown ? say('embed.unknown', { name: place.username }) : wordsOfRefusal(error));
      },
    );
  }, [place, person, link]);
  return { problem, forget: () => setProblem(null) };
}

/** @throws Refusal where nobody has that username, or may be talked to */
async function directWith(person: Person, username: string): Promise<string> {
  await connected(person);
  const { users } = await person.command('users.search', { query: username });
  const found = users.find((user) => user.username.toLowerCase() === username.toLowerCase());
  if (found === undefined)
    throw new Refusal({ code: 'not_found', message: 'nobody has that username', retry: 'never' });
  return await person.create({ kind: 'direct', members: [found.id] });
}
