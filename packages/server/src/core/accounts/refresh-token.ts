// The form of refresh tokens, and what one that comes in means (PROTOCOL.md, "Refresh").
// A token names its session, so it is found by key. Its family part is the same for all tokens of a session: who shows
// it held a real token once, so an old one is told from a guess, and a guess cannot end anyone's session.
import { parseId, type SessionId, type WorkspaceId } from '@kith/protocol';
import type { SessionRecord } from '../directory.js';

/** Longest time for which the old token gets the same new pair again. */
export const REPEAT_MS = 60_000;

export type RefreshToken = {
  readonly workspace: WorkspaceId;
  readonly session: SessionId;
  /** 32 hex digits. */
  readonly family: string;
  /** 64 hex digits. */
  readonly secret: string;
};

const FORM = /^[0-9a-f]{160}$/;

/** 160 hex digits. */
export function formatRefreshToken({ workspace, session, family, secret }: RefreshToken): string {
  return `${workspace.replaceAll('-', '')}${session.replaceAll('-', '')}${family}${secret}`;
}

/** Null where the text has not the form of a refresh token. */
export function parseRefreshToken(text: string): RefreshToken | null {
  if (!FORM.test(text)) return null;
  const workspace = parseId<WorkspaceId>(withHyphens(text.slice(0, 32)));
  const session = parseId<SessionId>(withHyphens(text.slice(32, 64)));
  if (workspace === null || session === null) return null;
  return { workspace, session, family: text.slice(64, 96), secret: text.slice(96) };
}

function withHyphens(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export type RefreshVerdict =
  /** No token of this session, or of one that has ended. */
  | { readonly kind: 'unknown' }
  /** The present token: a new pair is due. */
  | { readonly kind: 'rotate' }
  /** The token before, and the new pair has not been used yet: the same pair again. */
  | { readonly kind: 'repeat'; readonly sealedPair: string }
  /** A token that was used up: someone has a copy, so the session ends. */
  | { readonly kind: 'reused' };

/** Decides by digests of the token's two parts. The state of a session only moves forward, so `reused` stays true. */
export function judgeRefresh(
  session: SessionRecord | null,
  shown: { readonly familyDigest: string; readonly refreshDigest: string },
  now: number,
): RefreshVerdict {
  if (session === null || session.isRevoked || session.familyDigest !== shown.familyDigest) return { kind: 'unknown' };
  if (session.refreshDigest === shown.refreshDigest) return { kind: 'rotate' };
  const { previous } = session;
  if (previous === null || previous.digest !== shown.refreshDigest || previous.sealedPair === null) {
    return { kind: 'reused' };
  }
  return now - previous.rotatedAt <= REPEAT_MS
    ? { kind: 'repeat', sealedPair: previous.sealedPair }
    : { kind: 'reused' };
}
