// Keys of writes, and names of runs, tabs and installations: UUIDs of version 7, as ids of the contract are. Made of the
// platform's random bytes: `crypto.randomUUID` is missing on plain http.
import type { Platform } from '../ports.js';

export function makeKey({ clock, random }: Pick<Platform, 'clock' | 'random'>): string {
  const bytes = random.bytes(10);
  bytes[0] = 0x70 | ((bytes[0] ?? 0) & 0x0f);
  bytes[2] = 0x80 | ((bytes[2] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return [clock.now().toString(16).padStart(12, '0'), ...hex]
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
