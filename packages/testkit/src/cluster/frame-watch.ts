// Who reads along what a node takes in and gives out, whatever carries it: one JSON text a frame.

/** Hears every text that the server takes in or gives out, at that moment. */
export type FrameWatch = { readonly heard: (text: string) => void; readonly said: (text: string) => void };

/** The frames in what is written of server-sent events: whole events, without names but for the last. */
export function framesOfEvents(text: string): readonly string[] {
  const events = text.split('\n\n').filter((event) => !event.startsWith('event:'));
  return events
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice(6));
}

/** The frames in the answer to a poll, without its last word. */
export function framesOfList(text: string): readonly string[] {
  const items = JSON.parse(text) as readonly { readonly type: string }[];
  return items.filter(({ type }) => type !== 'end').map((item) => JSON.stringify(item));
}
