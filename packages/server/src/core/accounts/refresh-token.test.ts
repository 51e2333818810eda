import { type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../directory.js';
import { formatRefreshToken, judgeRefresh, parseRefreshToken } from './refresh-token.js';

const TOKEN = {
  workspace: toId<WorkspaceId>('01900000-0000-7000-8000-000000000001'),
  session: toId<SessionId>('01900000-0000-7000-8000-0000000000ff'),
  family: 'ab'.repeat(16),
  secret: '0c'.repeat(32),
};

const SESSION: SessionRecord = {
  workspace: TOKEN.workspace,
  user: toId<UserId>('01900000-0000-7000-8000-000000000002'),
  id: TOKEN.session,
  device: null,
  scopes: null,
  createdAt: 0,
  lastUsedAt: 0,
  isRevoked: false,
  familyDigest: 'family',
  refreshDigest: 'new',
  generation: 2,
  previous: { digest: 'old', rotatedAt: 1_000_000, sealedPair: 'sealed' },
};

function judge(refreshDigest: string, session: Partial<SessionRecord> = {}, now = 1_000_001) {
  return judgeRefresh({ ...SESSION, ...session }, { familyDigest: 'family', refreshDigest }, now).kind;
}

describe('a refresh token', () => {
  it('says which session it is of, and comes back as it was', () => {
    const text = formatRefreshToken(TOKEN);
    expect(text).toMatch(/^[0-9a-f]{160}$/);
    expect(parseRefreshToken(text)).toEqual(TOKEN);
  });

  it.each(['', 'x', '0'.repeat(159), '0'.repeat(161), 'g'.repeat(160), `${'0'.repeat(159)}\n`])('is not %j', (text) => {
    expect(parseRefreshToken(text)).toBeNull();
  });
});

describe('a refresh', () => {
  it('rotates for the present token', () => {
    expect(judge('new')).toBe('rotate');
  });

  it('repeats the pair for the token before, for 60 s', () => {
    expect(judge('old')).toBe('repeat');
    expect(judge('old', {}, 1_060_000)).toBe('repeat');
    expect(judge('old', {}, 1_060_001)).toBe('reused');
  });

  it('repeats it also where another node runs behind', () => {
    expect(judge('old', {}, 999_000)).toBe('repeat');
  });

  it('takes the token before for reused once the new pair was used', () => {
    expect(judge('old', { previous: { digest: 'old', rotatedAt: 1_000_000, sealedPair: null } })).toBe('reused');
  });

  it('takes any older token of the session for reused', () => {
    expect(judge('older')).toBe('reused');
    expect(judge('older', { generation: 1, previous: null })).toBe('reused');
  });

  it('knows nothing of a guess, a revoked session and none', () => {
    expect(judge('new', { familyDigest: 'another' })).toBe('unknown');
    expect(judge('older', { familyDigest: 'another' })).toBe('unknown');
    expect(judge('new', { isRevoked: true })).toBe('unknown');
    expect(judgeRefresh(null, { familyDigest: 'family', refreshDigest: 'new' }, 0).kind).toBe('unknown');
  });
});
