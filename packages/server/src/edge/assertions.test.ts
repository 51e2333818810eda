import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { toId, type WorkspaceKeyId } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { JwtAssertions } from './assertions.js';

const KID = toId<WorkspaceKeyId>('01900000-0000-7000-8000-00000000000a');
const AUDIENCE = '01900000-0000-7000-8000-000000000001';

type Parts = { readonly header: Record<string, unknown>; readonly payload: Record<string, unknown> };

const pair = newPair('P-256');

let clock: FakeClock;
let assertions: JwtAssertions;

beforeEach(() => {
  clock = new FakeClock();
  assertions = new JwtAssertions(clock);
});

function newPair(namedCurve: string): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve });
}

function pem(key: KeyObject): string {
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
}

function good(): Parts {
  const iat = Math.floor(clock.now() / 1_000);
  return {
    header: { alg: 'ES256', typ: 'JWT', kid: KID },
    payload: { sub: 'u-7', aud: AUDIENCE, iat, exp: iat + 300, name: 'Ann', username: 'ann', avatar: null },
  };
}

function encode({ header, payload }: Parts): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function signed(parts: Parts, key: KeyObject = pair.privateKey): string {
  const body = encode(parts);
  return `${body}.${sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function withHeader(change: Record<string, unknown>): Parts {
  const { header, payload } = good();
  return { header: { ...header, ...change }, payload };
}

function withClaims(change: Record<string, unknown>): Parts {
  const { header, payload } = good();
  return { header, payload: { ...payload, ...change } };
}

/** What it says, or the code with which it is refused. */
async function told(assertion: string): Promise<unknown> {
  const keyOf = async (kid: WorkspaceKeyId) => (kid === KID ? pem(pair.publicKey) : null);
  return await assertions.verify(assertion, { audience: AUDIENCE, keyOf }).catch((error: unknown) => {
    const { code, message } = error as { readonly code: string; readonly message: string };
    for (const secret of [assertion, 'u-7', 'Ann']) expect(message).not.toContain(secret);
    return code;
  });
}

describe('an assertion', () => {
  it('says what was signed: the refused ones below differ from it in one thing', async () => {
    expect(await told(signed(good()))).toEqual(good().payload);
    expect(await told(signed(withHeader({ typ: undefined })))).toEqual(good().payload);
    expect(await told(signed(withClaims({ aud: ['other', AUDIENCE], more: { deep: 1 } })))).toMatchObject({
      sub: 'u-7',
    });
  });

  it.each(['none', 'None', ''])('with the algorithm %j and no signature is refused', async (alg) => {
    expect(await told(`${encode(withHeader({ alg }))}.`)).toBe('unauthenticated');
  });

  it.each(['PEM', 'DER'])('signed with HS256 and the public key (%s) as its secret is refused', async (format) => {
    const { publicKey } = pair;
    const secret = format === 'PEM' ? pem(publicKey) : publicKey.export({ type: 'spki', format: 'der' });
    const body = encode(withHeader({ alg: 'HS256' }));
    expect(await told(`${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`)).toBe(
      'unauthenticated',
    );
  });

  it.each(['ES384', 'ES256K', 'EdDSA', 'RS256', 'HS256'])(
    'with the name %s over a good signature is refused',
    async (alg) => {
      expect(await told(signed(withHeader({ alg })))).toBe('unauthenticated');
    },
  );

  it('signed with another key is refused, also where it brings that key along', async () => {
    const { privateKey, publicKey } = newPair('P-256');
    expect(await told(signed(good(), privateKey))).toBe('unauthenticated');
    const jwk = publicKey.export({ format: 'jwk' });
    expect(await told(signed(withHeader({ jwk, jku: 'https://example.org/keys' }), privateKey))).toBe(
      'unauthenticated',
    );
  });

  it('with a signature in the form of OpenSSL, a changed one, or none is refused', async () => {
    const body = encode(good());
    const der = sign('sha256', Buffer.from(body), pair.privateKey).toString('base64url');
    for (const signature of [der, 'A'.repeat(86), ''])
      expect(await told(`${body}.${signature}`)).toBe('unauthenticated');
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown key', { kid: '01900000-0000-7000-8000-00000000000b' }],
    ['a key id that is no id', { kid: '../../etc/passwd' }],
    ['no key id', { kid: undefined }],
    ['an extension it must know', { crit: ['x'], x: 1 }],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }],
    ['an extension of JWS', { crit: ['b64'], b64: true }],
  ])('with %s is refused', async (_, header) => {
    expect(await told(signed(withHeader(header)))).toBe('unauthenticated');
  });

  it.each<[string, Record<string, unknown>]>([
    ['another audience', { aud: 'other' }],
    ['audiences of others', { aud: ['other', 'kith'] }],
  ])('for %s is refused', async (_, claims) => {
    expect(await told(signed(withClaims(claims)))).toBe('unauthenticated');
  });

  it.each(['\t', 'x', 'a.b.c', '.', '..', '...', 'e30.e30.', 'é'.repeat(50)])('that is %j is refused', async (text) => {
    expect(await told(text)).toBe('unauthenticated');
  });

  it('is taken from its beginning to its end, and 30 s to both sides of them', async () => {
    const assertion = signed(good());
    const startMs = clock.now();
    const answers: string[] = [];
    for (const seconds of [-31, -30, 0, 300, 329, 330]) {
      assertions = new JwtAssertions(new FakeClock(startMs + seconds * 1_000));
      answers.push((await told(assertion)) === 'unauthenticated' ? 'refused' : 'taken');
    }
    expect(answers).toEqual(['refused', 'taken', 'taken', 'taken', 'taken', 'refused']);
  });

  it('that says it lives longer than ten minutes, or begins later, is refused', async () => {
    const iat = Number(good().payload.iat);
    expect(await told(signed(withClaims({ exp: iat + 600 })))).toMatchObject({ sub: 'u-7' });
    expect(await told(signed(withClaims({ exp: iat + 601 })))).toBe('unauthenticated');
    expect(await told(signed(withClaims({ iat: iat - 700 })))).toBe('unauthenticated');
    expect(await told(signed(withClaims({ nbf: iat + 30 })))).toMatchObject({ sub: 'u-7' });
    expect(await told(signed(withClaims({ nbf: iat + 31 })))).toBe('unauthenticated');
  });

  it.each<[string, Record<string, unknown>]>([
    ...['sub', 'aud', 'iat', 'exp'].map((claim): [string, Record<string, unknown>] => [
      `no ${claim}`,
      { [claim]: undefined },
    ]),
    ['an empty sub', { sub: '' }],
    ['a sub that is a number', { sub: 7 }],
    ['a long sub', { sub: 'x'.repeat(201) }],
    ['a sub with U+0000', { sub: 'a\u0000' }],
    ['half a surrogate pair in a name', { name: '\ud800' }],
    ['times in text', { exp: '1' }],
    ['a username of another form', { username: 'ann@example.org' }],
    ['an avatar that is a number', { avatar: 1 }],
    ['a scope that is a list', { scope: ['read'] }],
    ['a claim that names a prototype', { constructor: 1 }],
  ])('with %s is a bad request', async (_, claims) => {
    expect(await told(signed(withClaims(claims)))).toBe('bad_request');
  });

  it('with a name beyond its limit is too large, and what is no object a bad request', async () => {
    expect(await told(signed(withClaims({ name: 'x'.repeat(101) })))).toBe('too_large');
    for (const payload of [[], 'text', 7]) {
      expect(await told(signed({ ...good(), payload: payload as never }))).toBe('bad_request');
    }
  });

  it('is unavailable, not refused, where the store of keys is gone', async () => {
    const gone = Object.assign(new Error('gone'), { code: 'unavailable' });
    const expected = { audience: AUDIENCE, keyOf: () => Promise.reject(gone) };
    await expect(assertions.verify(signed(good()), expected)).rejects.toBe(gone);
  });
});

describe('a public key', () => {
  it('is kept in one form, however its text was broken', () => {
    const text = pem(pair.publicKey);
    expect(assertions.readPublicKey(text)).toBe(text);
    expect(assertions.readPublicKey(`\r\n${text.replaceAll('\n', '\r\n')}\n`)).toBe(text);
  });

  it.each<[string, () => string]>([
    ['a private key', () => pem(pair.privateKey)],
    ['a private key behind a public one', () => pem(pair.publicKey) + pem(pair.privateKey)],
    ['another curve', () => pem(newPair('P-384').publicKey)],
    ['the curve of coins', () => pem(newPair('secp256k1').publicKey)],
    ['an Edwards curve', () => pem(generateKeyPairSync('ed25519').publicKey)],
    ['RSA', () => pem(generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey)],
    ['nothing', () => ''],
    ['a secret', () => 'correct horse battery staple'],
    ['rubbish in PEM', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['a point beside the curve', () => pem(pair.publicKey).replace(/.{6}(?=={0,2}\n-----END)/, 'AAAAAA')],
  ])('that is %s is refused', (_, text) => {
    expect(() => assertions.readPublicKey(text())).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });
});
