// How a signed request goes out to an address that a stranger has named, as the core sees it.

export type Outgoing = {
  readonly url: string;
  readonly secret: Uint8Array;
  /** `webhook-id`: the same for every attempt. */
  readonly id: string;
  readonly body: string;
  /** The body of what is answered is wanted, up to 64 KiB of it in the time that the request has. */
  readonly wantsAnswer?: boolean;
};

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs: number | null;
      /** Where it was wanted and came whole; else absent. */
      readonly body?: string;
    }
  /** Nothing was answered in time, or the address is one that nothing is sent to. */
  | { readonly kind: 'failed'; readonly why: string };

export interface Outbound {
  /** Never throws. */
  send(outgoing: Outgoing): Promise<Outcome>;
  /** Why nothing can ever be sent there, as far as the text of the address tells; null where it can. */
  refusalOf(url: string): string | null;
}
