// The log as the rest of the core reads it: what was said before the policy of its conversation reaches is empty from that moment
// on, also before the server has come to move the start of the log. Whatever is given to people is read here; writes are decided
// on what is in the log. Rule RT5 of docs/protocol/v1.md.
import type { ConversationId, WorkspaceId } from '@kith/protocol';
import type { Clock } from '../clock.js';
import type { ConversationLog, ConversationRecord, EditedPage, LogPage, LogSummary } from '../log.js';
import { methodsOf } from '../log-methods.js';
import type { RetentionPolicies } from './policies.js';
import { cutoffOf, isAged, withoutAged } from './policy.js';

export function retained(
  log: ConversationLog,
  { policies, clock }: { readonly policies: RetentionPolicies; readonly clock: Clock },
): ConversationLog {
  const cutoffIn = async ({ id, workspace, state }: ConversationRecord) => {
    const { kind, settings } = state;
    return cutoffOf({ id, kind, retentionDays: settings.retentionDays }, await policies.of(workspace), clock.now());
  };
  const page = async <P extends LogPage>(given: P): Promise<P> => {
    const entries = withoutAged(given.entries, await cutoffIn(given.record));
    return entries === given.entries ? given : { ...given, entries };
  };
  const edited = async (given: EditedPage): Promise<EditedPage> => {
    const changes = withoutAged(given.changes, await cutoffIn(given.record));
    return page(changes === given.changes ? given : { ...given, changes });
  };
  const summarised = async (given: LogSummary, workspace: WorkspaceId): Promise<LogSummary> => {
    const { id, kind, retentionDays, last } = given;
    if (last === null) return given;
    const place = { id: id as ConversationId, kind, retentionDays };
    const cutoff = cutoffOf(place, await policies.of(workspace), clock.now());
    return cutoff !== null && isAged(last, cutoff) ? { ...given, last: null } : given;
  };
  const all = <T>(given: readonly T[], seen: (one: T) => Promise<T>) => Promise.all(given.map(seen));
  return {
    ...methodsOf(log),
    read: async (range) => orNull(await log.read(range), page),
    readEdited: async (range) => orNull(await log.readEdited(range), edited),
    readManyEdited: async (query) => all(await log.readManyEdited(query), edited),
    readChanges: async (range) => orNull(await log.readChanges(range), page),
    readMany: async (ranges) => all(await log.readMany(ranges), page),
    history: async (conversation, seq) => {
      const given = await log.history(conversation, seq);
      const [message] = given?.entries ?? [];
      if (!given || !message) return given;
      const cutoff = await cutoffIn(given.record);
      // What became of a message goes with it.
      const isOver = cutoff !== null && isAged(message, cutoff);
      return { ...given, entries: withoutAged(given.entries, isOver ? Number.POSITIVE_INFINITY : cutoff) };
    },
    reactors: async (range) => {
      const given = await log.reactors(range);
      const cutoff = given && (await cutoffIn(given.record));
      if (!given || cutoff === null || given.reactors.length === 0) return given;
      const { conversation, target } = range;
      const about = await log.read({ conversation, after: target - 1, upTo: target, limit: 1, from: 'lower' });
      return about?.entries.some((entry) => isAged(entry, cutoff)) ? { ...given, reactors: [] } : given;
    },
    summaries: async (query) => {
      const found = await log.summaries(query);
      return { ...found, summaries: await all(found.summaries, (one) => summarised(one, query.workspace)) };
    },
    summary: async (conversation, user) => {
      const found = await log.summary(conversation, user);
      if (!found || found.last === null) return found;
      const record = (await log.records([conversation])).get(conversation);
      return record ? summarised(found, record.workspace) : found;
    },
  };
}

async function orNull<T>(given: T | null, seen: (given: T) => Promise<T>): Promise<T | null> {
  return given === null ? null : seen(given);
}
