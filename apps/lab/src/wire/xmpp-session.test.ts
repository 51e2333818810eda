import { describe, expect, it } from 'vitest';
import { XmppSession } from './xmpp-session.js';
import { BIND, ENABLE, join, message, OPEN, PRESENT, REQUEST, xmppToken } from './xmpp-stanzas.js';

const conversation = '0190b3c4-1111-7222-8333-944455556666';
const room = `${conversation}@conference.localhost`;
const FEATURES = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>";
const BOUND = "<iq xmlns='jabber:client' type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
const SUBJECT = `<message xmlns='jabber:client' from='${room}' type='groupchat'><subject/></message>`;

function session(isRoom: boolean) {
  const seat = { conversation, seat: 0, isRoom };
  const [written, heard] = [[] as string[], [] as unknown[]];
  const own = new XmppSession(xmppToken(seat), {
    write: (text) => written.push(text),
    greeted: () => heard.push('greeted'),
    answered: (answer) => heard.push(answer),
    copied: (of, number) => heard.push(['copied', of, number]),
    kept: (of, number) => heard.push(['kept', of, number]),
    failed: (error) => heard.push(error.message),
  });
  const come = (...texts: readonly string[]) => {
    for (const text of texts) own.take(Buffer.from(text), 0, Buffer.byteLength(text));
  };
  own.begin();
  come('<open/>', FEATURES, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", '<open/>', FEATURES, BOUND);
  return { seat, own, come, written, heard };
}

function copy(from: string, { id, archived }: { id: number; archived: number }): string {
  return `<message xmlns='jabber:client' to='x' from='${from}' id='${id}'><stanza-id by='x' id='${archived}' xmlns='urn:xmpp:sid:0'/><body>x</body></message>`;
}

describe('XmppSession', () => {
  it('signs in, binds and enters, and is greeted once by the subject of its room', () => {
    const { seat, come, written, heard } = session(true);
    expect(written[0]).toBe(OPEN);
    expect(written[1]).toMatch(/^<auth .* mechanism="PLAIN">/);
    expect(written.slice(2)).toEqual([OPEN, BIND, PRESENT, join(seat)]);
    expect(heard).toEqual([]);
    come(`<presence xmlns='jabber:client' from='${room}/0'/>`, SUBJECT, SUBJECT);
    expect(heard).toEqual(['greeted']);
  });

  it('takes its own copy in a room for the acknowledgement, under the number of the archive', () => {
    const { seat, own, come, written, heard } = session(true);
    own.send(1, 'hello');
    expect(written.at(-1)).toBe(message(seat, { id: 1, text: 'hello' }));
    come(copy(`${room}/1`, { id: 1, archived: 500 }), copy(`${room}/0`, { id: 1, archived: 501 }));
    expect(heard).toEqual([
      ['copied', conversation, 500],
      ['copied', conversation, 501],
      { type: 'ack', id: 1, result: { conversation, seq: 501 } },
    ]);
  });

  it('counts what the server has taken of what was written to the other of two', () => {
    const { seat, own, come, written, heard } = session(false);
    for (const id of [1, 2, 3]) own.send(id, 'hello');
    const [first, second] = [1, 2].map((id) => message(seat, { id, text: 'hello' }));
    expect(written.slice(4, 10)).toEqual([PRESENT, ENABLE, first, REQUEST, second, REQUEST]);
    come("<enabled xmlns='urn:xmpp:sm:3'/>", "<a h='2' xmlns='urn:xmpp:sm:3'/>", "<a h='2' xmlns='urn:xmpp:sm:3'/>");
    const ack = (id: number) => ({ type: 'ack', id, result: { conversation, seq: id } });
    expect(heard).toEqual(['greeted', ['kept', conversation, 1], ack(1), ['kept', conversation, 2], ack(2)]);
    come("<presence xmlns='jabber:client'/>", "<r xmlns='urn:xmpp:sm:3'/>");
    expect(written.at(-1)).toBe('<a xmlns="urn:xmpp:sm:3" h="1"/>');
  });

  it('numbers the copies of the other as the sender does', () => {
    const { come, heard } = session(false);
    come(copy(`${conversation}.1@localhost/lab`, { id: 4, archived: 500 }));
    expect(heard).toEqual(['greeted', ['copied', conversation, 4]]);
  });

  it('is told why a message was refused', () => {
    const { come, heard } = session(false);
    come("<message xmlns='jabber:client' type='error' id='3'><error type='wait'><policy-violation/></error></message>");
    expect(heard[1]).toMatchObject({ type: 'error', id: 3, code: 'policy-violation' });
  });

  it('fails where it is refused, or where a message is in no archive', () => {
    const { come, heard } = session(true);
    come("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    come(`<message xmlns='jabber:client' from='${room}/1' type='groupchat' id='1'><body>x</body></message>`);
    come("<presence xmlns='jabber:client' type='error'/>");
    expect(heard.map((what) => String(what).slice(0, 24))).toEqual([
      'the server said <failure',
      'the server said <message',
      'the server said <presenc',
    ]);
  });
});
