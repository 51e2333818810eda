// Whether somebody is there, in words.
import type { Presence } from '@kith/protocol';
import { say } from '../../text/text.js';
import { agoOf } from '../../text/times.js';

/** Empty where it isn't known, or not told. */
export function presenceWords({ status, lastSeenAt }: Presence, now: number): string {
  switch (status) {
    case 'online':
      return say('presence.online');
    case 'away':
      return say('presence.away');
    case 'offline':
      return lastSeenAt === undefined
        ? say('presence.offline')
        : say('presence.seen', { ago: agoOf(now - lastSeenAt) });
    default:
      return '';
  }
}
