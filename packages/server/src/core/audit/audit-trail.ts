// The audit trail as the server writes it and as those read it who care for the workspace: who did what to whom, when and from
// where. A record is written after the act and before its answer, unless the act has written it with itself; where it cannot be
// written, the act is not confirmed. Rules AU1–… of docs/protocol/v1.md.
import {
  type AuditRecord,
  ChatError,
  LIMITS,
  type OperationParams,
  type OperationResult,
  type WorkspaceId,
} from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import { usernameKey } from '../accounts/names.js';
import { requireAccount } from '../accounts/profiles.js';
import { parseRefreshToken } from '../accounts/refresh-token.js';
import type { Clock } from '../clock.js';
import type { Credentials, People } from '../directory.js';
import type { Principal } from '../principal.js';
import type { Subject } from './acts.js';
import type { AuditStore, KeptAuditRecord, NewAuditRecord } from './audit-store.js';

/** By which request, and from where. */
export type Trace = {
  readonly workspace: WorkspaceId;
  /** Null where nobody has said who they are. */
  readonly principal: Pick<Principal, 'user' | 'session'> | null;
  readonly address: string | null;
  readonly request: string | null;
  readonly trace: string | null;
};

export type AuditTrailPorts = {
  readonly store: AuditStore;
  readonly directory: Pick<People, 'account'> & Pick<Credentials, 'credential'>;
  readonly clock: Clock;
};

/** Of nobody: what the account behind a username has signed in from is not asked. */
const NO_ORIGIN = '0'.repeat(64);
const NUMBER = /^[1-9]\d{0,15}$/;

export class AuditTrail {
  readonly #ports: AuditTrailPorts;

  constructor(ports: AuditTrailPorts) {
    this.#ports = ports;
  }

  /** The last first. @throws forbidden; bad_request for a cursor that is none */
  async list(
    principal: Principal,
    { actor, target, act, since, until, cursor, limit = LIMITS.readPage }: OperationParams<'audit.list'>,
  ): Promise<OperationResult<'audit.list'>> {
    const { store, directory } = this.#ports;
    requireInWorkspace(await requireAccount(directory, principal), 'workspace.audit');
    if (cursor !== undefined && !NUMBER.test(cursor)) {
      throw new ChatError('bad_request', 'cursor: not one of this server');
    }
    const found = await store.page({
      workspace: principal.workspace,
      actor: actor?.toLowerCase() ?? null,
      target: target?.toLowerCase() ?? null,
      act: act ?? null,
      since: since ?? null,
      until: until ?? null,
      before: cursor === undefined ? null : Number(cursor),
      limit: limit + 1,
    });
    const items = found.slice(0, limit).map(toRecord);
    const last = items.at(-1);
    return { items, next: found.length > limit && last !== undefined ? String(last.number) : null };
  }

  /** The record of an act, to be written. @param outcome `done`, or the code with which it was refused */
  recordOf(
    act: string,
    subject: Subject,
    { from, outcome }: { readonly from: Trace; readonly outcome: string },
  ): NewAuditRecord {
    const { workspace, principal, address, request, trace } = from;
    return {
      ...{ workspace, at: this.#ports.clock.now(), act, outcome, address, request, trace },
      actor: principal?.user ?? subject.actor ?? null,
      session: principal?.session ?? subject.session ?? null,
      target: subject.target?.toLowerCase() ?? null,
      conversation: subject.conversation?.toLowerCase() ?? null,
      detail: subject.detail ?? {},
    };
  }

  /** @throws unavailable: then nothing is recorded */
  async write(record: NewAuditRecord): Promise<void> {
    await this.#ports.store.append(record);
  }

  /** Whom a sign-in that was refused was meant for: an account that there is, and never what was typed. */
  async wasMeantFor(
    workspace: WorkspaceId,
    { username }: { readonly username?: string | undefined },
  ): Promise<Subject> {
    if (username === undefined) return {};
    const found = await this.#ports.directory.credential(workspace, usernameKey(username), NO_ORIGIN);
    return found === null ? {} : { target: found.account.user.id };
  }

  /** Of which session a refresh token says that it is. */
  shownSession(refreshToken: string): Subject {
    const session = parseRefreshToken(refreshToken)?.session;
    return session === undefined ? {} : { session };
  }
}

function toRecord({ workspace: _, ...record }: KeptAuditRecord): AuditRecord {
  return { ...record, detail: { ...record.detail } };
}
