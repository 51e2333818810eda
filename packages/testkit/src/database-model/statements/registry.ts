// Every statement of the log that is modelled, by its name. Another one goes into a file of its own group, and here.
import { ServerError, SQLSTATE } from '../server-error.js';
import { createConversation, lockConversation, writeAlone } from './alone.js';
import { erase, forget, readAmendments, readHistory, readTarget } from './amendments.js';
import { append, isAppend } from './append.js';
import { pruneFeed, readAllChanges, readChanges, readMoment, readXid } from './changes.js';
import { listChannels } from './channels.js';
import { readChoices } from './choices.js';
import { advanceThreads, followThread, listThreads, noteFollowers, readFollower } from './followers.js';
import { readHidden, readHidingOf, readHidings } from './hides.js';
import { lookUpKeys } from './keys.js';
import { advanceMarks, readMarks } from './marks.js';
import { type ModelledStatement, requireUnchanged } from './modelled.js';
import { notePaces, readPaces } from './paces.js';
import { findByTime, readEdited, readPages, readSettings, readThreadFalling, readThreadRising } from './pages.js';
import { addPin, readPins, removePin } from './pins.js';
import { addReaction, readReactors, removeReaction } from './reactions.js';
import { countReaders, findReaders, listReaders, readStandings, renumberReader, seatReaders } from './readers.js';
import { readRecords } from './records.js';
import { raiseEpoch, readServer, readStore } from './store.js';
import { conversationsOf, listSummaries, membershipsOf, readSummary } from './summaries.js';
import { readTalks } from './talks.js';
import { putVote, readVoters, removeVote } from './votes.js';

const STATEMENTS: readonly ModelledStatement[] = [
  ...[append, lockConversation, createConversation, writeAlone, lookUpKeys],
  ...[readRecords, readPages, readEdited, readSettings, findByTime],
  ...[readThreadRising, readThreadFalling],
  ...[readPaces, notePaces],
  ...[readAmendments, readHistory, readTarget, erase, forget],
  ...[addReaction, removeReaction, readReactors],
  ...[putVote, removeVote, readVoters],
  ...[addPin, removePin, readPins],
  ...[readHidden, readHidingOf, readHidings],
  ...[listChannels],
  ...[findReaders, readStandings, listReaders, seatReaders, countReaders, renumberReader],
  ...[readChoices, readTalks],
  ...[conversationsOf, membershipsOf, listSummaries, readSummary],
  ...[advanceMarks, readMarks],
  ...[noteFollowers, followThread, advanceThreads, readFollower, listThreads],
  ...[readMoment, readChanges, readAllChanges, readXid, pruneFeed],
  ...[readServer, readStore, raiseEpoch],
];

const BY_NAME: ReadonlyMap<string | undefined, ModelledStatement> = new Map(
  STATEMENTS.map((modelled) => [modelled.statement.name, modelled]),
);

/** @throws Error where one of them has changed since it was modelled */
export function requireAllUnchanged(): void {
  for (const modelled of STATEMENTS) requireUnchanged(modelled);
}

/** @throws ServerError for a statement that nobody has modelled */
export function modelledStatement(name: string): ModelledStatement {
  const found = BY_NAME.get(name) ?? (isAppend(name) ? append : undefined);
  if (found) return found;
  throw new ServerError(
    `the database model does not know the statement "${name}": add it to packages/testkit/src/database-model/statements`,
    { code: SQLSTATE.notModelled },
  );
}
