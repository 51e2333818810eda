import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { ChatError, SCOPES, type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessClaims } from '../core/accounts/access-token.js';
import { MemoryDirectory } from '../store/memory/directory.js';
import { JwtTokens } from './tokens.js';

const MINUTE = 60_000;

let clock: FakeClock;
let directory: MemoryDirectory;
let tokens: JwtTokens;
let nodes = 0;

function newTokens(issuer = 'kith'): JwtTokens {
  nodes += 1;
  return new JwtTokens({ keys: directory, clock, random: new SeededRandom(nodes), issuer });
}

function claims(): AccessClaims {
  return {
    workspace: toId<WorkspaceId>('01900000-0000-7000-8000-000000000001'),
    user: toId<UserId>('01900000-0000-7000-8000-000000000002'),
    session: toId<SessionId>('01900000-0000-7000-8000-000000000003'),
    scopes: SCOPES,
    generation: 4,
    issuedAt: clock.now(),
    expiresAt: clock.now() + 15 * MINUTE,
  };
}

type Parts = { header: Record<string, unknown>; payload: Record<string, unknown> };

function open(token: string): Parts {
  const [header = '', payload = ''] = token.split('.');
  const parse = (text: string): Record<string, unknown> => JSON.parse(Buffer.from(text, 'base64url').toString());
  return { header: parse(header), payload: parse(payload) };
}

function encode({ header, payload }: Parts): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

async function secret(): Promise<Uint8Array> {
  const [key] = await directory.signingKeys(clock.now());
  if (key === undefined) throw new Error('there is no key');
  return key.secret;
}

/** A token with parts changed, signed with the real key. */
async function forge(change: (parts: Parts) => Parts): Promise<string> {
  const body = encode(change(open(await tokens.sign(claims()))));
  return `${body}.${createHmac('sha256', await secret())
    .update(body)
    .digest('base64url')}`;
}

beforeEach(() => {
  clock = new FakeClock();
  directory = new MemoryDirectory();
  tokens = newTokens();
});

describe('an access token', () => {
  it('says what was signed, on every node', async () => {
    const token = await tokens.sign(claims());
    expect(await tokens.verify(token)).toEqual(claims());
    expect(await newTokens().verify(token)).toEqual(claims());
    expect(open(token).payload).toMatchObject({ iss: 'kith', aud: 'kith' });
    expect(open(token).header).toEqual({ alg: 'HS256', typ: 'JWT', kid: expect.any(String) });
  });

  it.each<[string, AccessClaims['scopes']]>([
    ['one scope', ['write']],
    ['two scopes', ['read', 'account']],
    ['all scopes', SCOPES],
  ])('with %s says them', async (_, scopes) => {
    const token = await tokens.sign({ ...claims(), scopes });
    expect((await newTokens().verify(token))?.scopes).toEqual(scopes);
  });

  it('of a time without scopes has them all, and one with all of them is understood by a build of that time', async () => {
    const before = await forge(({ header, payload }) => ({ header, payload: { ...payload, scope: 'chat' } }));
    expect((await tokens.verify(before))?.scopes).toEqual(SCOPES);
    expect(open(await tokens.sign(claims())).payload.scope).toBe('chat');
  });

  it('with a scope that only a newer build knows has the others', async () => {
    const newer = await forge(({ header, payload }) => ({ header, payload: { ...payload, scope: 'fly read' } }));
    expect((await tokens.verify(newer))?.scopes).toEqual(['read']);
  });

  it('whose header another build has written otherwise is as good', async () => {
    const other = await forge(({ header: { alg, typ, kid }, payload }) => ({ header: { kid, typ, alg }, payload }));
    expect(await tokens.verify(other)).toEqual(claims());
  });

  it('forged with nothing changed is the real one: the forgeries below differ from it in one thing', async () => {
    expect(await tokens.verify(await forge((parts) => parts))).toEqual(claims());
  });

  it.each<[string, (parts: Parts) => Parts]>([
    ['another audience', ({ header, payload }) => ({ header, payload: { ...payload, aud: 'other' } })],
    ['no audience', ({ header, payload: { aud: _, ...payload } }) => ({ header, payload })],
    ['another issuer', ({ header, payload }) => ({ header, payload: { ...payload, iss: 'other' } })],
    ['no end', ({ header, payload: { exp: _, ...payload } }) => ({ header, payload })],
    [
      'an end in the past',
      ({ header, payload }) => ({ header, payload: { ...payload, exp: Number(payload.iat) - 10 } }),
    ],
    [
      'a beginning to come',
      ({ header, payload }) => ({ header, payload: { ...payload, nbf: Number(payload.iat) + 60 } }),
    ],
    ['no person', ({ header, payload: { sub: _, ...payload } }) => ({ header, payload })],
    ['a person that is no id', ({ header, payload }) => ({ header, payload: { ...payload, sub: 'ann' } })],
    ['no session', ({ header, payload: { sid: _, ...payload } }) => ({ header, payload })],
    ['an unknown scope', ({ header, payload }) => ({ header, payload: { ...payload, scope: 'admin' } })],
    ['an empty scope', ({ header, payload }) => ({ header, payload: { ...payload, scope: '' } })],
    ['a scope that is no text', ({ header, payload }) => ({ header, payload: { ...payload, scope: ['read'] } })],
    ['no scope', ({ header, payload: { scope: _, ...payload } }) => ({ header, payload })],
    ['an unknown key', ({ header, payload }) => ({ header: { ...header, kid: 'other' }, payload })],
    ['no key', ({ header: { kid: _, ...header }, payload }) => ({ header, payload })],
    ['a name of HS512 over HS256', ({ header, payload }) => ({ header: { ...header, alg: 'HS512' }, payload })],
    ['a name of RS256 over HS256', ({ header, payload }) => ({ header: { ...header, alg: 'RS256' }, payload })],
    ['an extension it must know', ({ header, payload }) => ({ header: { ...header, crit: ['x'], x: 1 }, payload })],
  ])('with %s is refused', async (_, change) => {
    expect(await tokens.verify(await forge(change))).toBeNull();
  });

  it.each(['none', 'None', 'NONE', ''])('with the algorithm %j and no signature is refused', async (alg) => {
    const parts = open(await tokens.sign(claims()));
    expect(await tokens.verify(`${encode({ ...parts, header: { ...parts.header, alg } })}.`)).toBeNull();
  });

  it('signed with another algorithm and its own key is refused, also where the header brings the key along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const parts = open(await tokens.sign(claims()));
    const header = { ...parts.header, alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) };
    const body = encode({ ...parts, header });
    const signature = sign('sha256', Buffer.from(body), privateKey).toString('base64url');
    expect(await tokens.verify(`${body}.${signature}`)).toBeNull();
  });

  it('signed with HS512 and the real secret is refused', async () => {
    const parts = open(await tokens.sign(claims()));
    const body = encode({ ...parts, header: { ...parts.header, alg: 'HS512' } });
    const signature = createHmac('sha512', await secret())
      .update(body)
      .digest('base64url');
    expect(await tokens.verify(`${body}.${signature}`)).toBeNull();
  });

  it('with one bit of the signature or of the body changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await tokens.sign(claims())).split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(await tokens.verify(`${header}.${payload}.${bytes.toString('base64url')}`)).toBeNull();
    const other = Buffer.from(JSON.stringify({ ...open(`${header}.${payload}.`).payload, gen: 5 })).toString(
      'base64url',
    );
    expect(await tokens.verify(`${header}.${other}.${signature}`)).toBeNull();
  });

  it('is refused 5 s after its end, remembered or not', async () => {
    const token = await tokens.sign(claims());
    clock.advance(15 * MINUTE + 4_999);
    const [remembering, fresh] = [await tokens.verify(token), newTokens()];
    expect(remembering).not.toBeNull();
    clock.advance(1);
    expect(await tokens.verify(token)).toBeNull();
    expect(await fresh.verify(token)).toBeNull();
  });

  it.each(['', '.', '..', 'a.b.c', 'x'.repeat(10_000), 'e30.e30.', '\u0000.é.☃'])('is not %j', async (token) => {
    expect(await tokens.verify(token)).toBeNull();
  });
});

describe('signing keys', () => {
  it('are made once where there are none', async () => {
    await tokens.sign(claims());
    await newTokens().sign(claims());
    expect(await directory.signingKeys(clock.now())).toHaveLength(1);
  });

  it('are made once for all who sign in at the same moment, and what they got is good until it ends', async () => {
    const signed = await Promise.all(Array.from({ length: 20 }, () => tokens.sign(claims())));
    expect(await directory.signingKeys(clock.now())).toHaveLength(1);
    expect(new Set(signed.map((token) => open(token).header.kid)).size).toBe(1);
  });

  it('are rotated: old tokens live their time, new ones name the new key, and then the old key is gone', async () => {
    const old = await tokens.sign(claims());
    await tokens.rotate();
    const fresh = await tokens.sign(claims());
    expect(open(fresh).header.kid).not.toBe(open(old).header.kid);
    expect(await tokens.verify(old)).not.toBeNull();
    expect(await newTokens().verify(old)).not.toBeNull();
    clock.advance(17 * MINUTE);
    expect(await directory.signingKeys(clock.now())).toHaveLength(1);
  });

  it('are good for nothing from the moment at which they retire, though a node has not looked since', async () => {
    const lasting = ({ header, payload }: Parts) => ({
      header,
      payload: { ...payload, exp: Number(payload.exp) + 3_600 },
    });
    const [before, after] = [
      await forge(lasting),
      await forge((parts) => lasting({ ...parts, payload: { ...parts.payload, jti: 'b' } })),
    ];
    await tokens.rotate();
    clock.advance(16 * MINUTE);
    const node = newTokens();
    expect(await node.verify(before)).not.toBeNull();
    clock.advance(10_000);
    expect(await node.verify(after)).toBeNull();
  });

  it('that another node has made are looked for when a token names them', async () => {
    await tokens.sign(claims());
    const other = newTokens();
    await other.verify(await tokens.sign(claims()));
    clock.advance(2_000);
    await tokens.rotate();
    expect(await other.verify(await tokens.sign(claims()))).toEqual(claims());
  });

  it('that an old node still signs with for a minute give tokens that live their time', async () => {
    const behind = newTokens();
    await behind.sign(claims());
    await tokens.rotate();
    clock.advance(59_000);
    const late = await behind.sign(claims());
    clock.advance(15 * MINUTE - 1_000);
    expect(await newTokens().verify(late)).not.toBeNull();
  });

  it('that have leaked are good for nothing on every node after a minute, remembered tokens included', async () => {
    const token = await tokens.sign(claims());
    const other = newTokens();
    expect(await other.verify(token)).not.toBeNull();
    await tokens.rotate('leaked');
    expect(await tokens.verify(token)).toBeNull();
    clock.advance(MINUTE);
    expect(await other.verify(token)).toBeNull();
  });

  it('that are known go on while the store is gone, and are looked for again when it is back', async () => {
    const state = { isGone: false, reads: 0 };
    const flaky = {
      signingKeys: async (at: number) => {
        state.reads += 1;
        if (state.isGone) throw new ChatError('unavailable', 'gone');
        return directory.signingKeys(at);
      },
      addSigningKey: (key: Parameters<MemoryDirectory['addSigningKey']>[0]) => directory.addSigningKey(key),
    };
    const node = new JwtTokens({ keys: flaky, clock, random: new SeededRandom(1), issuer: 'kith' });
    const token = await node.sign(claims());
    state.isGone = true;
    clock.advance(MINUTE);
    expect(await node.verify(token)).not.toBeNull();
    expect(await node.verify(await node.sign(claims()))).not.toBeNull();
    const before = state.reads;
    state.isGone = false;
    await tokens.rotate('leaked');
    clock.advance(1_000);
    expect(await node.verify(token)).toBeNull();
    expect(state.reads).toBeGreaterThan(before);
    state.isGone = true;
    const fresh = new JwtTokens({ keys: flaky, clock, random: new SeededRandom(1), issuer: 'kith' });
    await expect(fresh.verify(token)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('cannot be made to be read more than once a second by tokens that name unknown ones', async () => {
    let reads = 0;
    const counting = {
      signingKeys: (at: number) => {
        reads += 1;
        return directory.signingKeys(at);
      },
      addSigningKey: (key: Parameters<MemoryDirectory['addSigningKey']>[0]) => directory.addSigningKey(key),
    };
    const forged = await forge(({ header, payload }) => ({ header: { ...header, kid: 'other' }, payload }));
    const node = new JwtTokens({ keys: counting, clock, random: new SeededRandom(1), issuer: 'kith' });
    for (let count = 0; count < 100; count += 1) await node.verify(forged);
    expect(reads).toBeLessThanOrEqual(2);
  });
});
