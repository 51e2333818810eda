import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ASSERTION_TIMES, AssertionClaims } from './assertion.js';
import { AuditRecord } from './audit.js';
import { EntrySchema } from './entries.js';
import {
  ACTIONS,
  CLOSE_CODES,
  COMMAND_NAMES,
  ENTRY_BODIES,
  ERROR_CODES,
  LIMITS,
  OPERATION_NAMES,
  PERMISSIONS,
  type Permission,
  parseClientFrame,
  parseServerFrame,
  RANKS,
  REGISTRY,
  type RequestName,
  SCOPES,
  schemasOf,
  TIMES,
  WORKSPACE_ACTIONS,
  WORKSPACE_PERMISSIONS,
  WORKSPACE_RANKS,
} from './index.js';
import * as models from './models.js';
import type { TSchema } from './typebox.js';

type Fields = {
  readonly allOf?: readonly Fields[];
  readonly properties?: { readonly [name: string]: unknown };
  readonly required?: readonly string[];
};

function page(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
}

/** The rows of a page's tables, by their first cell. */
function rows(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
}

function section(text: string, title: string): string {
  const [, after = ''] = text.split(`\n## ${title}\n`);
  return after.split('\n## ')[0] ?? '';
}

function fieldNames(schema: Fields): string[] {
  if (schema.allOf) return schema.allOf.flatMap(fieldNames);
  const required = schema.required ?? [];
  return Object.keys(schema.properties ?? {}).map((name) => `\`${name}${required.includes(name) ? '' : '?'}\``);
}

function fieldCell(schema: TSchema): string {
  return fieldNames(schema as Fields).join(' ') || '–';
}

function requestRow(name: RequestName): string {
  const { params, result } = schemasOf(name);
  const { method, path, status, permission, scope, rate, chosenBy } = REGISTRY[name];
  const route = `\`${method} /v1${path}${chosenBy ? `?${chosenBy}=` : ''}\``;
  const cells = [`\`${name}\``, fieldCell(params), fieldCell(result), route, status, permission, scope ?? '–', rate];
  return `| ${cells.join(' | ')} |`;
}

function askedBy(permission: Permission): string {
  const names = Object.entries(REGISTRY).filter(([, row]) => row.permission === permission);
  return names.map(([name]) => `\`${name}\``).join(' ');
}

describe('docs/protocol/v1.md', () => {
  const contract = page('protocol/v1.md');

  test.each(COMMAND_NAMES)('has the line of the command %s', (name) => {
    expect(rows(section(contract, 'Commands'))).toContain(requestRow(name));
  });

  test.each(OPERATION_NAMES)('has the line of the operation %s', (name) => {
    expect(rows(section(contract, 'Operations'))).toContain(requestRow(name));
  });

  test('has no line of a command or operation that does not exist', () => {
    const count = rows(section(contract, 'Commands')).length + rows(section(contract, 'Operations')).length - 2;
    expect(count).toBe(COMMAND_NAMES.length + OPERATION_NAMES.length);
  });

  test('has the fields of every shape', () => {
    const { User, Summary, Channel, Marks, Member, Presence, Session, Me, TimelineItem } = models;
    const { FoundMessage, FollowedThread, Invite, Scheduled, ThreadStanding, WorkspacePerson } = models;
    const { WorkspaceKey, Bot, BotToken, IncomingHook, OutgoingHook, Job, SlashCommand, Invocation, Answer } = models;
    const hooks = { IncomingHook, OutgoingHook, Job };
    const apps = { WorkspaceKey, Bot, BotToken, ...hooks, SlashCommand, Invocation, Answer, AuditRecord };
    const people = { User, Session, Me, Invite, WorkspacePerson, Assertion: AssertionClaims };
    const places = { Summary, Channel, Marks, Member, Presence };
    const messages = { Entry: EntrySchema, TimelineItem, FoundMessage, FollowedThread, ThreadStanding, Scheduled };
    const shapes = { ...people, ...apps, ...places, ...messages };
    const lines = Object.entries(shapes).map(([name, schema]) => `| ${name} | ${fieldCell(schema)} |`);
    expect(rows(section(contract, 'Shapes')).slice(1).toSorted()).toEqual(lines.toSorted());
  });

  test('has the body of every kind of entry', () => {
    const lines = Object.entries(ENTRY_BODIES).map(([kind, schema]) => `| \`${kind}\` | ${fieldCell(schema)} |`);
    expect(rows(section(contract, 'Kinds of entries')).slice(1).toSorted()).toEqual(lines.toSorted());
  });

  test('has every limit with its value', () => {
    const lines = rows(section(contract, 'Limits')).slice(1);
    const said = lines.map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.replaceAll(/[`, ]/g, '')),
    );
    expect(said).toEqual(Object.entries(LIMITS).map(([name, value]) => [name, String(value)]));
  });

  test('has every error code', () => {
    const lines = Object.entries(ERROR_CODES).map(
      ([code, { status, retry, meaning }]) => `| \`${code}\` | ${status} | \`${retry}\` | ${meaning} |`,
    );
    expect(rows(section(contract, 'E: Errors')).slice(1)).toEqual(lines);
  });

  test('has every close code', () => {
    const lines = rows(section(contract, 'L: Life of a connection')).slice(1);
    const said = lines.map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.replaceAll(/[` ]/g, '')),
    );
    expect(said).toEqual(Object.entries(CLOSE_CODES).map(([reason, code]) => [String(code), reason]));
  });

  test('says the times that the code keeps', () => {
    const { helloMs, typingMs, marksMs, presenceGatherMs, presenceGraceMs } = TIMES;
    expect(section(contract, 'W: WebSocket')).toContain(`within ${helloMs / 1000} s`);
    const { longest, leeway } = ASSERTION_TIMES;
    expect(section(contract, 'H: HTTP')).toContain(
      `\`exp\` is at most ${longest} after \`iat\`, and clocks may differ by ${leeway}`,
    );
    const signals = section(contract, 'G: Signals');
    expect(signals).toContain(`"expiresInMs":${typingMs}`);
    for (const ms of [marksMs, presenceGatherMs, presenceGraceMs]) expect(signals).toContain(`${ms / 1000} s`);
  });

  test('numbers each rule once, without a gap', () => {
    const ids = [...contract.matchAll(/^- \*\*([A-Z]+)(\d+)\*\*/gm)].map(([, letter = '', number = '']) => ({
      letter,
      number: Number(number),
    }));
    expect(ids.length).toBeGreaterThan(60);
    ids.forEach(({ letter, number }, index) => {
      const before = ids[index - 1];
      expect(number, `${letter}${number}`).toBe(before?.letter === letter ? before.number + 1 : 1);
    });
  });

  test('shows a session in which every frame is one', () => {
    const lines = section(contract, 'A sample session').split('\n');
    const whole = lines.filter((line) => /^[→←] /.test(line) && !line.includes(',…'));
    expect(whole.length).toBeGreaterThan(15);
    for (const line of whole) {
      const text = line.slice(2);
      if (line.startsWith('←')) expect(parseServerFrame(text).type).toBeTypeOf('string');
      else expect(parseClientFrame(text)).not.toBeNull();
    }
  });
});

describe('docs/errors.md', () => {
  const errors = page('errors.md');

  test('has every error code, and what to do', () => {
    const lines = rows(section(`\n## All\n${errors}`, 'All')).slice(1);
    const said = lines.map((line) => line.slice(0, line.slice(0, -2).lastIndexOf('|') + 1));
    expect(said).toEqual(
      Object.entries(ERROR_CODES).map(
        ([code, row]) => `| \`${code}\` | ${row.status} | \`${row.retry}\` | ${row.meaning} |`,
      ),
    );
    for (const line of lines) expect(line.split('|').at(-2)?.trim()).not.toBe('');
  });

  test('has every close code', () => {
    const lines = Object.entries(CLOSE_CODES).map(([reason, code]) => `| ${code} | \`${reason}\` |`);
    expect(rows(section(errors, 'Close codes')).slice(1)).toEqual(lines);
  });
});

describe('docs/permissions.md', () => {
  const permissions = page('permissions.md');
  const kinds = Object.values(PERMISSIONS);

  test.each(ACTIONS)('[B7] has the row of %s, and who asks for it', (action) => {
    const roles = kinds.map((matrix) => (matrix[action] ?? ['–']).join(', '));
    const start = `| \`${action}\` | ${roles.join(' | ')} | `;
    const line = rows(permissions).find((row) => row.startsWith(start)) ?? '';
    const asks = line.slice(start.length, -2);
    expect(asks).not.toBe('');
    expect(asks.startsWith(askedBy(action))).toBe(true);
  });

  test('[B7] has every rank', () => {
    const lines = Object.entries(RANKS).map(([role, rank]) => `| ${role} | ${rank} |`);
    expect(rows(section(permissions, 'Ranks')).slice(1)).toEqual(lines);
  });

  test.each([...SCOPES, null])('[H13] has what needs the scope %s', (scope) => {
    const names = Object.entries(REGISTRY).filter(([, row]) => row.scope === scope && row.permission !== 'public');
    const asked = names.map(([name]) => `\`${name}\``).join(' ');
    const line = rows(section(permissions, 'Scopes')).find((row) =>
      row.startsWith(`| ${scope ? `\`${scope}\`` : '–'} |`),
    );
    expect(line).toContain(` | ${asked}`);
  });

  test.each(WORKSPACE_ACTIONS)('[I1] has who may do %s, and who asks for it', (action) => {
    const start = `| \`${action}\` | ${WORKSPACE_PERMISSIONS[action].join(', ')} | `;
    const line = rows(section(permissions, 'In the workspace')).find((row) => row.startsWith(start)) ?? '';
    expect(line.length).toBeGreaterThan(start.length + 2);
    expect(line.slice(start.length).startsWith(askedBy(action))).toBe(true);
  });

  test('[I1] has every rank in the workspace', () => {
    const lines = Object.entries(WORKSPACE_RANKS).map(([role, rank]) => `| ${role} | ${rank} |`);
    expect(rows(section(permissions, 'Ranks in the workspace')).slice(1)).toEqual(lines);
  });

  test.each(['public', 'session'] as const)('has what is %s', (permission) => {
    const lines = rows(section(permissions, 'Without a conversation'));
    expect(lines.find((line) => line.startsWith(`| \`${permission}\``))).toContain(` | ${askedBy(permission)} |`);
  });
});
