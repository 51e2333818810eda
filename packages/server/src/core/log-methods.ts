// The methods of a log as functions of their own, for those who give out the same log with some of them changed. A method that is
// forgotten here does not compile.
import type { ConversationLog } from './log.js';

export function methodsOf(log: ConversationLog): ConversationLog {
  return {
    append: (write) => log.append(write),
    records: (ids) => log.records(ids),
    told: (entry) => log.told(entry),
    read: (range) => log.read(range),
    readEdited: (range) => log.readEdited(range),
    readManyEdited: (query) => log.readManyEdited(query),
    reactors: (range) => log.reactors(range),
    votes: (range) => log.votes(range),
    pins: (conversation) => log.pins(conversation),
    readChanges: (range) => log.readChanges(range),
    history: (conversation, seq) => log.history(conversation, seq),
    readMany: (ranges) => log.readMany(ranges),
    seqAt: (conversation, at) => log.seqAt(conversation, at),
    conversationsOf: (of) => log.conversationsOf(of),
    membershipsOf: (of) => log.membershipsOf(of),
    readerStandings: (ids, of) => log.readerStandings(ids, of),
    readers: (query) => log.readers(query),
    summaries: (query) => log.summaries(query),
    channels: (query) => log.channels(query),
    summary: (conversation, of) => log.summary(conversation, of),
    advance: (advances) => log.advance(advances),
    marks: (conversation, page) => log.marks(conversation, page),
    threads: (query) => log.threads(query),
    thread: (of) => log.thread(of),
    follow: (of, on) => log.follow(of, on),
    advanceThreads: (advances) => log.advanceThreads(advances),
    settings: (conversation) => log.settings(conversation),
    choices: (users) => log.choices(users),
    hidden: (query) => log.hidden(query),
    hidingOf: (of) => log.hidingOf(of),
    hidings: (range) => log.hidings(range),
    talks: (person) => log.talks(person),
    changes: (mark) => log.changes(mark),
  };
}
