import { describe, expect, it } from 'vitest';
import { authenticate, join, message, parseXmppToken, xmppToken, xmppUser } from './xmpp-stanzas.js';

const conversation = '0190b3c4-1111-7222-8333-944455556666';

describe('the stanzas of XMPP', () => {
  it('a token says who sits where', () => {
    for (const seat of [
      { conversation, seat: 26, isRoom: true },
      { conversation, seat: 0, isRoom: false },
    ]) {
      expect(parseXmppToken(xmppToken(seat))).toEqual(seat);
    }
    expect(xmppUser({ conversation, seat: 26, isRoom: true })).toBe(`${conversation}.26`);
    expect(() => parseXmppToken('somebody')).toThrow('a token of XMPP');
  });

  it('signs in with the name as password', () => {
    const [, secret = ''] = />([^<]+)</.exec(authenticate({ conversation, seat: 3, isRoom: true })) ?? [];
    expect(Buffer.from(secret, 'base64').toString()).toBe(`\0${conversation}.3\0${conversation}.3`);
  });

  it('enters a room under the seat, and writes to it', () => {
    const seat = { conversation, seat: 3, isRoom: true };
    expect(join(seat)).toContain(` to="${conversation}@conference.localhost/3"`);
    expect(join(seat)).toContain('<history maxstanzas="0"/>');
    const [head] = message(seat, { id: 9, text: 'hello' }).split('>');
    expect(head).toBe(
      `<message xmlns="jabber:client" to="${conversation}@conference.localhost" type="groupchat" id="9"`,
    );
  });

  it.each([0, 1])('of two, %d writes to the other', (seat) => {
    const text = message({ conversation, seat, isRoom: false }, { id: 9, text: 'hello' });
    expect(text).toBe(
      `<message xmlns="jabber:client" to="${conversation}.${1 - seat}@localhost/lab" type="chat" id="9"><body>hello</body></message>`,
    );
  });
});
