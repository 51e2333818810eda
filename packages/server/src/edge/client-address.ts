// Whose address counts for limits: the peer's own, or, where the peer is a trusted proxy, the rightmost address of
// X-Forwarded-For that is not one. What a client writes into that header itself never counts.
import { BlockList, isIP } from 'node:net';
import { addressKey } from '../core/accounts/address.js';

export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** @param trustedProxies addresses and networks, as `10.0.0.1`, `10.0.0.0/8`, `fd00::/8` */
  constructor(trustedProxies: readonly string[]) {
    for (const proxy of trustedProxies) {
      const [address = '', prefix] = proxy.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(prefix), family);
    }
  }

  isTrusted(address: string): boolean {
    const bare = unmapped(address);
    const family = isIP(bare);
    return family !== 0 && this.#trusted.check(bare, family === 6 ? 'ipv6' : 'ipv4');
  }

  /** The client's address as a key for limits: IPv4, or the /64 network of IPv6. */
  keyOf(peer: string | undefined, forwardedFor: string | string[] | undefined): string {
    return addressKey(this.#clientOf(peer ?? 'unknown', forwardedFor));
  }

  #clientOf(peer: string, forwardedFor: string | string[] | undefined): string {
    if (forwardedFor === undefined || !this.isTrusted(peer)) return peer;
    let client = peer;
    for (const hop of String(forwardedFor).split(',').reverse()) {
      const address = hop.trim();
      if (isIP(address) === 0) return client;
      client = address;
      if (!this.isTrusted(address)) return client;
    }
    return client;
  }
}

function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
