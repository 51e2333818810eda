// A title as it is looked for.

/** Without accents and case. */
export function plainOf(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .trim();
}
