// What a session may do at all, whatever the roles of its person: every row of the registry names the scope it needs, and
// so do streams and signals. Rule H13 of docs/protocol/v1.md.
import { type Static, Type } from './typebox.js';

export const Scope = Type.Union([Type.Literal('read'), Type.Literal('write'), Type.Literal('account')]);
export type Scope = Static<typeof Scope>;

/** All of them: what a session has that was not asked to have less. */
export const SCOPES: readonly Scope[] = ['read', 'write', 'account'];

/** What opening a stream needs. */
export const STREAM_SCOPE: Scope = 'read';
/** What every signal needs. */
export const SIGNAL_SCOPE: Scope = 'write';
