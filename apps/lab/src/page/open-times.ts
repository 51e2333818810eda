// What the page is asked, and what it answers.

export type OpenRequest =
  | { readonly at: 'end' }
  | { readonly at: 'unread' }
  | { readonly at: 'seq'; readonly seq: number };

/** Milliseconds since the SDK was started; the page above counts from when it is asked for. */
export type OpenTimes = {
  /** What is held can be shown. */
  readonly readyMs: number;
  /** The first page is in the document, with its layout. */
  readonly laidOutMs: number;
  /** And after the frame that painted it. */
  readonly paintedMs: number;
  readonly pageUpMs: number;
};
