import { BaseResolver, createConfig, lintDocument, makeDocumentFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { buildOpenApi, COMMAND_NAMES, ERROR_CODES, OPERATION_NAMES, REGISTRY } from './index.js';

const document = buildOpenApi({ version: '1.2.3' });
const NAMES = [...COMMAND_NAMES, ...OPERATION_NAMES];

type Operation = {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: { readonly [type: string]: { readonly schema: Body } } };
  readonly responses: { readonly [status: string]: object };
};
type Body = { readonly properties: object; readonly required?: readonly string[] };

function operationOf(name: (typeof NAMES)[number]): Operation {
  const { method, path } = REGISTRY[name];
  const item = document.paths[`/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`];
  return item?.[method.toLowerCase()] as Operation;
}

describe('[H6] the OpenAPI document', () => {
  test('is one by the schema of OpenAPI 3.1', async () => {
    expect(await new Validator().validate(structuredClone({ ...document }))).toEqual({ valid: true });
  });

  test('is without fault for a linter of OpenAPI documents, which finds what is missing', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const faultsOf = async (given: object) => {
      const linted = makeDocumentFromString(JSON.stringify(given), 'openapi.json');
      const found = await lintDocument({ document: linted, externalRefResolver: new BaseResolver(), config });
      return found.map(({ ruleId }) => ruleId);
    };
    expect(await faultsOf(document)).toEqual([]);
    const [[path, item] = ['', {}]] = Object.entries(document.paths);
    expect(await faultsOf({ ...document, paths: { ...document.paths, [`${path}/{other}`]: item } })).toContain(
      'path-parameters-defined',
    );
  });

  test('is JSON, and the same for the same version', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(buildOpenApi({ version: '1.2.3' })).toEqual(document);
    expect(document.info).toMatchObject({ version: '1.2.3' });
  });

  test('has every reference that it makes', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(refs.length).toBeGreaterThan(20);
    const { schemas, responses } = document.components as { readonly schemas: object; readonly responses: object };
    for (const [, kind, name = ''] of refs) expect(kind === 'schemas' ? schemas : responses).toHaveProperty(name);
  });

  test('gives every operation an id of its own', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('[E1] knows every error code', () => {
    expect(document.components).toMatchObject({
      schemas: { Problem: { properties: { code: { enum: Object.keys(ERROR_CODES) } } } },
      responses: { TooMany: { headers: { 'Retry-After': {} } } },
    });
  });

  test.each(NAMES)('has the operation of %s', (name) => {
    const operation = operationOf(name);
    expect(operation.operationId.split('_or_')).toContain(name);
    expect(operation.responses).toHaveProperty([String(REGISTRY[name].status)]);
    expect(operation.responses).toHaveProperty('default');
  });

  test.each(NAMES)('[H13] says of %s which scope it needs, or that it needs no token', (name) => {
    const { permission, scope } = REGISTRY[name];
    const scoped = scope === null ? undefined : [{ bearer: [scope] }];
    expect(operationOf(name).security).toEqual(permission === 'public' ? [] : scoped);
  });

  test.each(NAMES)('says of %s all parts of the path', (name) => {
    const inPath = operationOf(name).parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map((parameter) => `:${parameter.name}`)).toEqual(REGISTRY[name].path.match(/:\w+/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
  });

  test('[H3] takes the key of a write as a header, and wants it in no body', () => {
    const { parameters, requestBody } = operationOf('message.send');
    expect(parameters.map((parameter) => parameter.name)).toContain('Idempotency-Key');
    const schema = requestBody?.content['application/json']?.schema;
    expect(Object.keys(schema?.properties ?? {})).toContain('key');
    expect(schema?.required).toEqual(['text']);
    expect(operationOf('messages.read').parameters.map(({ name }) => name)).not.toContain('Idempotency-Key');
  });

  test('[H5] answers a new conversation with its summary, 201 or 200', () => {
    const answer = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Summary' } } } };
    expect(operationOf('conversation.create').responses).toMatchObject({ '200': answer, '201': answer });
  });

  test('[H1] puts the fields of a read into the query', () => {
    const { parameters, requestBody } = operationOf('users.read');
    expect(requestBody).toBeUndefined();
    expect(parameters.map(({ name }) => name).toSorted()).toEqual(['ids', 'limit', 'query']);
  });

  test('[H4] has the routes of the frames', () => {
    expect(document.paths).toHaveProperty(['/v1/commands', 'post']);
    expect(document.paths).toHaveProperty(['/v1/signals', 'post']);
  });
});
