// Requests that the audit trail records, on their way to the core: what was done, and what was refused for want of a right. What is
// not recorded, sending above all, comes by here for one look into a set. Rules AU2 to AU4 of docs/protocol/v1.md.
import { ChatError, type RequestName, type WorkspaceId } from '@kith/protocol';
import { AUDITED, RECORDED_WITHIN, type Subject, subjectOf } from '../core/audit/acts.js';
import type { NewAuditRecord } from '../core/audit/audit-store.js';
import type { AuditTrail } from '../core/audit/audit-trail.js';
import type { Principal } from '../core/principal.js';
import type { EdgeTelemetry } from './telemetry.js';
import { type Traced, traceOf } from './trace.js';

export type Act = {
  readonly work: Traced & { readonly name: RequestName };
  readonly workspace: WorkspaceId;
  readonly principal: Principal | null;
  readonly address: string | null;
  readonly params: unknown;
};

export type AuditingParts = {
  readonly trail: Pick<AuditTrail, 'recordOf' | 'write' | 'wasMeantFor' | 'shownSession'>;
  readonly telemetry: Pick<EdgeTelemetry, 'error'>;
};

/** Refusals that say that somebody tried what they may not. */
const RECORDED: ReadonlySet<string> = new Set(['forbidden', 'unauthenticated']);

export function isAudited(name: RequestName): boolean {
  return AUDITED.has(name);
}

export class Auditing {
  readonly #parts: AuditingParts;

  constructor(parts: AuditingParts) {
    this.#parts = parts;
  }

  /**
   * Runs what is asked, and records it before it is answered. @throws what that throws; unavailable where it was done and could
   * not be recorded
   */
  async through(act: Act, run: (audit?: NewAuditRecord) => Promise<unknown>): Promise<unknown> {
    const isRecordedWithin = RECORDED_WITHIN.has(act.work.name);
    let result: unknown;
    try {
      const subject = isRecordedWithin ? this.#subjectOf(act, null) : null;
      result = await run(subject === null ? undefined : this.#recordOf(act, { subject, outcome: 'done' }));
    } catch (error) {
      if (error instanceof ChatError && RECORDED.has(error.code)) await this.#refused(act, error.code);
      throw error;
    }
    if (!isRecordedWithin) await this.#record(act, { subject: this.#subjectOf(act, result), outcome: 'done' });
    return result;
  }

  async #refused(act: Act, code: string): Promise<void> {
    const subject = this.#subjectOf(act, null);
    const found = subject && act.principal === null ? await this.#whoSeemed(act) : {};
    await this.#record(act, { subject: subject && { ...subject, ...found }, outcome: code });
  }

  /** What can be known of somebody who did not get in. */
  async #whoSeemed({ work, workspace, params }: Act): Promise<Subject> {
    const { trail } = this.#parts;
    const { username, refreshToken } = params as { readonly username?: string; readonly refreshToken?: string };
    if (work.name === 'session.create') return await trail.wasMeantFor(workspace, { username });
    return refreshToken === undefined ? {} : trail.shownSession(refreshToken);
  }

  /** What was asked once more with the same key was recorded then, or is now: the server may have ended in between. */
  #subjectOf({ work, params }: Act, result: unknown): Subject | null {
    const subject = subjectOf(work.name, params as never, result as never);
    const isRepeat =
      typeof result === 'object' && result !== null && 'duplicate' in result && result.duplicate === true;
    return subject && isRepeat ? { ...subject, detail: { ...subject.detail, repeated: true } } : subject;
  }

  #recordOf(
    { work, workspace, principal, address }: Act,
    { subject, outcome }: { readonly subject: Subject; readonly outcome: string },
  ): NewAuditRecord {
    const from = { workspace, principal, address, request: work.requestId, trace: traceOf(work).id };
    return this.#parts.trail.recordOf(work.name, subject, { from, outcome });
  }

  async #record(
    act: Act,
    { subject, outcome }: { readonly subject: Subject | null; readonly outcome: string },
  ): Promise<void> {
    if (subject === null) return;
    const { trail, telemetry } = this.#parts;
    const record = this.#recordOf(act, { subject, outcome });
    try {
      await trail.write(record);
    } catch (error) {
      telemetry.error('an act was not recorded in the audit trail', error, fieldsOf(record));
      throw new ChatError('unavailable', 'what was asked could not be recorded', { cause: error });
    }
  }
}

/** What was to be recorded, for the log: nothing is lost that the log has. */
function fieldsOf({ detail, ...record }: NewAuditRecord) {
  return { ...record, detail: JSON.stringify(detail) };
}
