// The colours of the page by name, in both themes: the one table that the style sheet, the test of contrasts and the paint of
// a workspace's accent are made of. Warm paper and ink, one accent; what carries meaning has a colour of its own.

import type { Accent } from '@kith/protocol';

export type Theme = 'light' | 'dark';

/** sRGB as `#rrggbb`. */
export const COLOURS = {
  /** Behind everything. */
  page: { light: '#f6f5f1', dark: '#141716' },
  /** Lists, headers, dialogs. */
  panel: { light: '#fffefb', dark: '#1b1f1d' },
  /** Fields, chosen rows, received messages. */
  raised: { light: '#efede6', dark: '#272c2a' },
  /** A row that is pointed at. */
  hover: { light: '#e7e4da', dark: '#303633' },
  ink: { light: '#1c211f', dark: '#e8ebe8' },
  soft: { light: '#565e59', dark: '#a9b2ad' },
  /** Between parts. */
  line: { light: '#dfdcd2', dark: '#333a36' },
  /** Around what is written into: seen at 3 to 1. */
  edge: { light: '#7d847f', dark: '#737c76' },
  accent: { light: '#1f6250', dark: '#7dcbb0' },
  onAccent: { light: '#ffffff', dark: '#0b2018' },
  /** One's own messages. */
  own: { light: '#c4e6d5', dark: '#1f4338' },
  /** Behind a mention of oneself. */
  mention: { light: '#fbe7b4', dark: '#4a3a12' },
  /** Of those who have read. */
  read: { light: '#0a5f9e', dark: '#82c4f6' },
  danger: { light: '#ab231b', dark: '#ff9f95' },
  onDanger: { light: '#ffffff', dark: '#2b0906' },
  online: { light: '#23804f', dark: '#4cc486' },
  away: { light: '#a86d00', dark: '#e3b04b' },
  /** Behind code, and what stands in it by its kind. */
  code: { light: '#fbfaf6', dark: '#131615' },
  codeWord: { light: '#7b3a95', dark: '#cfa9f2' },
  codeText: { light: '#23694a', dark: '#8ed6a9' },
  codeNumber: { light: '#914c00', dark: '#f0b673' },
  codeName: { light: '#0a5f9e', dark: '#82c4f6' },
} as const;

export type Colour = keyof typeof COLOURS;

/** What of the colours follows the accent of the workspace: what there is for each, instead of that of `COLOURS`. */
export const ACCENT_COLOURS: {
  readonly [accent in Accent]: {
    readonly [colour in 'accent' | 'onAccent' | 'own']: { readonly [theme in Theme]: string };
  };
} = {
  green: { accent: COLOURS.accent, onAccent: COLOURS.onAccent, own: COLOURS.own },
  teal: {
    accent: { light: '#06646c', dark: '#74cbd4' },
    onAccent: { light: '#ffffff', dark: '#021f22' },
    own: { light: '#bbe6eb', dark: '#154348' },
  },
  blue: {
    accent: { light: '#1e55a4', dark: '#90bcfe' },
    onAccent: { light: '#ffffff', dark: '#101b2b' },
    own: { light: '#cadefb', dark: '#2b3c56' },
  },
  violet: {
    accent: { light: '#6040a1', dark: '#c0abfe' },
    onAccent: { light: '#ffffff', dark: '#1c1729' },
    own: { light: '#ded7f8', dark: '#3e3653' },
  },
  pink: {
    accent: { light: '#942464', dark: '#f59ac5' },
    onAccent: { light: '#ffffff', dark: '#27141d' },
    own: { light: '#f5d1e0', dark: '#50313f' },
  },
  red: {
    accent: { light: '#8f1b41', dark: '#ff9bb0' },
    onAccent: { light: '#ffffff', dark: '#291318' },
    own: { light: '#f8d0d8', dark: '#532f39' },
  },
  orange: {
    accent: { light: '#88470d', dark: '#f1a774' },
    onAccent: { light: '#ffffff', dark: '#27160a' },
    own: { light: '#f5d5c1', dark: '#503522' },
  },
  grey: {
    accent: { light: '#53595a', dark: '#b5bcbc' },
    onAccent: { light: '#ffffff', dark: '#191b1b' },
    own: { light: '#d8dede', dark: '#383d3d' },
  },
};

/** What is written on what: at least 4.5 to 1 in both themes. */
export const READ_ON: readonly (readonly [text: Colour, ground: Colour])[] = [
  ['ink', 'page'],
  ['ink', 'panel'],
  ['ink', 'raised'],
  ['ink', 'hover'],
  ['ink', 'own'],
  ['ink', 'mention'],
  ['soft', 'page'],
  ['soft', 'panel'],
  ['soft', 'raised'],
  ['soft', 'hover'],
  ['soft', 'own'],
  ['accent', 'page'],
  ['accent', 'panel'],
  ['accent', 'raised'],
  ['onAccent', 'accent'],
  ['read', 'own'],
  ['danger', 'page'],
  ['danger', 'panel'],
  ['danger', 'raised'],
  ['danger', 'own'],
  ['onDanger', 'danger'],
  ['ink', 'code'],
  ['soft', 'code'],
  ['danger', 'code'],
  ['codeWord', 'code'],
  ['codeText', 'code'],
  ['codeNumber', 'code'],
  ['codeName', 'code'],
];

/** What shows where something is, beside what it is on: at least 3 to 1. */
export const SEEN_ON: readonly (readonly [mark: Colour, ground: Colour])[] = [
  ['edge', 'page'],
  ['edge', 'panel'],
  ['edge', 'raised'],
  ['accent', 'hover'],
  ['online', 'panel'],
  ['away', 'panel'],
];

/** As the style sheet has them: `--on-accent` of `onAccent`. */
export function propertyOf(colour: string): string {
  return `--${colour.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
