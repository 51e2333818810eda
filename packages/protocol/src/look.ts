// How a workspace looks: the hue of its one accent (LK1). How each is painted, in light and in dark, is the client's.
import { type Static, Type } from './typebox.js';

export const Look = Type.Object({
  accent: Type.Union(
    [
      Type.Literal('green'),
      Type.Literal('teal'),
      Type.Literal('blue'),
      Type.Literal('violet'),
      Type.Literal('pink'),
      Type.Literal('red'),
      Type.Literal('orange'),
      Type.Literal('grey'),
    ],
    { description: 'The hue of buttons, links and own messages' },
  ),
});
export type Look = Static<typeof Look>;
export type Accent = Look['accent'];

/** The first is that of a workspace which has set none, and what a client shows for a name that it does not know. */
export const ACCENTS = [
  'green',
  'teal',
  'blue',
  'violet',
  'pink',
  'red',
  'orange',
  'grey',
] as const satisfies readonly Accent[];
