// Who asks over HTTP: the token of the `Authorization` header.
import { ChatError } from '@kith/protocol';
import type { Principal } from '../core/principal.js';
import type { Accounts } from './ports.js';

/** @throws unauthenticated, unavailable */
export async function authenticateBearer(
  accounts: Pick<Accounts, 'authenticate'>,
  { headers }: { readonly headers: { readonly authorization?: string | undefined } },
): Promise<Principal> {
  const [, token] = /^Bearer +([^ ]+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) {
    throw new ChatError('unauthenticated', 'an Authorization header with a Bearer token is wanted');
  }
  return await accounts.authenticate(token);
}
