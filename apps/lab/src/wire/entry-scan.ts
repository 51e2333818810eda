// Reads conversation and seq of an `entry` frame at their byte offsets, without parsing JSON. The offsets are a habit of
// the server, not a promise of the contract: where they do not fit, and for one frame in a hundred anyway, the frame is
// parsed as JSON, and a scan that read something else than the parser is an error.

/** `{"type":"entry","conversation":"`, the id, `","epoch":`, digits, `,"seq":`, digits. */
const ID_AT = 32;
const ID_CHARACTERS = 36;
const EPOCH_AT = ID_AT + ID_CHARACTERS + '","epoch":'.length;
const SEQ_NAME = ',"seq":';
const PARSED_EVERY = 100;

/** The text of a message that was parsed, as it came. */
type Parsed = { readonly conversation: string; readonly seq: number; readonly body?: { readonly text?: string } };

const [ZERO, NINE, COMMA, LETTER_C, LETTER_E, LETTER_N, LETTER_S] = [...'09,cens'].map((character) =>
  character.charCodeAt(0),
) as [number, number, number, number, number, number, number];

export class EntryScan {
  /** Of the entry that was read last. */
  conversation = '';
  seq = 0;
  /** Frames that were parsed as JSON. */
  parsed = 0;
  /** The text of the last of them. */
  text = '';
  readonly #every: number;
  #seen: number;

  /** @param every one frame in so many is parsed. @param before so many count as seen, so that not all scans parse at once */
  constructor(every: number = PARSED_EVERY, before = 0) {
    this.#every = every;
    this.#seen = before;
  }

  /** True for an entry, whose conversation and seq are in the fields then. */
  read(data: Buffer, start: number, end: number): boolean {
    // `{"type":"en`: of the frames of the server only `entry` begins so.
    if (data[start + 9] !== LETTER_E || data[start + 10] !== LETTER_N) return false;
    this.#seen += 1;
    const isScanned = this.#scan(data, start, end);
    if (!isScanned || this.#seen % this.#every === 0) this.#parse(data.toString('utf8', start, end), isScanned);
    return true;
  }

  #scan(data: Buffer, start: number, end: number): boolean {
    if (data[start + 17] !== LETTER_C) return false;
    let at = start + EPOCH_AT;
    while (at < end && data[at] !== COMMA) at += 1;
    if (data[at + 2] !== LETTER_S) return false;
    at += SEQ_NAME.length;
    let seq = 0;
    const from = at;
    for (let digit = data[at] ?? 0; at < end && digit >= ZERO && digit <= NINE; digit = data[at] ?? 0) {
      seq = seq * 10 + digit - ZERO;
      at += 1;
    }
    if (at === from) return false;
    this.seq = seq;
    this.conversation = data.toString('latin1', start + ID_AT, start + ID_AT + ID_CHARACTERS);
    return true;
  }

  #parse(text: string, isScanned: boolean): void {
    this.parsed += 1;
    const { conversation, seq, body } = JSON.parse(text) as Parsed;
    this.text = body?.text ?? '';
    if (isScanned && (conversation !== this.conversation || seq !== this.seq)) {
      throw new Error('the scan of an entry read something else than a JSON parser');
    }
    this.conversation = conversation;
    this.seq = seq;
  }
}
