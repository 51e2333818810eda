// The tokens as they are kept, and as the server gives them: read with care, as anybody may have written them.
import type { SignedIn } from '@kith/protocol';

export type Held = SignedIn & {
  /** By this device's clock, right or wrong: compared with nothing else. Milliseconds. */
  readonly keptAt: number;
  /** Whom the app means by it, where the app's own server signs people in. */
  readonly person: string | null;
};

/** Null where it is not of the form that the contract gives. */
export function readSignedIn(value: unknown): SignedIn | null {
  const pair = value as Partial<SignedIn> | null;
  const isWhole =
    typeof pair?.accessToken === 'string' &&
    typeof pair.refreshToken === 'string' &&
    typeof pair.session === 'string' &&
    typeof pair.user?.id === 'string';
  return isWhole ? (pair as SignedIn) : null;
}

/** Null where there is nothing of ours. */
export function readHeld(text: string | null): Held | null {
  if (text === null) return null;
  try {
    const held = readSignedIn(JSON.parse(text)) as Held | null;
    return held !== null && typeof held.keptAt === 'number' ? { ...held, person: held.person ?? null } : null;
  } catch {
    return null;
  }
}
