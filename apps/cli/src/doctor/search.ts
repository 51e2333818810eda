// The engine that SEARCH_URL names: whether something answers there, and whether that is Groonga. Nothing is made in it.
import { type Check, type Finding, fail, ok } from './finding.js';

const TIMEOUT_MS = 5_000;
const ADVICE =
  'start Groonga there (groonga-bin of Debian), correct SEARCH_URL, or leave it out to search in the database: a start fails else';

export const checkSearch: Check = async ({ searchUrl }) => (searchUrl === null ? [] : [await lookAt(searchUrl)]);

async function lookAt(url: string): Promise<Finding> {
  // A password in the address is not for showing.
  const { origin } = new URL(url);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/d/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const version = versionIn(await response.json().catch(() => null));
    if (version === null) return fail('search engine', `what answers at ${origin} is no Groonga`, ADVICE);
    return ok('search engine', `Groonga ${version} answers at ${origin}`);
  } catch {
    return fail('search engine', `nothing answers at ${origin}`, ADVICE);
  }
}

/** `[[0, …], {"version": "…", …}]` */
function versionIn(answer: unknown): string | null {
  const [head, body]: unknown[] = Array.isArray(answer) ? answer : [];
  if (!Array.isArray(head) || head[0] !== 0 || typeof body !== 'object' || body === null) return null;
  return 'version' in body && typeof body.version === 'string' ? body.version : null;
}
