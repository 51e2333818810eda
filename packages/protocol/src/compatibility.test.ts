// The wire only grows (law 8): what an earlier document offered is still there, and asks for no more than it did. The
// document of the last change that grew the contract is kept in compat/; after growing it, write it anew with
// `UPDATE_CONTRACT=1 npx vitest run packages/protocol/src/compatibility.test.ts` and commit the file.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CLOSE_CODES, ERROR_CODES } from './codes.js';
import { ENTRY_BODIES } from './entries.js';
import { buildOpenApi } from './openapi.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const FILE = new URL('../compat/v1.json', import.meta.url);
/** What each release has promised. */
const RELEASES = new URL('../../../compat/', import.meta.url);

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
    const isNew = (item: Json) => !before.some((other) => nameOf(other) === nameOf(item));
    const isWanted = (item: Json) => path.endsWith('/required') || isRequired(item);
    const added = isRequest ? now.filter((item) => isNew(item) && isWanted(item)) : [];
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
    const lost = Object.entries(before)
      .filter(([key]) => key !== 'description' && key !== 'summary')
      .flatMap(([key, inner]) => breaks(inner, there[key], `${path}/${key}`));
    const added = Object.entries(there).filter(([key]) => !(key in before));
    return [...lost, ...added.flatMap(([key, inner]) => asksFor(key, inner, path))];
  }
  return before === now ? [] : [`${path} was ${JSON.stringify(before)} and is ${JSON.stringify(now)}`];
}

/** What was wanted is one of several alternatives now. */
function takesThat(before: Json, now: Json, path: string): boolean {
  if (typeof now !== 'object' || now === null || !('anyOf' in now) || !Array.isArray(now.anyOf)) return false;
  return now.anyOf.some((alternative) => breaks(before, alternative, path).length === 0);
}

/** What tells a parameter apart from others; anything else is its own name. */
function nameOf(item: Json): Json {
  return typeof item === 'object' && item !== null && 'name' in item
    ? (item as { readonly name: Json }).name
    : JSON.stringify(item);
}

function isRequired(item: Json): boolean {
  return typeof item === 'object' && item !== null && 'required' in item && item.required === true;
}

const WORDS = new Set(['description', 'summary', 'example', 'examples', 'deprecated', 'title', 'default']);

/** What something new asks for where it stands: a request that was right before may not be any more. */
function asksFor(key: string, added: Json, path: string): string[] {
  const said = [`${path}/${key} is asked for now`];
  if (key === 'requestBody') return isRequired(added) ? said : [];
  if (key === 'parameters' && /\/(?:get|put|post|patch|delete)$/.test(path)) {
    return Array.isArray(added) && added.some(isRequired) ? said : [];
  }
  if (!path.includes('/requestBody') && !path.includes('/parameters')) return [];
  // A field or a form of content more may be left out; limits are named beside others by `x-limit`, for people.
  const isChoice = path.endsWith('/properties') || path.endsWith('/content');
  return isChoice || WORDS.has(key) || key.startsWith('x-') ? [] : said;
}

it('takes nothing away from the contract and asks for no more than before', () => {
  if (process.env.UPDATE_CONTRACT !== undefined) writeFileSync(FILE, `${JSON.stringify(contract(), null, 1)}\n`);
  expect(breaks(JSON.parse(readFileSync(FILE, 'utf8')) as Json, contract(), '')).toEqual([]);
});

it.each(readdirSync(RELEASES))(
  'takes nothing away from what %s has promised, and asks for no more than it did',
  (version) => {
    const promised = readFileSync(new URL(`${version}/contract.json`, RELEASES), 'utf8');
    expect(breaks(JSON.parse(promised) as Json, contract(), '')).toEqual([]);
  },
);

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
  const get = before.paths['/a'].get;
  const moreOf = (more: { readonly [key: string]: Json }) =>
    changed({ ...before, paths: { '/a': { get: { ...get, ...more } } } });
  expect(moreOf({ parameters: [{ name: 'y', required: false }] })).toEqual([]);
  expect(moreOf({ parameters: [{ name: 'y', required: true }] })).toEqual([
    '/paths//a/get/parameters is asked for now',
  ]);
  const body = (fields: Json, required = ['x']) => moreOf({ requestBody: { required, properties: { x: fields } } });
  expect(body({ type: 'string', description: 'words' })).toEqual([]);
  expect(body({ type: 'string', maxLength: 3 })).toEqual([
    '/paths//a/get/requestBody/properties/x/maxLength is asked for now',
  ]);
  const loose = { paths: { '/a': { get: { parameters: [{ name: 'x' }], requestBody: { properties: {} } } } } };
  const now = (parameters: Json, requestBody: Json) =>
    breaks(loose, { paths: { '/a': { get: { parameters, requestBody } } } }, '');
  expect(now([{ name: 'x' }, { name: 'y' }], { properties: { y: { type: 'string' } } })).toEqual([]);
  expect(now([{ name: 'x' }, { name: 'y', required: true }], { properties: {} })).toEqual([
    '/paths//a/get/parameters now asks for {"name":"y","required":true}',
  ]);
  expect(now([{ name: 'x' }], { required: ['y'], properties: {} })).toEqual([
    '/paths//a/get/requestBody/required is asked for now',
  ]);
  expect(breaks({ post: {} }, { post: { requestBody: { required: true } } }, '/paths//a')).toEqual([
    '/paths//a/post/requestBody is asked for now',
  ]);
  const asking = { required: ['x', 'y'], properties: { x: { type: 'string' } } };
  expect(changed({ ...before, paths: { '/a': { get: { requestBody: asking } } } })).toEqual([
    '/paths//a/get/requestBody/required now asks for "y"',
  ]);
});
