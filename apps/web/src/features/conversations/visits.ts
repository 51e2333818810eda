// How often, and how lately, a person was in a conversation: a visit counts half after a week. Kept in their own log, so that
// all their devices put first where they go; at most one visit an hour is counted, which bounds what is written there.
import type { Person, SettingValues } from '@kith/sdk';
import { useEffect } from 'react';

const VISIT = 'web:visit:';
const HALF_LIFE_MS = 7 * 24 * 3_600_000;
/** Visits closer together are one. */
const APART_MS = 3_600_000;
/** Who goes on within this was passing by. */
const STAY_MS = 5_000;

type Visits = { readonly weight: number; readonly at: number };

export const visitName = (conversation: string): string => `${VISIT}${conversation}`;

/** How often somebody was there, each visit the less the longer ago it was; 0 for never. */
export function weightOf(settings: SettingValues, conversation: string, now: number): number {
  const visits = visitsOf(settings, conversation);
  return visits === null ? 0 : visits.weight * 2 ** (-Math.max(0, now - visits.at) / HALF_LIFE_MS);
}

/** What is to be set after one more visit; null where it is part of the one before. */
export function oneMore(settings: SettingValues, conversation: string, now: number): readonly [number, number] | null {
  const visits = visitsOf(settings, conversation);
  if (visits !== null && Math.abs(now - visits.at) < APART_MS) return null;
  return [Math.round((weightOf(settings, conversation, now) + 1) * 1_000) / 1_000, now];
}

/** Counts the visit to the conversation that is open. */
export function useVisit(person: Person, conversation: string): void {
  useEffect(() => {
    // Wanted from now on, so that they are there by then.
    const { settings } = person;
    const timer = setTimeout(() => {
      const visits = oneMore(settings.getSnapshot(), conversation, Date.now());
      if (visits !== null && person.self !== null) void person.set(visitName(conversation), visits);
    }, STAY_MS);
    return () => clearTimeout(timer);
  }, [person, conversation]);
}

function visitsOf(settings: SettingValues, conversation: string): Visits | null {
  const value = settings.get(visitName(conversation));
  if (!Array.isArray(value)) return null;
  const [weight, at] = value as readonly unknown[];
  const areNumbers = typeof weight === 'number' && weight >= 0 && typeof at === 'number';
  return areNumbers ? { weight, at } : null;
}
