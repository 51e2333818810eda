// The invitation by which somebody has come here: `/join#<code>`. The code is taken out of the address once somebody joins by
// it, so that no reload accepts it again.
const PATH = '/join';

/** The link of an invitation to this very page. */
export function linkOf(code: string): string {
  return `${location.origin}${PATH}#${code}`;
}

/** The code; null where the address is none of an invitation. */
export function invitationOf({ pathname, hash }: Location): string | null {
  const code = hash.slice(1);
  return pathname !== PATH || code === '' ? null : code;
}

export function forgetInvitation(): void {
  history.replaceState(null, '', '/');
}
