// The client's half of XMPP over a WebSocket: signs in, enters the room where the conversation is one, and says of each message
// when it is acknowledged. In a room that is its own copy, which ejabberd sends once the room's archive has it. Of two people
// nobody gets a copy of what they wrote: there XEP-0198 counts what the server has taken, and ejabberd says so once the sender's
// archive has it, while the recipient's may have yet to be written. Numbers are the archive's in a room, and the sender's own
// between two, as an acknowledgement carries no other; so between two one writes alone.
import type { Answer } from './lab-client.js';
import { attribute, StanzaScan } from './stanza-scan.js';
import { authenticate, BIND, ENABLE, join, message, OPEN, PRESENT, parseXmppToken, REQUEST } from './xmpp-stanzas.js';

export interface XmppListener {
  write(text: string): void;
  greeted(): void;
  answered(answer: Answer): void;
  /** A copy came. */
  copied(conversation: string, number: number): void;
  /** One's own message between two was taken, of which no copy comes. */
  kept(conversation: string, number: number): void;
  failed(error: Error): void;
}

export class XmppSession {
  readonly #me: ReturnType<typeof parseXmppToken>;
  readonly #listener: XmppListener;
  readonly #scan = new StanzaScan();
  /** Of messages that XEP-0198 has yet to acknowledge, in the order in which they went out; as many as are under way. */
  readonly #unacknowledged: number[] = [];
  #isSignedIn = false;
  #isGreeted = false;
  #acknowledged = 0;
  /** Stanzas that came since they are counted; null before. */
  #received: number | null = null;

  constructor(token: string, listener: XmppListener) {
    this.#me = parseXmppToken(token);
    this.#listener = listener;
  }

  begin(): void {
    this.#listener.write(OPEN);
  }

  /** @param id rises with each message of the connection, from 1 */
  send(id: number, text: string): void {
    const { isRoom } = this.#me;
    if (!isRoom && id === 1) this.#listener.write(ENABLE);
    this.#listener.write(message(this.#me, { id, text }));
    if (isRoom) return;
    this.#unacknowledged.push(id);
    this.#listener.write(REQUEST);
  }

  take(data: Buffer, start: number, end: number): void {
    if (!this.#scan.read(data, start, end)) {
      this.#told(data.toString('utf8', start, end));
      return;
    }
    if (this.#received !== null) this.#received += 1;
    const { conversation, seat, id, archived } = this.#scan;
    const { isRoom } = this.#me;
    this.#listener.copied(conversation, isRoom ? archived : id);
    if (isRoom && seat === this.#me.seat) {
      this.#listener.answered({ type: 'ack', id, result: { conversation, seq: archived } });
    }
  }

  /** What is no archived message. */
  #told(text: string): void {
    const [, name = ''] = /^<([\w:-]+)/.exec(text) ?? [];
    if (name === 'message' || name === 'presence' || name === 'iq') this.#stanza(name, text);
    else if (name === 'a') this.#took(Number(attribute(text, 'h')));
    else if (name === 'r') this.#listener.write(`<a xmlns="urn:xmpp:sm:3" h="${this.#received ?? 0}"/>`);
    else if (name === 'enabled') this.#received = 0;
    else if (name === 'stream:features') this.#listener.write(this.#isSignedIn ? BIND : authenticate(this.#me));
    else if (name === 'success') {
      this.#isSignedIn = true;
      this.#listener.write(OPEN);
    } else if (name !== 'open') this.#refused(text);
  }

  #stanza(name: 'message' | 'presence' | 'iq', text: string): void {
    if (this.#received !== null) this.#received += 1;
    const [tag = ''] = /^<[^>]*>/.exec(text) ?? [];
    const type = attribute(tag, 'type');
    if (name === 'message' && type === 'error') this.#notSent(Number(attribute(tag, 'id')), text);
    else if (type === 'error' || text.includes('<body>')) this.#refused(text);
    else if (name === 'iq' && attribute(tag, 'id') === 'bind') {
      this.#listener.write(PRESENT);
      if (this.#me.isRoom) this.#listener.write(join(this.#me));
      else this.#greet();
    } else if (text.includes('<subject')) this.#greet();
  }

  /** The subject is the last that a room says to whoever has entered. */
  #greet(): void {
    if (!this.#isGreeted) this.#listener.greeted();
    this.#isGreeted = true;
  }

  #took(count: number): void {
    for (; this.#acknowledged < count; this.#acknowledged += 1) {
      const id = this.#unacknowledged.shift();
      if (id === undefined) continue;
      const { conversation } = this.#me;
      this.#listener.kept(conversation, id);
      this.#listener.answered({ type: 'ack', id, result: { conversation, seq: id } });
    }
  }

  #notSent(id: number, text: string): void {
    const [, code = 'failed'] = /<error [^>]*><([\w-]+)/.exec(text) ?? [];
    this.#listener.answered({ type: 'error', id, code, message: text.slice(0, 200), retry: 'never' });
  }

  /** Also a message that is in no archive: what is compared is what is stored. */
  #refused(text: string): void {
    this.#listener.failed(new Error(`the server said ${text.slice(0, 200)}`));
  }
}
