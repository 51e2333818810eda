// Summaries as a client gets them: the log's own, with what this connection pushes.
import type { ServerFrame, Summary, WorkspaceId } from '@kith/protocol';
import { asSeenFrom } from './hidden.js';
import type { LogSummary } from './log.js';
import { namedInSummaries, type Profiles, readUsers } from './people.js';

/** @param pushedAfter entries above it come by themselves on this connection */
export function toSummary(summary: LogSummary, pushedAfter: number): Summary {
  const { joined: _joined, seenHead: _seenHead, ...rest } = summary;
  return { pushedAfter, ...rest, last: rest.last && asSeenFrom(rest.first, rest.last) };
}

/** The frame that announces a conversation to a person who joined it or whose own role changed. */
export async function conversationFrame(
  profiles: Profiles,
  workspace: WorkspaceId,
  summary: Summary,
): Promise<ServerFrame> {
  const users = await readUsers(profiles, workspace, namedInSummaries([summary]));
  return { type: 'conversation', summary, users };
}
