// What a client of XMPP says over a WebSocket (RFC 7395, RFC 6120, RFC 6121, XEP-0045, XEP-0198), one stanza in a frame each,
// and how people and rooms of the bench are called: who sits in a conversation has its id in the name.

export const XMPP_HOST = 'localhost';
const XMPP_ROOMS = `conference.${XMPP_HOST}`;
const RESOURCE = 'lab';

/** A conversation of more than two is a room; of two, messages go from one to the other. */
export type XmppSeat = { readonly conversation: string; readonly seat: number; readonly isRoom: boolean };

export function xmppUser({ conversation, seat }: XmppSeat): string {
  return `${conversation}.${seat}`;
}

/** What a client is told to be. */
export function xmppToken(seat: XmppSeat): string {
  return `${seat.isRoom ? 'room' : 'pair'}/${xmppUser(seat)}`;
}

/** @throws Error for what `xmppToken` did not write */
export function parseXmppToken(token: string): XmppSeat {
  const [, kind, conversation, seat] = /^(room|pair)\/([0-9a-f-]{36})\.(\d+)$/.exec(token) ?? [];
  if (conversation === undefined) throw new Error('a token of XMPP is <room or pair>/<conversation>.<seat>');
  return { conversation, seat: Number(seat), isRoom: kind === 'room' };
}

/** At the beginning, and again when signed in. */
export const OPEN = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${XMPP_HOST}" version="1.0"/>`;

export const BIND = `<iq type="set" id="bind" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${RESOURCE}</resource></bind></iq>`;

export const PRESENT = '<presence xmlns="jabber:client"/>';

/** From here on stanzas are counted: XEP-0198, without resumption. */
export const ENABLE = '<enable xmlns="urn:xmpp:sm:3"/>';

/** Wants to know how many were taken. */
export const REQUEST = '<r xmlns="urn:xmpp:sm:3"/>';

/** The bench gives everybody the password that is the name. */
export function authenticate(seat: XmppSeat): string {
  const user = xmppUser(seat);
  const secret = Buffer.from(`\0${user}\0${user}`).toString('base64');
  return `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${secret}</auth>`;
}

/** Into the room, under the seat as a nickname, without what was said before. */
export function join({ conversation, seat }: XmppSeat): string {
  return `<presence xmlns="jabber:client" to="${conversation}@${XMPP_ROOMS}/${seat}"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>`;
}

/** @param id comes back with every copy. @param text without characters that mean something in XML */
export function message({ conversation, seat, isRoom }: XmppSeat, { id, text }: { id: number; text: string }): string {
  const to = isRoom ? `${conversation}@${XMPP_ROOMS}` : `${conversation}.${1 - seat}@${XMPP_HOST}/${RESOURCE}`;
  const type = isRoom ? 'groupchat' : 'chat';
  return `<message xmlns="jabber:client" to="${to}" type="${type}" id="${id}"><body>${text}</body></message>`;
}
