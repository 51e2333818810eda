// The wire only grows (law 8): what an earlier document offered is still there, and asks for no more than it did. The
// document of the last change that grew the contract is kept in compat/; after growing it, write it anew with
// `UPDATE_CONTRACT=1 npx vitest run packages/protocol/src/compatibility.test.ts` and commit the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CLOSE_CODES, ERROR_CODES } from './codes.js';
import { ENTRY_BODIES } from './entries.js';
import { buildOpenApi } from './openapi.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const FILE = new URL('../compat/v1.json', import.meta.url);

function contract(): Json {
  const { paths, components } = JSON.parse(JSON.stringify(buildOpenApi({ version: '1' }))) as {
    readonly [part: string]: Json;
  };
  const codes = Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, { status, retry }]) => [code, { status, retry }]),
  );
  return {
    paths: paths ?? null,
    components: components ?? null,
    codes,
    closes: CLOSE_CODES,
    kinds: Object.keys(ENTRY_BODIES),
  };
}

/** What `now` took away from `before`, or asks for beyond it. Words for people are free to change. */
function breaks(before: Json, now: Json | undefined, path: string): string[] {
  const isRequest = path.includes('requestBody') || path.includes('parameters');
  // Fields that were wanted may be left out now.
  if (now === undefined && isRequest && path.endsWith('/required')) return [];
  if (now === undefined) return [`${path} is gone`];
  if (isRequest && takesThat(before, now, path)) return [];
  if (Array.isArray(before)) {
    if (!Array.isArray(now)) return [`${path} is no list any more`];
    // An alternative or a part that says more than it did is still there.
    const missing = before.filter((item) => !now.some((other) => breaks(item, other, path).length === 0));
    const added = path.endsWith('/required') && isRequest ? now.filter((item) => !before.includes(item)) : [];
    return [
      ...missing
        .filter(() => !path.endsWith('/required') || !isRequest)
        .map((item) => `${path} lost ${JSON.stringify(item)}`),
      ...added.map((item) => `${path} now asks for ${JSON.stringify(item)}`),
    ];
  }
  if (typeof before === 'object' && before !== null) {
    if (typeof now !== 'object' || now === null || Array.isArray(now)) return [`${path} is no object any more`];
    const there = now as { readonly [key: string]: Json };
    return Object.entries(before)
      .filter(([key]) => key !== 'description' && key !== 'summary')
      .flatMap(([key, inner]) => breaks(inner, there[key], `${path}/${key}`));
  }
  return before === now ? [] : [`${path} was ${JSON.stringify(before)} and is ${JSON.stringify(now)}`];
}

/** What was wanted is one of several alternatives now. */
function takesThat(before: Json, now: Json, path: string): boolean {
  if (typeof now !== 'object' || now === null || !('anyOf' in now) || !Array.isArray(now.anyOf)) return false;
  return now.anyOf.some((alternative) => breaks(before, alternative, path).length === 0);
}

it('takes nothing away from the contract and asks for no more than before', () => {
  if (process.env.UPDATE_CONTRACT !== undefined) writeFileSync(FILE, `${JSON.stringify(contract(), null, 1)}\n`);
  expect(breaks(JSON.parse(readFileSync(FILE, 'utf8')) as Json, contract(), '')).toEqual([]);
});

it('notices a lost route, a lost field, a new required one and another code', () => {
  const before = {
    paths: { '/a': { get: { requestBody: { required: ['x'], properties: { x: { type: 'string' } } } } } },
    codes: { not_found: { status: 404 } },
  };
  const changed = (now: Json) => breaks(before, now, '');
  expect(changed(before)).toEqual([]);
  expect(changed({ ...before, paths: {} })).toEqual(['/paths//a is gone']);
  expect(changed({ ...before, codes: { not_found: { status: 410 } } })).toEqual([
    '/codes/not_found/status was 404 and is 410',
  ]);
  const widened = { required: ['x'], properties: { x: { anyOf: [{ type: 'null' }, { type: 'string' }] } } };
  expect(changed({ ...before, paths: { '/a': { get: { requestBody: widened } } } })).toEqual([]);
  const narrowed = { required: ['x'], properties: { x: { anyOf: [{ type: 'null' }] } } };
  expect(changed({ ...before, paths: { '/a': { get: { requestBody: narrowed } } } })).not.toEqual([]);
  const asking = { required: ['x', 'y'], properties: { x: { type: 'string' } } };
  expect(changed({ ...before, paths: { '/a': { get: { requestBody: asking } } } })).toEqual([
    '/paths//a/get/requestBody/required now asks for "y"',
  ]);
});
