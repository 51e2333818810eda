// Headers that every answer carries, errors included: what a page of ours may load, and what others may do with it.

/** @param frameAncestors who may have the page in a frame */
function contentSecurityPolicy(frameAncestors: string): string {
  return [
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors}`,
    // No text becomes code or markup: the page hands the browser the address of its service worker, and nothing else.
    "require-trusted-types-for 'script'",
    'trusted-types kith',
  ].join('; ');
}

/** @param isHttps whether people reach the server by it: then browsers are told to use nothing else for a year */
export function securityHeaders({ isHttps }: { readonly isHttps: boolean }): { readonly [name: string]: string } {
  const headers = {
    'content-security-policy': contentSecurityPolicy("'none'"),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  };
  if (!isHttps) return headers;
  return { ...headers, 'strict-transport-security': 'max-age=31536000' };
}

/** Instead of those above, for the one page that these origins may have in a frame; null for one that it goes without. */
export function framedHeaders(origins: readonly string[]): { readonly [name: string]: string | null } {
  return { 'content-security-policy': contentSecurityPolicy(origins.join(' ')), 'x-frame-options': null };
}
