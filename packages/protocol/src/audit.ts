// One record of the audit trail as it is read: who did what to whom, when and from where, and the hash that chains it to the
// record before. Rules AU1–… of docs/protocol/v1.md; never a text, never a secret.
import { Id } from './entries.js';
import { type Static, Type } from './typebox.js';

const IdOrNull = Type.Union([Id, Type.Null()]);
const TextOrNull = Type.Union([Type.String(), Type.Null()]);

export const AuditRecord = Type.Object({
  number: Type.Integer({ minimum: 1, description: 'One more than that of the record before' }),
  at: Type.Integer({ description: 'Never before that of the record before' }),
  act: Type.String({ description: 'The name of a request, or `server.…` or `kith.…`; more will come' }),
  outcome: Type.String({ description: '`done`, or the code with which it was refused' }),
  actor: Type.Union([Id, Type.Null()], { description: 'Null for somebody unknown, the server and the operator' }),
  session: IdOrNull,
  target: Type.Union([Id, Type.Null()], { description: 'Whom or what it was done to' }),
  conversation: IdOrNull,
  address: Type.Union([Type.String(), Type.Null()], { description: 'The client’s: IPv4, or the /64 network of IPv6' }),
  request: TextOrNull,
  trace: TextOrNull,
  detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  hash: Type.String({ description: 'SHA-256 over the hash before, the number, the time and the rest' }),
});
export type AuditRecord = Static<typeof AuditRecord>;
