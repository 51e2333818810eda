// What a button does that may be refused: while it is under way it isn't begun again, and a refusal is told in the reader's
// words where it was asked for.
import { Refusal } from '@kith/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { say } from '../text/text.js';

export type Attempt = {
  readonly problem: string | null;
  readonly isBusy: boolean;
  /** @param then only where it was done */
  readonly attempt: (work: () => Promise<unknown>, then?: () => void) => void;
};

export function useAttempt(wordsOf: (refusal: Refusal) => string = wordsOfRefusal): Attempt {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const isHere = useRef(true);
  const words = useRef(wordsOf);
  words.current = wordsOf;
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const attempt = useCallback((work: () => Promise<unknown>, then?: () => void) => {
    setProblem(null);
    setBusy(true);
    work()
      .then(then, (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        if (isHere.current) setProblem(words.current(error));
      })
      .finally(() => {
        if (isHere.current) setBusy(false);
      });
  }, []);
  return { problem, isBusy, attempt };
}

/** What there is of a refusal, also of one that was kept. */
type Refused = { readonly code: string; readonly message: string; readonly retryAfterMs?: number | null | undefined };

/** A refusal in the reader's language; what only the server knows comes in its own words. */
export function wordsOfRefusal({ code, message, retryAfterMs }: Refused): string {
  switch (code) {
    case 'unavailable':
      return say('refused.unavailable');
    case 'forbidden':
      return say('refused.forbidden', { message });
    case 'not_found':
      return say('refused.notFound');
    case 'rate_limited':
      return say('refused.rateLimited', { seconds: Math.ceil((retryAfterMs ?? 1_000) / 1_000) });
    case 'too_large':
      return say('refused.tooLarge');
    default:
      return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
}
