// What is written: no two texts of a run are the same, and each has words in it that several have, to be searched for.

/** As they are written, and what a search finds them by. */
const WORDS = [
  { written: 'apple', word: 'apple' },
  { written: 'Bérry', word: 'berry' },
  { written: 'see https://kith.example/apple', word: 'https' },
  { written: 'in 東京', word: '東京' },
  { written: 'two Words', word: 'two words' },
] as const;

export const SEARCHED = [...WORDS.map(({ word }) => word), 'example/app'] as const;

/** @param name is of this text alone */
export function textOf(name: string, index: number): string {
  return `${name} ${WORDS[index % WORDS.length]?.written}`;
}
