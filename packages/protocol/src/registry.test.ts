import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  isAllowed,
  OPERATIONS,
  PERMISSIONS,
  REGISTRY,
  type RequestName,
  SCOPES,
  schemasOf,
} from './index.js';
import { ACTIONS, type Action, WORKSPACE_ACTIONS } from './permissions.js';

const NAMES = Object.keys(REGISTRY) as RequestName[];
const RATES = ['message', 'write', 'create', 'read', 'search', 'auth', 'signal'];

function pathParams(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

function fieldsOf(name: RequestName): readonly string[] {
  return Object.keys((schemasOf(name).params as { readonly properties?: object }).properties ?? {});
}

test('every command and operation has one row, and no name means two things', () => {
  expect(NAMES.toSorted()).toEqual([...Object.keys(COMMANDS), ...Object.keys(OPERATIONS)].toSorted());
});

describe.each(NAMES)('%s', (name) => {
  const row = REGISTRY[name];

  test('has schemas of its params and its result', () => {
    expect(schemasOf(name).params).toMatchObject({ type: 'object' });
    expect(schemasOf(name).result).toHaveProperty(name in COMMANDS ? 'properties' : '~kind');
  });

  test('[W5] has no field that the frame of a command keeps for itself', () => {
    for (const field of ['type', 'id', 'params']) expect(fieldsOf(name)).not.toContain(field);
  });

  test('has a route whose parts are required fields', () => {
    expect(row.path).toMatch(/^(?:\/:?[a-z]+)+$/);
    const { required = [] } = schemasOf(name).params as { readonly required?: readonly string[] };
    for (const field of pathParams(row.path)) expect(required).toContain(field);
  });

  test('has the status of what it answers with', () => {
    const isEmpty = (schemasOf(name).result as { readonly type?: string }).type === 'null';
    expect(row.status === 204).toBe(isEmpty);
    if (row.status === 201) expect(row.method).toBe('POST');
  });

  test('has a permission that somebody has', () => {
    if (['public', 'session', ...WORKSPACE_ACTIONS].includes(row.permission)) return;
    expect(ACTIONS).toContain(row.permission);
    const kinds = Object.values(PERMISSIONS).filter((actions) => (actions[row.permission as Action] ?? []).length > 0);
    expect(kinds).not.toEqual([]);
  });

  test('[H13] has a scope, but where there is no session yet, or where it ends', () => {
    if (row.permission === 'public' || name === 'session.end') expect(row.scope).toBeNull();
    else expect(SCOPES).toContain(row.scope);
  });

  test('[H13] needs more than the scope `read` where it is no read', () => {
    const isRead = row.rate === 'read' || row.rate === 'search';
    if (row.scope === 'read') expect(isRead).toBe(true);
    if (row.scope === 'write') expect(isRead).toBe(false);
  });

  test('has a rate class and a summary', () => {
    expect(RATES).toContain(row.rate);
    expect(row.summary).toMatch(/^[A-Z][^.]+$/);
  });
});

test('no two share a route, but where a query field tells which is meant', () => {
  const routes = new Map<string, RequestName[]>();
  for (const name of NAMES) {
    const route = `${REGISTRY[name].method} ${REGISTRY[name].path.replaceAll(/:\w+/g, ':')}`;
    routes.set(route, [...(routes.get(route) ?? []), name]);
  }
  for (const [, names] of routes) {
    if (names.length === 1) continue;
    const choosers = names.map((name) => REGISTRY[name].chosenBy);
    expect(new Set(choosers).size).toBe(names.length);
    for (const name of names) {
      const { required = [] } = schemasOf(name).params as { readonly required?: readonly string[] };
      expect(required).toContain(REGISTRY[name].chosenBy);
    }
  }
});

test('[B7] somebody who has no role may do nothing anywhere', () => {
  for (const kind of ['direct', 'group', 'channel', 'self'] as const) {
    for (const action of ACTIONS) expect(isAllowed(action, kind, 'none')).toBe(false);
  }
});
