// Whether what people are told to reach, and the certificate that they would be shown, fit together.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mistakesIn } from '@kith/server/config/rules';
import { type Check, type Finding, fail, ok, reasonOf, warn } from './finding.js';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

export const checkAddress: Check = (config) => {
  const { publicUrl, tlsCert, tlsKey } = config;
  const mistakes = mistakesIn(config).map((mistake) => warn('address', mistake, 'see docs/operate.md, TLS'));
  const certificate = tlsCert === null || tlsKey === null ? [] : [certificateFinding({ tlsCert, tlsKey, publicUrl })];
  const findings = [...mistakes, ...certificate];
  if (findings.length > 0) return Promise.resolve(findings);
  const found = publicUrl === null ? 'PUBLIC_URL is not set: people reach HOST and PORT' : `people reach ${publicUrl}`;
  return Promise.resolve([ok('address', found)]);
};

type Certified = { readonly tlsCert: string; readonly tlsKey: string; readonly publicUrl: string | null };

function certificateFinding({ tlsCert, tlsKey, publicUrl }: Certified): Finding {
  try {
    const certificate = new X509Certificate(readFileSync(tlsCert));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(tlsKey)))) {
      return fail('certificate', 'TLS_KEY is not the key of TLS_CERT', 'name two files of one pair');
    }
    const host = publicUrl === null ? null : new URL(publicUrl).hostname;
    return judgeCertificate(certificate, { host, now: Date.now() });
  } catch (error) {
    const advice = 'TLS_CERT and TLS_KEY name PEM files that this user can read, the key without a passphrase';
    return fail('certificate', `it cannot be used: ${reasonOf(error)}`, advice);
  }
}

/** @param host what people type; null where that is not known */
export function judgeCertificate(
  certificate: Pick<X509Certificate, 'validTo' | 'checkHost' | 'checkIP'>,
  { host, now }: { readonly host: string | null; readonly now: number },
): Finding {
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS);
  const renew = 'renew it, then SIGHUP to the server has it read again';
  if (daysLeft < 0) return fail('certificate', `it expired on ${certificate.validTo}`, renew);
  if (host !== null && certificate.checkHost(host) === undefined && certificate.checkIP(host) === undefined) {
    return fail('certificate', `it is not for ${host}`, 'get one for the name in PUBLIC_URL, or correct PUBLIC_URL');
  }
  const found = `it is valid for ${daysLeft} more days`;
  return daysLeft < SOON_DAYS ? warn('certificate', found, renew) : ok('certificate', found);
}
