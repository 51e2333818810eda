// The report of a problem: what the person says, and below it versions, this browser, counts, and what the page has gone through
// lately. Nothing of what is in conversations.
import type { Person } from '@kith/sdk';
import { recentStates } from './recent-states.js';

export type ReportParts = {
  readonly person: Person;
  /** In the person's own words; may be empty. */
  readonly words: string;
  readonly serverVersion: string;
};

export function reportOf({ person, words, serverVersion }: ReportParts): string {
  const conversations = person.conversations.getSnapshot();
  const waiting = conversations.reduce((sum, { id }) => sum + person.unsent(id).getSnapshot().length, 0);
  const { dataset, lang, dir } = document.documentElement;
  const facts: readonly (readonly [name: string, value: unknown])[] = [
    ['written at', new Date().toISOString()],
    ['page', `web ${PAGE_VERSION}`],
    ['server', serverVersion],
    ['browser', navigator.userAgent],
    ['window', `${innerWidth} x ${innerHeight}, ${devicePixelRatio} device pixels each`],
    ['look', `${dataset.theme ?? 'system'}, ${dataset.density ?? ''}, ${lang} ${dir || 'ltr'}`],
    ['secure', isSecureContext],
    ['online', navigator.onLine],
    ['leads the tabs', person.isLeading],
    ['conversations', conversations.length],
    ['largest', Math.max(0, ...conversations.map(({ head }) => head))],
    ['waiting to be sent', waiting],
    ['counts that were not the server\u2019s', person.mismatches.getSnapshot()],
  ];
  return [
    words.trim(),
    '',
    ...facts.map(([name, value]) => `${name}: ${String(value)}`),
    '',
    ...recentStates().map(({ at, what }) => `${new Date(at).toISOString()} ${what}`),
    '',
  ].join('\n');
}

/** As it says itself; `unknown` where it can't be asked. */
export async function readServerVersion(): Promise<string> {
  try {
    const document: unknown = await (await fetch('/v1/openapi.json')).json();
    return (document as { readonly info: { readonly version: string } }).info.version;
  } catch {
    return 'unknown';
  }
}
