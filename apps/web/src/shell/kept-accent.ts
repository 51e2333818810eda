// The accent that a person's workspace had last, kept by the browser, where it keeps anything, and put on the document before the
// first part of the page is shown. Who signs out, or in as somebody else, sees nothing of it. A name that the style sheet doesn't
// know changes nothing.

type Kept = { readonly person: string; readonly accent: string };

const NAME = 'kith.accent';

/** @param person null for whoever was here last */
export function showKeptAccent(person: string | null): void {
  const kept = read();
  if (kept !== null && (person === null || kept.person === person)) put(kept.accent);
  else forgetAccent();
}

export function showAccent(person: string, accent: string): void {
  put(accent);
  const kept: Kept = { person, accent };
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

export function forgetAccent(): void {
  put(null);
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Nothing was kept.
  }
}

function put(accent: string | null): void {
  const { dataset } = document.documentElement;
  if (accent === null) delete dataset.accent;
  else dataset.accent = accent;
}

function read(): Kept | null {
  try {
    const { person, accent } = JSON.parse(localStorage.getItem(NAME) ?? '{}') as { readonly [name: string]: unknown };
    return typeof person === 'string' && typeof accent === 'string' ? { person, accent } : null;
  } catch {
    return null;
  }
}
