// What is asked while somebody types: after a pause, and what was answered counts unless something else is wanted by then.
import { Refusal } from '@kith/sdk';

export type AskLaterParts<Answer> = {
  readonly waitMs: number;
  /** Rejects with a Refusal. */
  readonly ask: () => Promise<Answer>;
  readonly onAnswer: (answer: Answer) => void;
  readonly onRefusal: (refusal: Refusal) => void;
};

/** @returns what ends it: from then on nobody is told anything */
export function askLater<Answer>({ waitMs, ask, onAnswer, onRefusal }: AskLaterParts<Answer>): () => void {
  let isOver = false;
  const timer = setTimeout(() => {
    ask().then(
      (answer) => {
        if (!isOver) onAnswer(answer);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        if (!isOver) onRefusal(error);
      },
    );
  }, waitMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
