// In which order the switcher offers conversations.
import type { ConversationView, SettingValues } from '@kith/sdk';
import { plainOf } from './plain.js';
import { weightOf } from './visits.js';

type Titled = ConversationView & { readonly title: string };

/** Those whose title has what was typed: where it begins a word before others, then by visits; the open one is gone to last. */
export function rankedPlaces<Place extends Pick<Titled, 'id' | 'title'>>(
  places: readonly Place[],
  parts: {
    readonly plain: string;
    readonly settings: SettingValues;
    readonly open: string | null;
    readonly now: number;
  },
): readonly Place[] {
  const { plain, settings, open, now } = parts;
  const ranked = places
    .map((place) => ({ place, title: plainOf(place.title) }))
    .filter(({ title }) => title.includes(plain))
    .map(({ place, title }) => ({
      place,
      isLast: place.id === open,
      isBegun: title.startsWith(plain) || title.includes(` ${plain}`),
      weight: weightOf(settings, place.id, now),
    }));
  // The sort is stable: those that were never visited stay in the order of the list.
  ranked.sort(
    (one, other) =>
      Number(one.isLast) - Number(other.isLast) ||
      Number(other.isBegun) - Number(one.isBegun) ||
      other.weight - one.weight,
  );
  return ranked.map(({ place }) => place);
}
