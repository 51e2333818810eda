// What the page has gone through lately, for a report of a problem: connections, storage, faults, by their kinds alone. Never what
// somebody wrote, nor a name, nor an address: of a fault its kind and where in our code it was.
import type { Chat, LinkState, Person } from '@kith/sdk';

export type RecentState = { readonly at: number; readonly what: string };

const MOST = 50;
const states: RecentState[] = [];

export function recentStates(): readonly RecentState[] {
  return states;
}

/** Begins to keep them; to be called once. */
export function recordStates(chat: Chat): void {
  record('page opened');
  window.addEventListener('error', ({ error, filename, lineno }) =>
    record(`error ${kindOf(error)} ${fileOf(filename)}:${lineno}`),
  );
  window.addEventListener('unhandledrejection', ({ reason }) => record(`rejection ${kindOf(reason)}`));
  let end = () => {};
  const follow = () => {
    end();
    const person = chat.person.getSnapshot();
    record(person === null ? 'signed out' : 'signed in');
    end = person === null ? () => {} : followPerson(person);
  };
  chat.person.subscribe(follow);
  follow();
}

function followPerson(person: Person): () => void {
  const link = () => record(`connection ${linkWords(person.connection.getSnapshot())}`);
  const storage = () => {
    const status = person.storage.getSnapshot();
    record(`storage ${status.kind === 'durable' ? status.kind : `${status.kind} ${status.reason}`}`);
  };
  const ends = [person.connection.subscribe(link), person.storage.subscribe(storage)];
  link();
  storage();
  return () => {
    for (const end of ends) end();
  };
}

function linkWords(state: LinkState): string {
  if (state.kind === 'open') return `open ${state.transport}`;
  return state.kind === 'stopped' ? `stopped ${state.why}` : state.kind;
}

function record(what: string): void {
  states.push({ at: Date.now(), what });
  if (states.length > MOST) states.shift();
}

function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The last part of an address. */
function fileOf(address: string): string {
  return address.split('/').at(-1) ?? '';
}
