// A product with people of its own, as a server of chat sees one: a pair of keys, of which the public half is handed in, and
// assertions that are signed with the private one.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { WorkspaceKey } from '@kith/protocol';
import type { Fields } from './http-client.js';
import type { World } from './world.js';

export class Product {
  readonly #privateKey: KeyObject;
  readonly #key: WorkspaceKey;

  private constructor(privateKey: KeyObject, key: WorkspaceKey) {
    this.#privateKey = privateKey;
    this.#key = key;
  }

  /** The owner of the workspace hands a new key in. */
  static async of(world: World, name = 'a product'): Promise<Product> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const body = { name, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
    return new Product(privateKey, await world.do<WorkspaceKey>(await world.owner(), 'POST /v1/workspace/keys', body));
  }

  get key(): WorkspaceKey {
    return this.#key;
  }

  /** @param change claims, and fields of the header, that are other than usual */
  sign(claims: Fields, change: { readonly header?: Fields } = {}): string {
    const iat = Math.floor(Date.now() / 1_000);
    const header = { alg: 'ES256', typ: 'JWT', kid: this.#key.kid, ...change.header };
    const body = [header, { aud: this.#key.audience, iat, exp: iat + 60, ...claims }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(body), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${body}.${signature.toString('base64url')}`;
  }

  async revoke(world: World): Promise<void> {
    await world.do(await world.owner(), `DELETE /v1/workspace/keys/${this.#key.kid}`);
  }
}
