// The texts of the page in the reader's language: ICU messages by key, compiled while the page is built. English is part of
// the page and stands in for whatever another catalogue lacks; the others come when they are chosen.
import { type Messages, setupI18n } from '@lingui/core';
import { useSyncExternalStore } from 'react';
import english from './en.json';

export type TextKey = keyof typeof english;
export type TextValues = { readonly [name: string]: string | number };

/** Each under its own name, as a reader of it knows it. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set(['ar']);
const CATALOGUES: { readonly [language in Exclude<Language, 'en'>]: () => Promise<{ readonly default: unknown }> } = {
  de: () => import('./de.json'),
  ar: () => import('./ar.json'),
};

const i18n = setupI18n({ locale: 'en', messages: { en: english as unknown as Messages } });

/** A text with its values put in. */
export function say(key: TextKey, values?: TextValues): string {
  return i18n._(key, values);
}

/** The same for a component, which is rendered anew when the language changes. */
export function useText(): typeof say {
  useSyncExternalStore(onLanguage, language);
  return say;
}

export function language(): Language {
  return i18n.locale as Language;
}

/** The first of the reader's languages that there is. */
export function preferredLanguage(wanted: readonly string[] = navigator.languages): Language {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return (known ?? 'en') as Language;
}

/** Resolves when the texts are there; where they can't be loaded the page stays as it is. */
export async function speak(wanted: Language): Promise<void> {
  if (wanted !== 'en') {
    const catalogue = await CATALOGUES[wanted]().catch(() => null);
    if (catalogue === null) return;
    i18n.load(wanted, { ...(english as unknown as Messages), ...(catalogue.default as Messages) });
  }
  i18n.activate(wanted);
  document.documentElement.lang = wanted;
  document.documentElement.dir = RIGHT_TO_LEFT.has(wanted) ? 'rtl' : 'ltr';
}

/** First strong isolate: a name of another direction leaves the sentence around it alone. */
export function isolated(name: string): string {
  return name === '' ? '' : `\u2068${name}\u2069`;
}

function onLanguage(listener: () => void): () => void {
  return i18n.on('change', listener);
}
