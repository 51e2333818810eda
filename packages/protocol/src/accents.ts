// The hues that a workspace may have as its one accent (LK1). How each is painted, in light and in dark, is the client's.
import type { Look } from './models.js';

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
