// A window on a conversation for as long as a component shows it.
import type { Opening, TimelineView } from '@kith/sdk';
import { useMemo } from 'react';
import { usePerson } from './chat-context.js';
import { OpenTimeline, UNOPENED } from './open-timeline.js';
import { useObservable } from './use-observable.js';

/** What a timeline shows, and what moves it. The three functions stay the same while the timeline does. */
export type ShownTimeline = TimelineView & {
  /** One page more above. Resolves when it is there, or cannot be had now. */
  readonly loadBefore: () => Promise<void>;
  /** One page more below, where the timeline doesn't stand at the end. */
  readonly loadAfter: () => Promise<void>;
  /** Shows another place of the same conversation. */
  readonly open: (opening: Opening) => Promise<void>;
};

const nowhere = async (): Promise<void> => {};

/**
 * Opens with the component, and closes with it. Of another conversation, another person or another opening it shows nothing
 * that was the former one's, from the same render on.
 * @param opening compared by what it says, not as an object; the live end by default
 */
export function useTimeline(id: string | null, opening: Opening = { at: 'end' }): ShownTimeline {
  const person = usePerson();
  const said = JSON.stringify(opening);
  const timeline = useMemo(
    () => (person && id !== null ? new OpenTimeline(person, id, JSON.parse(said) as Opening) : null),
    [person, id, said],
  );
  const view = useObservable(timeline, UNOPENED);
  return useMemo(
    () => ({
      ...view,
      loadBefore: timeline?.loadBefore ?? nowhere,
      loadAfter: timeline?.loadAfter ?? nowhere,
      open: timeline?.open ?? nowhere,
    }),
    [view, timeline],
  );
}
