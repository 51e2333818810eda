// Rules on a request that join several of its fields, which a schema can't say: an epoch wherever a seq is named, and a
// change that changes something. Rules M6 and P1 of docs/protocol/v1.md.
import { ChatError } from './codes.js';
import { SETTING_CHANGES } from './conversation-settings.js';
import type { RequestName } from './registry.js';

/** Where a page of messages may be anchored. */
const ANCHORS = ['before', 'around', 'after', 'at'];
/** Of those, what a thread has no numbers for. */
const OF_THE_LOG = ['around', 'at'];

/** What a conversation may be given anew. */
const CHANGES = ['name', ...Object.keys(SETTING_CHANGES)];

/** What may be changed of what is scheduled. */
const SCHEDULED_CHANGES = ['at', 'text', 'mentions'];

type Fields = { readonly [field: string]: unknown };

/** @throws bad_request */
export function requireTogether(name: RequestName, params: Fields): void {
  if (name === 'entries.read' || name === 'hidden.read') {
    // `after: 0` names no entry: it is the beginning.
    if (params.after !== undefined && params.after !== 0) requireEpoch(params);
  } else if (name === 'messages.read') {
    requireOneAnchor(params);
  } else if (name === 'conversation.create') {
    if (params.kind === 'channel') requireField(params, 'name');
    else if ([params.visibility, params.posting, params.joining].some((one) => one !== undefined)) {
      throw new ChatError('bad_request', 'visibility, posting, joining: of channels alone');
    }
  } else if (name === 'scheduled.update' && SCHEDULED_CHANGES.every((field) => params[field] === undefined)) {
    throw new ChatError('bad_request', `one of ${SCHEDULED_CHANGES.join(', ')} is wanted`);
  } else if (name === 'conversation.update' && CHANGES.every((field) => params[field] === undefined)) {
    throw new ChatError('bad_request', `one of ${CHANGES.join(', ')} is wanted`);
  }
}

function requireOneAnchor(params: Fields): void {
  const anchors = ANCHORS.filter((field) => params[field] !== undefined);
  if (anchors.length > 1) throw new ChatError('bad_request', `${ANCHORS.join(', ')}: at most one of them`);
  const isThread = typeof params.thread === 'number';
  if (isThread && anchors.some((field) => OF_THE_LOG.includes(field))) {
    throw new ChatError('bad_request', `${OF_THE_LOG.join(', ')}: not in a thread`);
  }
  // A time belongs to no epoch.
  if (isThread || (anchors.length > 0 && params.at === undefined)) requireEpoch(params);
}

function requireField(params: Fields, field: string): void {
  if (params[field] === undefined) throw new ChatError('bad_request', `${field}: wanted here`);
}

function requireEpoch(params: Fields): void {
  if (params.epoch === undefined) throw new ChatError('bad_request', 'epoch: wanted where a seq is named');
}
