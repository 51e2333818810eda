// Where a link leads, as a browser would look it up, for text that others write: names in other scripts come as `xn--`, so that
// none passes for a known one. What is no link that people follow is none.

const SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

export function hrefOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { href, protocol } = new URL(text);
  return SCHEMES.includes(protocol) ? href : null;
}
