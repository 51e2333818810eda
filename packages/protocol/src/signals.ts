// Signals of a client: never stored, never answered, lost without harm.
import { Epoch, Id, Seq } from './entries.js';
import { type Static, Type } from './typebox.js';

export const SIGNALS = {
  typing: Type.Object({ name: Type.Literal('typing'), conversation: Id }),
  marks: Type.Object({
    name: Type.Literal('marks'),
    conversation: Id,
    epoch: Epoch,
    delivered: Type.Optional(Seq),
    read: Type.Optional(Seq),
    thread: Type.Optional(Type.Union([Seq, Type.Null()])),
  }),
} as const;

export type SignalName = keyof typeof SIGNALS;
export type ClientSignal = Static<(typeof SIGNALS)[SignalName]>;
