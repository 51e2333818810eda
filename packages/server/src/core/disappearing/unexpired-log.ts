// The log as the rest of the core reads it: a message whose time has come is empty from that moment on, also before the server
// has come to erase it. Whatever is given to people is read here; writes are decided on what is in the log. Rule Z5 of
// docs/protocol/v1.md.
import type { Clock } from '../clock.js';
import type { ConversationLog, EditedPage, LogPage, LogSummary } from '../log.js';
import { methodsOf } from '../log-methods.js';
import { isOver, withoutExpired } from './lifetime.js';

export function unexpired(log: ConversationLog, clock: Clock): ConversationLog {
  const page = <P extends LogPage>(given: P): P => {
    const entries = withoutExpired(given.entries, clock.now());
    return entries === given.entries ? given : { ...given, entries };
  };
  const edited = (given: EditedPage): EditedPage => {
    const changes = withoutExpired(given.changes, clock.now());
    return page(changes === given.changes ? given : { ...given, changes });
  };
  const summarised = (given: LogSummary): LogSummary => {
    const { last } = given;
    return last !== null && isOver(last, clock.now()) ? { ...given, last: null } : given;
  };
  return {
    ...methodsOf(log),
    read: async (range) => orNull(await log.read(range), page),
    readEdited: async (range) => orNull(await log.readEdited(range), edited),
    readManyEdited: async (query) => (await log.readManyEdited(query)).map(edited),
    readChanges: async (range) => orNull(await log.readChanges(range), page),
    history: async (conversation, seq) => orNull(await log.history(conversation, seq), page),
    readMany: async (ranges) => (await log.readMany(ranges)).map(page),
    summaries: async (query) => {
      const found = await log.summaries(query);
      return { ...found, summaries: found.summaries.map(summarised) };
    },
    summary: async (conversation, user) => orNull(await log.summary(conversation, user), summarised),
  };
}

function orNull<T>(given: T | null, seen: (given: T) => T): T | null {
  return given === null ? null : seen(given);
}
