import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeHttp } from '../../test/fixtures/fake-http.js';
import { Requests } from './http.js';
import { Tickets } from './tickets.js';

describe('tickets', () => {
  const { signal } = new AbortController();
  let clock: FakeClock;
  let http: FakeHttp;
  let tickets: Tickets;

  beforeEach(() => {
    clock = new FakeClock();
    http = new FakeHttp();
    http.answer = () => ({ status: 201, body: { ticket: `ticket ${http.requests.length}` } });
    const requests = new Requests({ http: http.port, clock, url: 'https://chat.example' });
    tickets = new Tickets({ requests, accessToken: async () => 'token', clock });
  });

  it('are asked for with the token, and taken once', async () => {
    await expect(tickets.take(signal)).resolves.toBe('ticket 1');
    await expect(tickets.take(signal)).resolves.toBe('ticket 2');
    expect(http.requests[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer token' } });
  });

  it('are kept where they were only asked for to find out whether the server is there', async () => {
    await tickets.prepare(signal);
    await tickets.prepare(signal);
    await expect(tickets.take(signal)).resolves.toBe('ticket 1');
    await expect(tickets.take(signal)).resolves.toBe('ticket 2');
    expect(http.requests).toHaveLength(2);
  });

  it('are kept for no longer than they are surely good', async () => {
    await tickets.prepare(signal);
    clock.advance(19_999);
    await tickets.prepare(signal);
    expect(http.requests).toHaveLength(1);
    clock.advance(1);
    await expect(tickets.take(signal)).resolves.toBe('ticket 2');
  });

  it('are asked for anew where it is to be found out whether the server is still there', async () => {
    await tickets.prepare(signal);
    await tickets.prepare(signal, true);
    expect(http.requests).toHaveLength(2);
    await expect(tickets.take(signal)).resolves.toBe('ticket 2');
  });

  it('are not to be had of someone else', async () => {
    http.answer = () => ({ body: { ticket: 7 } });
    await expect(tickets.prepare(signal)).rejects.toMatchObject({ code: 'unavailable' });
    http.answer = () => ({ status: 204 });
    await expect(tickets.take(signal)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('are not waited for where nobody wants them any more', async () => {
    http.answer = () => 'nothing';
    const aborter = new AbortController();
    const asked = [tickets.prepare(aborter.signal), tickets.take(aborter.signal)];
    const given = Promise.allSettled(asked);
    await settle();
    expect(clock.pending).toBe(2);
    aborter.abort();
    expect((await given).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(clock.pending).toBe(0);
  });
});
