// How the page looks on this device: theme, density and language. Kept by the browser, where it keeps anything, and put on the
// document before the first part of the page is shown.
import { create } from 'zustand';
import { LANGUAGES, type Language, preferredLanguage, speak } from '../text/text.js';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Density = 'comfortable' | 'compact';
export type Appearance = {
  readonly theme: ThemeChoice;
  readonly density: Density;
  /** Null is the browser's own. */
  readonly language: Language | null;
};

const NAME = 'kith.appearance';
const UNCHOSEN: Appearance = { theme: 'system', density: 'comfortable', language: null };

export const useAppearance = create<Appearance>(kept);

/** Changes some of it, now and for the next time. */
export function choose(part: Partial<Appearance>): void {
  useAppearance.setState(part);
  const chosen = useAppearance.getState();
  try {
    localStorage.setItem(NAME, JSON.stringify(chosen));
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
  void apply(chosen);
}

/** Resolves when the texts of the language are there. */
export async function apply({ theme, density, language } = useAppearance.getState()): Promise<void> {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  dataset.density = density;
  await speak(language ?? preferredLanguage());
}

function kept(): Appearance {
  try {
    const said = JSON.parse(localStorage.getItem(NAME) ?? '{}') as { readonly [name: string]: unknown };
    const theme = (['light', 'dark'] as const).find((one) => one === said.theme) ?? UNCHOSEN.theme;
    const language = (Object.keys(LANGUAGES) as Language[]).find((one) => one === said.language) ?? null;
    return { theme, density: said.density === 'compact' ? 'compact' : 'comfortable', language };
  } catch {
    return UNCHOSEN;
  }
}
