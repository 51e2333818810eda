// Asks the server for messages, and without a connection looks through what this device holds.
import type { FoundMessage, Params } from '@kith/protocol';
import { type Person, Refusal } from '@kith/sdk';
import { searchHeld } from '@kith/sdk/searching/held-search';

export type Found = {
  readonly items: readonly FoundMessage[];
  readonly next: string | null;
  /** Only what this device holds was looked through. */
  readonly isHeld: boolean;
};

/** @throws Refusal */
export async function findMessages(person: Person, wish: Params<'messages.search'>): Promise<Found> {
  try {
    const { items, next } = await person.command('messages.search', wish);
    return { items, next, isHeld: false };
  } catch (error) {
    // What a message is part of only the server knows of all.
    const canLook = error instanceof Refusal && error.code === 'unavailable' && !wish.has && !wish.is && !wish.cursor;
    if (!canLook) throw error;
    const { query, conversation } = wish;
    const where = conversation === undefined ? {} : { conversation };
    return { items: await searchHeld(person, { query, ...where }), next: null, isHeld: true };
  }
}
