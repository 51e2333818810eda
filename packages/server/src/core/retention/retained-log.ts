// The log as the rest of the core reads it: what was said before the policy of its conversation reaches is empty from that moment
// on, also before the server has come to move the start of the log. Whatever is given to people is read here; writes are decided
// on what is in the log. Nothing is waited for between a reading and what is given of it: it would be older than what is pushed
// meanwhile. Rule RT5 of docs/protocol/v1.md.
import type { ConversationId, WorkspaceId } from '@kith/protocol';
import type { Clock } from '../clock.js';
import type { ConversationLog, ConversationRecord, EditedPage, LogPage, LogSummary } from '../log.js';
import { methodsOf } from '../log-methods.js';
import type { RetentionPolicies } from './policies.js';
import { cutoffOf, isAged, withoutAged } from './policy.js';
import type { RetentionPolicy } from './retention-store.js';

/** A page or a summary as it may be given. */
type See<T> = (given: T, policy: RetentionPolicy) => T;

export function retained(
  log: ConversationLog,
  { policies, clock }: { readonly policies: RetentionPolicies; readonly clock: Clock },
): ConversationLog {
  const cutoffIn = ({ id, state }: ConversationRecord, policy: RetentionPolicy) => {
    const { kind, settings } = state;
    return cutoffOf({ id, kind, retentionDays: settings.retentionDays }, policy, clock.now());
  };
  const page = <P extends LogPage>(given: P, policy: RetentionPolicy): P => {
    const entries = withoutAged(given.entries, cutoffIn(given.record, policy));
    return entries === given.entries ? given : { ...given, entries };
  };
  const edited: See<EditedPage> = (given, policy) => {
    const changes = withoutAged(given.changes, cutoffIn(given.record, policy));
    return page(changes === given.changes ? given : { ...given, changes }, policy);
  };
  const history: See<LogPage> = (given, policy) => {
    const [message] = given.entries;
    if (!message) return given;
    const cutoff = cutoffIn(given.record, policy);
    // What became of a message goes with it.
    const isOver = cutoff !== null && isAged(message, cutoff);
    return { ...given, entries: withoutAged(given.entries, isOver ? Number.POSITIVE_INFINITY : cutoff) };
  };
  const summarised: See<LogSummary> = (given, policy) => {
    const { id, kind, retentionDays, last } = given;
    if (last === null) return given;
    const cutoff = cutoffOf({ id: id as ConversationId, kind, retentionDays }, policy, clock.now());
    return cutoff !== null && isAged(last, cutoff) ? { ...given, last: null } : given;
  };
  /** Reads it again where a policy was not known yet when it was there. */
  const pages = async <P extends LogPage>(read: () => Promise<readonly P[]>, see: See<P>): Promise<readonly P[]> => {
    for (;;) {
      const given = await read();
      const seen = given.flatMap((one) => {
        const policy = policies.known(one.record.workspace);
        return policy ? [see(one, policy)] : [];
      });
      if (seen.length === given.length) return seen;
      await Promise.all([...new Set(given.map(({ record }) => record.workspace))].map((one) => policies.of(one)));
    }
  };
  const orNull = async <P extends LogPage>(read: () => Promise<P | null>, see: See<P>): Promise<P | null> => {
    const [only = null] = await pages(async () => {
      const found = await read();
      return found === null ? [] : [found];
    }, see);
    return only;
  };
  const within = async (workspace: WorkspaceId) => policies.known(workspace) ?? (await policies.of(workspace));
  return {
    ...methodsOf(log),
    read: (range) => orNull(() => log.read(range), page),
    readEdited: (range) => orNull(() => log.readEdited(range), edited),
    readManyEdited: (query) => pages(() => log.readManyEdited(query), edited),
    readChanges: (range) => orNull(() => log.readChanges(range), page),
    readMany: (ranges) => pages(() => log.readMany(ranges), page),
    history: (conversation, seq) => orNull(() => log.history(conversation, seq), history),
    reactors: async (range) => {
      const given = await log.reactors(range);
      const cutoff = given && cutoffIn(given.record, await within(given.record.workspace));
      if (!given || cutoff === null || given.reactors.length === 0) return given;
      const { conversation, target } = range;
      const about = await log.read({ conversation, after: target - 1, upTo: target, limit: 1, from: 'lower' });
      return about?.entries.some((entry) => isAged(entry, cutoff)) ? { ...given, reactors: [] } : given;
    },
    summaries: async (query) => {
      const policy = await within(query.workspace);
      const found = await log.summaries(query);
      return { ...found, summaries: found.summaries.map((one) => summarised(one, policy)) };
    },
    summary: async (conversation, user) => {
      const record = (await log.records([conversation])).get(conversation);
      const policy = record && (await within(record.workspace));
      const found = await log.summary(conversation, user);
      return found && policy ? summarised(found, policy) : found;
    },
  };
}
