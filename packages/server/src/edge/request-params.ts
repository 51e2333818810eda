// From an HTTP request to the params of a command or operation: path, then query (text, so turned into what the schema
// wants) or body, then the `Idempotency-Key`. The protocol's one parser judges the outcome; nothing is judged here.
import { ChatError, parseJson, REGISTRY, type RequestName, requireCleanString, schemasOf } from '@kith/protocol';

type Fields = { [field: string]: unknown };

export type RawRequest = {
  readonly path: { readonly [field: string]: string };
  readonly query: { readonly [field: string]: string | readonly string[] | undefined };
  /** The text of the body; absent or empty where there is none. */
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
};

/** @throws bad_request where the text is no JSON object, or the key is given twice and differs */
export function gatherParams(name: RequestName, request: RawRequest): Fields {
  const { method } = REGISTRY[name];
  const properties = propertiesOf(name);
  const fields: Fields =
    method === 'GET' || method === 'DELETE' ? fromQuery(properties, request.query) : fromBody(request);
  for (const [field, text] of Object.entries(request.path)) {
    requireCleanString(text);
    fields[field] = fromText(properties[field] ?? {}, text);
  }
  if (request.idempotencyKey !== undefined && 'key' in properties) {
    if (fields.key !== undefined && fields.key !== request.idempotencyKey) {
      throw new ChatError('bad_request', 'the key of the body and the Idempotency-Key are not the same');
    }
    fields.key = request.idempotencyKey;
  }
  return fields;
}

function fromBody({ body }: RawRequest): Fields {
  if (body === undefined || body === '') return {};
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('bad_request', 'a JSON object is wanted');
  }
  return { ...value };
}

function fromQuery(properties: Properties, query: RawRequest['query']): Fields {
  const fields: Fields = {};
  for (const [field, schema] of Object.entries(properties)) {
    const given = query[field];
    if (given === undefined) continue;
    for (const text of [given].flat()) requireCleanString(text);
    fields[field] = fromText(schema, given);
  }
  return fields;
}

type FieldSchema = {
  readonly type?: string;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
};
type Properties = { readonly [field: string]: FieldSchema };

function propertiesOf(name: RequestName): Properties {
  const { params } = schemasOf(name);
  return 'properties' in params ? (params.properties as Properties) : {};
}

/** Text that does not fit stays text, and the schema refuses it with the field's name. */
function fromText({ type, anyOf = [], items = {} }: FieldSchema, given: string | readonly string[]): unknown {
  if (type === 'array') {
    const texts = [given].flat().flatMap((text) => (text === '' ? [] : text.split(',')));
    return texts.map((text) => fromText(items, text));
  }
  const text = typeof given === 'string' ? given : given.at(-1);
  const fitting = anyOf.map((alternative) => fromText(alternative, given)).find((value) => value !== text);
  if (fitting !== undefined) return fitting;
  switch (type) {
    case 'integer':
      return /^-?\d{1,16}$/.test(text ?? '') ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'null':
      return text === '' || text === 'null' ? null : text;
    default:
      return text;
  }
}
