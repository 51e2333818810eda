// Reads that many ask for at the same time, each for themselves. While as many questions are under way as may be, those that
// come wait, and go together in one as soon as an answer is there: alone one goes at once, and after a restart, when everybody
// asks, a question costs its part of one way to the database and back. There is no timer.

export type GatheredParts<Ask, Answer> = {
  /** Questions that are under way at once. */
  readonly width: number;
  /** Those that go together at most. */
  readonly most: number;
  /** @returns an answer to each, in their order; where it throws, each of them throws the same */
  readonly ask: (asks: readonly Ask[]) => Promise<readonly Answer[]>;
};

/**
 * Of what is read for people who connect: after a restart all at once. More together would save little, and one whose answer is
 * long, who is in thousands of conversations, has those wait who are asked for with them.
 */
export const GATHERED = { width: 1, most: 16 };

type Waiting<Ask, Answer> = {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

export class Gathered<Ask, Answer> {
  readonly #parts: GatheredParts<Ask, Answer>;
  #waiting: Waiting<Ask, Answer>[] = [];
  #underWay = 0;

  constructor(parts: GatheredParts<Ask, Answer>) {
    this.#parts = parts;
  }

  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject });
      this.#go();
    });
  }

  #go(): void {
    const { width, most } = this.#parts;
    while (this.#underWay < width && this.#waiting.length > 0) {
      const together = this.#waiting.slice(0, most);
      this.#waiting = this.#waiting.slice(most);
      this.#underWay += 1;
      void this.#askFor(together).finally(() => {
        this.#underWay -= 1;
        this.#go();
      });
    }
  }

  async #askFor(together: readonly Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const answers = await this.#parts.ask(together.map(({ ask }) => ask));
      together.forEach(({ resolve, reject }, index) => {
        if (index < answers.length) resolve(answers[index] as Answer);
        else reject(new Error('there is no answer to what was asked'));
      });
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
