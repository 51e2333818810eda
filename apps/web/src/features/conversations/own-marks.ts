// What a person has set about a conversation for themselves, on all their devices: pinned to the top, put away, muted, and
// what they have begun to write there.
import type { SettingValues } from '@kith/sdk';

export type Draft = { readonly text: string; readonly replyTo?: number };

const PIN = 'web:pin:';
const AWAY = 'web:archive:';
const DRAFT = 'web:draft:';

export const pinName = (conversation: string): string => `${PIN}${conversation}`;
export const awayName = (conversation: string): string => `${AWAY}${conversation}`;
export const draftName = (conversation: string): string => `${DRAFT}${conversation}`;
/** The contract's own (M15). */
export const muteName = (conversation: string): string => `mute:${conversation}`;

export function isPinned(settings: SettingValues, conversation: string): boolean {
  return settings.get(pinName(conversation)) === true;
}

/** Put away until something new comes in: what is set is the head at that time. */
export function isAway(settings: SettingValues, { id, head }: { readonly id: string; readonly head: number }): boolean {
  const at = settings.get(awayName(id));
  return typeof at === 'number' && head <= at;
}

export function draftOf(settings: SettingValues, conversation: string): Draft | null {
  const value = settings.get(draftName(conversation));
  if (typeof value !== 'object' || value === null) return null;
  const { text, replyTo } = value as { readonly text?: unknown; readonly replyTo?: unknown };
  if (typeof text !== 'string' || text === '') return null;
  return typeof replyTo === 'number' ? { text, replyTo } : { text };
}
