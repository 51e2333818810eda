// The judgement of a fault test: the log as the server gives it at the end, against what was confirmed and what every device
// was shown. An empty list is a clean verdict. Laws 1, 2 and 3 of the design.
import type { Entry } from '@kith/protocol';
import type { Device } from './device.js';
import type { Acked, Ledger } from './ledger.js';

/** By conversation, in the order given. */
export type Logs = ReadonlyMap<string, readonly Entry[]>;

/** The first few of a device's faults say enough. */
const MOST_OF_A_DEVICE = 10;

/** @param devices each with the conversations that it must have */
export function judge(
  logs: Logs,
  ledger: Ledger,
  devices: readonly (readonly [device: Device, conversations: readonly string[]])[],
): readonly string[] {
  return [
    ...ledger.breaches,
    ...[...logs].flatMap(([conversation, log]) => judgeNumbers(conversation, log)),
    ...judgeAcked(logs, ledger),
    ...judgeOrigin(logs, ledger),
    ...judgeOrder(logs, ledger),
    ...devices.flatMap(([device, conversations]) => judgeDevice({ logs, ledger, conversations }, device)),
  ];
}

/** No gap, no number twice, no key of an author twice. */
function judgeNumbers(conversation: string, log: readonly Entry[]): string[] {
  const found: string[] = [];
  const keys = new Set<string>();
  for (const [index, { seq, author, key, epoch }] of log.entries()) {
    if (seq !== index + 1) found.push(`${conversation}: place ${index + 1} of the log has the number ${seq}`);
    if (epoch !== log[0]?.epoch) found.push(`${conversation}: two epochs in one log`);
    if (key === undefined) continue;
    const name = `${author} ${key}`;
    if (keys.has(name)) found.push(`${conversation}: the key ${key} is in the log twice`);
    keys.add(name);
  }
  return found;
}

/** What was confirmed is there, once, with the number and the text that it was confirmed with. */
function judgeAcked(logs: Logs, ledger: Ledger): string[] {
  const found: string[] = [];
  const places = new Map<string, Entry[]>();
  for (const entry of [...logs.values()].flat()) {
    if (entry.key !== undefined) places.set(entry.key, [...(places.get(entry.key) ?? []), entry]);
  }
  for (const acked of ledger.acked.values()) {
    const fault = faultOf(acked, places.get(acked.key) ?? [], ledger);
    if (fault !== null) found.push(`${fault}: ${acked.key}, number ${acked.seq} of ${acked.conversation}`);
  }
  for (const [key, { conversation }] of ledger.said) {
    if (!ledger.acked.has(key)) found.push(`never confirmed: ${key} of ${conversation}`);
  }
  return found;
}

function faultOf({ key, conversation, seq, epoch }: Acked, entries: readonly Entry[], ledger: Ledger): string | null {
  const [entry, another] = entries;
  if (entry === undefined) return 'confirmed and lost';
  if (another !== undefined) return 'confirmed and doubled';
  if (entry.seq !== seq || entry.epoch !== epoch) return `confirmed, and kept as number ${entry.seq}`;
  if (entry.conversation !== conversation) return 'kept in another conversation';
  return entry.body.text === ledger.said.get(key)?.text ? null : 'kept with another text';
}

/** Every message of the log was said by somebody, in this conversation. */
function judgeOrigin(logs: Logs, ledger: Ledger): string[] {
  const found: string[] = [];
  for (const { kind, key, conversation, seq } of [...logs.values()].flat()) {
    if (kind !== 'message.sent' || ledger.said.get(key ?? '')?.conversation === conversation) continue;
    found.push(`nobody said number ${seq} of ${conversation}`);
  }
  return found;
}

/** What one device said in one conversation is in the log in that order. */
function judgeOrder(logs: Logs, ledger: Ledger): string[] {
  const found: string[] = [];
  const lasts = new Map<string, number>();
  for (const { device, conversation, key } of ledger.said.values()) {
    const seq = ledger.acked.get(key)?.seq ?? 0;
    const name = `${device} ${conversation}`;
    const last = lasts.get(name) ?? 0;
    if (seq !== 0 && seq < last) found.push(`${device}: number ${seq} was said after number ${last}`);
    lasts.set(name, Math.max(seq, last));
  }
  if (logs.size === 0) found.push('there is no log to judge');
  return found;
}

/** The device has the whole log of each of its conversations, entry for entry. */
function judgeDevice(
  { logs, ledger, conversations }: { logs: Logs; ledger: Ledger; conversations: readonly string[] },
  { name, held }: Device,
): string[] {
  const found: string[] = [];
  for (const conversation of conversations) {
    const log = logs.get(conversation) ?? [];
    const { head = 0, whole = 0 } = held.get(conversation) ?? {};
    if (whole !== log.length || head !== log.length) {
      found.push(`${name}: has ${whole} of ${head} announced entries of ${conversation}, which has ${log.length}`);
    }
    const seen = ledger.seen.get(name)?.get(conversation);
    for (const entry of log) {
      const shown = seen?.get(entry.seq)?.entry;
      if (shown && (shown.key !== entry.key || shown.body.text !== entry.body.text)) {
        found.push(`${name}: was shown another entry as number ${entry.seq} of ${conversation}`);
      }
    }
  }
  return found.slice(0, MOST_OF_A_DEVICE);
}
