// Reads a message of XMPP at the byte offsets of its attributes, without parsing XML: from whom it is and under which numbers.
// Their order is a habit of ejabberd, not a promise: one message in a hundred is read attribute by attribute as well, and a
// scan that read something else is an error. What is no archived message is left to whoever asked.

const PARSED_EVERY = 100;
const ID_CHARACTERS = 36;
const [FROM, ID, STANZA_ID] = [" from='", " id='", '<stanza-id '].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
];
const [LETTER_M, LETTER_E, SLASH, DOT, QUOTE, ZERO, NINE] = [..."me/.'09"].map((character) =>
  character.charCodeAt(0),
) as [number, number, number, number, number, number, number];

export class StanzaScan {
  /** Of the message that was read last: the conversation, by the name of its room or of whoever wrote. */
  conversation = '';
  /** Who wrote: the seat, which is the nickname in a room, and stands in the name of an account. */
  seat = 0;
  /** The number that whoever wrote has given it. */
  id = 0;
  /** The number that the archive has given it. */
  archived = 0;
  #seen = 0;

  /** True for a message that is archived, which is in the fields then. */
  read(data: Buffer, start: number, end: number): boolean {
    if (data[start + 1] !== LETTER_M || data[start + 2] !== LETTER_E) return false;
    const from = after(data, FROM, start);
    const room = data.indexOf(SLASH, from);
    const id = after(data, ID, from);
    const stanza = data.indexOf(STANZA_ID, id);
    if (from < 0 || id < 0 || stanza < 0 || stanza >= end) return false;
    const dot = from + ID_CHARACTERS;
    this.conversation = data.toString('latin1', from, dot);
    this.seat = digits(data, (data[dot] === DOT ? dot : room) + 1);
    this.id = digits(data, id);
    this.archived = digits(data, after(data, ID, stanza));
    this.#seen += 1;
    if (this.#seen % PARSED_EVERY === 0) this.#compare(data.toString('utf8', start, end));
    return true;
  }

  #compare(text: string): void {
    const [head = ''] = /^<message [^>]*>/.exec(text) ?? [];
    const [archived = ''] = /<stanza-id [^>]*>/.exec(text) ?? [];
    const [, conversation, name, nickname] = /^([^.@]+)(?:\.(\d+))?@[^/]+\/(.*)$/.exec(attribute(head, 'from')) ?? [];
    const isSame =
      conversation === this.conversation &&
      Number(name ?? nickname) === this.seat &&
      Number(attribute(head, 'id')) === this.id &&
      Number(attribute(archived, 'id')) === this.archived;
    if (!isSame) throw new Error('the scan of a message read something else than is in its attributes');
  }
}

/** Of a start tag as text; empty where it is not there. */
export function attribute(tag: string, name: string): string {
  return new RegExp(`\\s${name}=(?:'([^']*)'|"([^"]*)")`).exec(tag)?.slice(1).join('') ?? '';
}

/** -1 where it is not there. */
function after(data: Buffer, mark: Buffer, start: number): number {
  const at = start < 0 ? -1 : data.indexOf(mark, start);
  return at < 0 ? -1 : at + mark.length;
}

function digits(data: Buffer, start: number): number {
  let number = 0;
  let at = start;
  for (let digit = data[at] ?? QUOTE; digit >= ZERO && digit <= NINE; digit = data[at] ?? QUOTE) {
    number = number * 10 + digit - ZERO;
    at += 1;
  }
  return number;
}
