import { describe, expect, it } from 'vitest';
import { attribute, StanzaScan } from './stanza-scan.js';

const ID = '0190b3c4-1111-7222-8333-944455556666';
/** As ejabberd 23.01 writes them. */
const HEAD = `<message xmlns='jabber:client' xml:lang='en' to='${ID}.3@localhost/lab'`;
const ROOM = `${ID}@conference.localhost`;

function archived(by: string, id: number): string {
  return `<archived by='${by}' id='${id}' xmlns='urn:xmpp:mam:tmp'/><stanza-id by='${by}' id='${id}' xmlns='urn:xmpp:sid:0'/>`;
}

function ofRoom(seat: number, id: number, at = 1_796_054_923_090_155): string {
  return `${HEAD} from='${ROOM}/${seat}' type='groupchat' id='${id}'>${archived(ROOM, at)}<body>hello</body></message>`;
}

function read(scan: StanzaScan, text: string, rest = ''): boolean {
  const data = Buffer.from(`before${text}${rest}`);
  return scan.read(data, 6, 6 + Buffer.byteLength(text));
}

describe('StanzaScan', () => {
  it('reads who wrote to a room, and under which numbers', () => {
    const scan = new StanzaScan();
    expect(read(scan, ofRoom(26, 41))).toBe(true);
    expect([scan.conversation, scan.seat, scan.id, scan.archived]).toEqual([ID, 26, 41, 1_796_054_923_090_155]);
  });

  it('reads who of two wrote, whose account has the conversation in its name', () => {
    const scan = new StanzaScan();
    const by = `${ID}.1@localhost`;
    const text = `${HEAD} from='${ID}.0@localhost/lab' type='chat' id='7'>${archived(by, 99)}<body>x</body></message>`;
    expect(read(scan, text)).toBe(true);
    expect([scan.conversation, scan.seat, scan.id, scan.archived]).toEqual([ID, 0, 7, 99]);
  });

  it('takes nothing else for an archived message, whatever comes after it', () => {
    const scan = new StanzaScan();
    expect(read(scan, `<a h='1' xmlns='urn:xmpp:sm:3'/>`)).toBe(false);
    expect(read(scan, `<presence from='${ROOM}/1' id='1'/>`)).toBe(false);
    expect(read(scan, `${HEAD} from='${ROOM}' type='groupchat'><subject/></message>`)).toBe(false);
    const unstored = `${HEAD} from='${ROOM}/1' type='groupchat' id='2'><body>x</body></message>`;
    expect(read(scan, unstored, ofRoom(1, 3))).toBe(false);
  });

  it('compares one message in a hundred with its attributes', () => {
    const scan = new StanzaScan();
    for (let id = 1; id <= 250; id += 1) expect(read(scan, ofRoom(4, id))).toBe(true);
    const wrong = ofRoom(4, 9).replace(" id='9'", " id='9x'");
    expect(() => {
      for (let id = 1; id <= 100; id += 1) read(scan, wrong);
    }).toThrow('something else');
  });
});

describe('attribute', () => {
  it('is empty where it is not there', () => {
    expect([attribute(`<a h='1' x="2"/>`, 'h'), attribute(`<a h='1' x="2"/>`, 'x'), attribute('<a/>', 'h')]).toEqual([
      '1',
      '2',
      '',
    ]);
  });
});
