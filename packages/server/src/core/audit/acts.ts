// Which requests are recorded in the audit trail, and what of each: whom or what it was about, where, and the few details that an
// auditor asks for. What isn't here is not recorded; sending messages, above all. No text, no secret, and no name that people
// choose goes into a record. Rules AU2 and AU3 of docs/protocol/v1.md.
import type {
  CommandName,
  OperationName,
  OperationParams,
  OperationResult,
  Params,
  RequestName,
  Result,
} from '@kith/protocol';
import type { AuditDetail } from './audit-store.js';

/** What a record says of an act beside who did it. */
export type Subject = {
  readonly target?: string | undefined;
  readonly conversation?: string | undefined;
  readonly detail?: AuditDetail;
  /** Of those who were nobody before: whom they turned out to be. */
  readonly actor?: string | undefined;
  readonly session?: string | undefined;
};

type ParamsOf<N extends RequestName> = N extends CommandName
  ? Params<N>
  : N extends OperationName
    ? OperationParams<N>
    : never;
type ResultOf<N extends RequestName> = N extends CommandName
  ? Result<N>
  : N extends OperationName
    ? OperationResult<N>
    : never;
/** Null for one that is not worth a record. `result` is null where the act was refused. */
type Reader<N extends RequestName> = (params: ParamsOf<N>, result: ResultOf<N> | null) => Subject | null;

const ACTS: { readonly [N in RequestName]?: Reader<N> } = {
  'account.create': ({ setupCode, invite }, result) => ({
    ...signedIn(result),
    detail: { setupCode: setupCode !== undefined, invite: invite !== undefined },
  }),
  'session.create': ({ assertion }, result) => ({
    ...signedIn(result),
    detail: { by: assertion === undefined ? 'password' : 'assertion' },
  }),
  // One that goes well is an hourly matter of every device; one that is refused may be somebody with a copy.
  'session.refresh': (_, result) => (result === null ? {} : null),
  'session.end': () => ({}),
  'session.revoke': ({ session }) => ({ target: session }),
  'workspacePerson.update': ({ user, role, expiresAt }) => ({
    target: user,
    detail: { role, ...(expiresAt === undefined ? {} : { expiresAt }) },
  }),
  'workspacePerson.deactivate': ({ user }) => ({ target: user }),
  'workspacePerson.reactivate': ({ user }) => ({ target: user }),
  'conversation.create': ({ kind, members }, result) => ({
    ...(result === null ? {} : { conversation: result.summary.id }),
    detail: { kind, members: members?.length ?? 0 },
  }),
  'conversation.update': ({ conversation, ...change }) => {
    const { retentionDays, disappearAfterMs, history, visibility, joining, posting } = change;
    const said = { retentionDays, disappearAfterMs, history, visibility, joining, posting };
    const detail = Object.fromEntries(
      Object.entries(said).flatMap(([name, value]) => (isSaid(value) ? [[name, value]] : [])),
    );
    return Object.keys(detail).length === 0 ? null : { conversation, detail };
  },
  'member.add': ({ conversation, user, role }) => ({
    conversation,
    target: user,
    detail: role === undefined ? {} : { role },
  }),
  'member.remove': ({ conversation, user }) => ({ conversation, target: user }),
  'member.role': ({ conversation, user, role }) => ({ conversation, target: user, detail: { role } }),
  'channel.join': ({ conversation }) => ({ conversation }),
  'invite.accept': (_, result) => (result === null ? {} : { conversation: result.conversation }),
  'invite.create': ({ conversation }, result) => ({ conversation, target: result?.invite.id }),
  'invite.revoke': ({ conversation, invite }) => ({ conversation, target: invite }),
  'workspaceInvite.create': (_, result) => ({ target: result?.invite.id }),
  'workspaceInvite.revoke': ({ invite }) => ({ target: invite }),
  'retention.set': ({ days, longer, kept }) => ({
    detail: { days, ...(longer === undefined ? {} : { longer }), ...(kept === undefined ? {} : { kept: kept.length }) },
  }),
  'look.set': ({ accent }) => ({ detail: { accent } }),
  'workspaceKey.add': (_, result) => ({ target: result?.kid }),
  'workspaceKey.revoke': ({ kid }) => ({ target: kid }),
  'bot.create': (_, result) => ({ target: result?.id }),
  'bot.update': ({ bot }) => ({ target: bot }),
  'bot.retire': ({ bot }) => ({ target: bot }),
  'botToken.create': ({ bot, scopes, expiresAt }, result) => ({
    target: bot,
    detail: {
      token: result?.id ?? null,
      scopes: scopes?.join(' ') ?? 'all',
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  }),
  'botToken.revoke': ({ bot, token }) => ({ target: bot, detail: { token } }),
  'botCommand.set': ({ bot, name, everywhere }) => ({
    target: bot,
    detail: { command: name, everywhere: everywhere === true },
  }),
  'botCommand.remove': ({ bot, name }) => ({ target: bot, detail: { command: name } }),
  'incomingHook.create': ({ bot, conversation }, result) => ({ target: result?.id, conversation, detail: { bot } }),
  'incomingHook.revoke': ({ hook }) => ({ target: hook }),
  'outgoingHook.create': ({ bot, events }, result) => ({
    target: result?.id,
    detail: { bot, events: events.join(' ') },
  }),
  'outgoingHook.update': ({ hook, enabled }) => ({ target: hook, detail: { enabled } }),
  'outgoingHook.remove': ({ hook }) => ({ target: hook }),
};

/** Every name that may stand in a record for a request. */
export const AUDITED: ReadonlySet<string> = new Set(Object.keys(ACTS));

/** Those whose record is written in the same transaction as what they do: nothing is recorded where nothing changed. */
export const RECORDED_WITHIN: ReadonlySet<string> = new Set<RequestName>([
  'workspacePerson.update',
  'workspacePerson.deactivate',
  'workspacePerson.reactivate',
  'retention.set',
  'look.set',
]);

/** Null where nothing is to be recorded. @param result null where it was refused */
export function subjectOf<N extends RequestName>(
  name: N,
  params: ParamsOf<N>,
  result: ResultOf<N> | null,
): Subject | null {
  const reader: Reader<N> | undefined = ACTS[name];
  return reader?.(params, result) ?? null;
}

function signedIn(result: OperationResult<'session.create'> | null): Subject {
  return result === null ? {} : { target: result.user.id, actor: result.user.id, session: result.session };
}

function isSaid(value: unknown): value is string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
