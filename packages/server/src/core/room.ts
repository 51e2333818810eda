// How much room the disk of the database has left, and what follows: below one threshold operators are warned, below the other
// writes are refused before they reach the database, while there is still room for what it needs itself. Reads, sign-ins and
// whatever ends access or takes something away go on. Both end by themselves, a quarter above where they began, so that
// nothing flutters. Pure: whoever looks at the disk tells it.
import { ChatError, REGISTRY, type RequestName } from '@kith/protocol';

/** Free parts of the disk, from 0 to 1. 0 for never. */
export type RoomThresholds = { readonly warnBelow: number; readonly refuseBelow: number };

export type RoomLevel = 'enough' | 'low' | 'none';

const RECOVERY = 1.25;
const RETRY_AFTER_MS = 30_000;

/** Classes of requests that write. Signals are left out: they are few rows, written over. */
const WRITING: ReadonlySet<string> = new Set(['message', 'write', 'create']);
const ALSO_WRITING: ReadonlySet<RequestName> = new Set(['account.create', 'invite.accept'] as const);
/** What ends access, takes something away or is kept in memory alone. */
const GOES_ON: ReadonlySet<RequestName> = new Set([
  ...(['message.delete', 'scheduled.cancel', 'member.remove', 'invite.revoke', 'presence.set'] as const),
  ...(['session.end', 'session.revoke', 'workspaceKey.revoke', 'workspaceInvite.revoke'] as const),
  ...(['bot.retire', 'botToken.revoke', 'botCommand.remove', 'invocation.take'] as const),
  ...(['incomingHook.revoke', 'outgoingHook.update', 'outgoingHook.remove'] as const),
  ...(['retention.set', 'workspacePerson.update', 'workspacePerson.deactivate'] as const),
]);

/** Whether a request is refused where there is no room. */
export function needsRoom(name: RequestName): boolean {
  return (WRITING.has(REGISTRY[name].rate) || ALSO_WRITING.has(name)) && !GOES_ON.has(name);
}

export class Room {
  readonly #thresholds: RoomThresholds;
  #level: RoomLevel = 'enough';
  /** Null until somebody has looked, and where nobody can. */
  #free: number | null = null;

  constructor(thresholds: RoomThresholds) {
    this.#thresholds = thresholds;
  }

  get level(): RoomLevel {
    return this.#level;
  }

  /** The free part of the disk, from 0 to 1; null where it is not known. */
  get free(): number | null {
    return this.#free;
  }

  /** @param free the free part of the disk that has least, from 0 to 1 @returns whether the level is another one now */
  saw(free: number): boolean {
    const before = this.#level;
    this.#free = free;
    this.#level = this.#levelAt(free);
    return this.#level !== before;
  }

  /** For operators, without a path; null where all is well. */
  get warning(): string | null {
    if (this.#level === 'enough' || this.#free === null) return null;
    const found = `disk: ${(this.#free * 100).toFixed(1)} % free`;
    return this.#level === 'low' ? `${found}, make room` : `${found}, writes are refused until there is room`;
  }

  get hasRoom(): boolean {
    return this.#level !== 'none';
  }

  /** Why a request is refused; null where it may go on. */
  refusal(name: RequestName): ChatError | null {
    if (this.#level !== 'none' || !needsRoom(name)) return null;
    const message = 'nothing was written: the disk of the server is almost full; the same key may be sent again later';
    return new ChatError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
  }

  #levelAt(free: number): RoomLevel {
    const { warnBelow, refuseBelow } = this.#thresholds;
    if (free < refuseBelow || (this.#level === 'none' && free < refuseBelow * RECOVERY)) return 'none';
    return free < warnBelow || (this.#level !== 'enough' && free < warnBelow * RECOVERY) ? 'low' : 'enough';
  }
}
