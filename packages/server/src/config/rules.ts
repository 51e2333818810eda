// What several variables say together: what contradicts itself stops the start, what is likely a mistake is a warning in
// the log. Both say what would be right.
import { isLoopback, isPrivate } from './hosts.js';
import type { Config } from './schema.js';

type Rule = (config: Config) => string | null;

const CONTRADICTIONS: readonly Rule[] = [
  ({ tlsCert, tlsKey }) => {
    if ((tlsCert === null) === (tlsKey === null)) return null;
    const [given, missing] = tlsCert === null ? ['TLS_KEY', 'TLS_CERT'] : ['TLS_CERT', 'TLS_KEY'];
    return `${given} is given and ${missing} is not: give both, or neither where a proxy does TLS`;
  },
  ({ tlsCert, publicUrl }) => {
    if (tlsCert === null || publicUrl?.startsWith('http://') !== true) return null;
    return 'PUBLIC_URL: it begins with http:// where TLS_CERT makes the server speak https alone: https:// is right';
  },
  ({ tlsCert, publicUrl }) => {
    if (tlsCert !== null || publicUrl?.startsWith('http://') !== true) return null;
    if (isPrivate(new URL(publicUrl).hostname)) return null;
    return (
      'PUBLIC_URL: http:// is for this machine and private networks alone, elsewhere everyone on the way could read ' +
      'passwords and messages: https:// is right, with TLS_CERT and TLS_KEY, or behind a proxy that does TLS'
    );
  },
  ({ diskWarnPercent, diskRefusePercent }) => {
    if (diskWarnPercent === 0 || diskWarnPercent >= diskRefusePercent) return null;
    return 'DISK_WARN_PERCENT is smaller than DISK_REFUSE_PERCENT: nobody would be warned; it has to be larger, or 0';
  },
];

const MISTAKES: readonly Rule[] = [
  ({ publicUrl, tlsCert, trustedProxies, host }) => {
    const isPlain = tlsCert === null && trustedProxies.length === 0 && !isLoopback(host);
    if (!isPlain || publicUrl?.startsWith('https://') !== true) return null;
    return (
      'PUBLIC_URL is https, but the server itself takes plain http on an address that others may reach: give TLS_CERT ' +
      'and TLS_KEY, or name the proxy that does TLS in TRUSTED_PROXIES and let nobody else reach HOST'
    );
  },
];

/** What stops the start, one line each. */
export function contradictionsIn(config: Config): readonly string[] {
  return CONTRADICTIONS.flatMap((rule) => rule(config) ?? []);
}

/** What is likely not meant, one line each. */
export function mistakesIn(config: Config): readonly string[] {
  return MISTAKES.flatMap((rule) => rule(config) ?? []);
}
