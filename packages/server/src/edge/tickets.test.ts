import { ChatError, SCOPES, type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../core/principal.js';
import { Tickets } from './tickets.js';

function principal(session = 's'): Principal {
  const ids = { workspace: toId<WorkspaceId>('w'), user: toId<UserId>('u'), session: toId<SessionId>(session) };
  return { ...ids, scopes: SCOPES, expiresAt: 0 };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    return error instanceof ChatError ? error.code : String(error);
  }
}

describe('tickets', () => {
  let clock: FakeClock;
  let tickets: Tickets;

  beforeEach(() => {
    clock = new FakeClock();
    tickets = new Tickets({ clock, random: new SeededRandom(1) });
  });

  it('[F2] are for one use, within 30 s, of whoever got them', () => {
    const [ticket, other] = [tickets.issue(principal('a')), tickets.issue(principal('b'))];
    expect(tickets.use(ticket).principal.session).toBe('a');
    expect(codeOf(() => tickets.use(ticket))).toBe('unauthenticated');
    clock.advance(29_999);
    expect(tickets.use(other).principal.session).toBe('b');
    const late = tickets.issue(principal());
    clock.advance(30_000);
    expect(codeOf(() => tickets.use(late))).toBe('unauthenticated');
    expect(tickets.size).toBe(0);
  });

  it('[F11] are told apart from those of another node, and from what is none', () => {
    const elsewhere = new Tickets({ clock, random: new SeededRandom(2) }).issue(principal());
    expect(codeOf(() => tickets.use(elsewhere))).toBe('unavailable');
    for (const none of ['', 'x', elsewhere.slice(0, -1), `${elsewhere}x`]) {
      expect(codeOf(() => tickets.use(none))).toBe('unauthenticated');
    }
  });

  it('[F2] are bounded for a session, and used or old ones count no more', () => {
    const made = Array.from({ length: 16 }, () => tickets.issue(principal()));
    expect(new Set(made).size).toBe(16);
    expect(codeOf(() => tickets.issue(principal()))).toBe('rate_limited');
    expect(codeOf(() => tickets.issue(principal('other')))).toBe('ok');
    tickets.use(made[3] ?? '');
    expect(codeOf(() => tickets.issue(principal()))).toBe('ok');
    clock.advance(30_000);
    expect(codeOf(() => tickets.issue(principal()))).toBe('ok');
    expect(tickets.size).toBe(1);
  });

  it('are bounded in all', () => {
    for (let made = 0; made < 50_000; made += 1) tickets.issue(principal(`s${made}`));
    expect(codeOf(() => tickets.issue(principal()))).toBe('unavailable');
    clock.advance(30_000);
    expect(codeOf(() => tickets.issue(principal()))).toBe('ok');
  });

  it('[F5] open their stream again for who has its key, while it is open and for 120 s after', () => {
    const ticket = tickets.issue(principal());
    const grant = tickets.use(ticket);
    expect(tickets.resume(ticket, grant.resumeKey), 'not before it has opened one').toBeNull();
    tickets.opened(grant);
    clock.advance(1_000_000);
    expect(tickets.resume(ticket, grant.resumeKey)).toBe(grant);
    expect(tickets.resume(ticket, 'x')).toBeNull();
    expect(tickets.resume(tickets.issue(principal()), grant.resumeKey)).toBeNull();
    tickets.ended(grant, true);
    clock.advance(119_999);
    expect(tickets.resume(ticket, grant.resumeKey)).toBe(grant);
    tickets.opened(grant);
    tickets.ended(grant, true);
    clock.advance(119_999);
    expect(tickets.resume(ticket, grant.resumeKey)).toBe(grant);
    clock.advance(1);
    expect(tickets.resume(ticket, grant.resumeKey)).toBeNull();
    expect(tickets.size).toBe(0);
  });

  it('[F5] are of no more use where their stream was ended for good', () => {
    const ticket = tickets.issue(principal());
    const grant = tickets.use(ticket);
    tickets.opened(grant);
    tickets.ended(grant, false);
    expect(tickets.resume(ticket, grant.resumeKey)).toBeNull();
    expect(tickets.size).toBe(0);
  });
});
