// Reading what a stranger's JSON may have: a field of the wrong kind is refused, one that is missing is null.
import { invalidPayload, type SlackRefusal } from './refusal.js';

export type Fields = { readonly [field: string]: unknown };

export function fieldsOf(value: unknown, refusal: () => SlackRefusal = invalidPayload): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal();
  return value as Fields;
}

export function textOf(value: unknown, refusal: () => SlackRefusal = invalidPayload): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw refusal();
  return value;
}

/** @param most how many there may be */
export function listOf(value: unknown, most: number, refusal: () => SlackRefusal = invalidPayload): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > most) throw refusal();
  return value;
}
