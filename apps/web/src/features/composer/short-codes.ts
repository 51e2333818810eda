// Emoji by the codes that people type (`:smile:`), loaded when the first is begun.
type ShortCode = readonly [code: string, emoji: string];

let loading: Promise<readonly ShortCode[]> | null = null;

/** By code; empty where they can't be had now. */
export function shortCodes(): Promise<readonly ShortCode[]> {
  loading ??= load().catch(() => {
    loading = null;
    return [];
  });
  return loading;
}

async function load(): Promise<readonly ShortCode[]> {
  const answer = await fetch('/emoji/codes.json');
  if (!answer.ok) throw new Error(`the short codes are not there: ${answer.status}`);
  return Object.entries((await answer.json()) as { readonly [code: string]: string });
}
