// What there is when all is over: every log as the server gives it to whoever is in it, and what every device holds of it. The
// server that is asked was started after the last fault, so that it can only tell what was durable.
import type { Entry, Member, Summary } from '@kith/protocol';
import type { Account } from '@kith/testkit/faults/account';
import type { Device } from '@kith/testkit/faults/device';
import type { FinalLog, FinalTab, History, Mark, ShownConversation, ShownItem } from '../history/history.js';
import { tabOf } from './live-ledger.js';
import type { LiveWorld } from './live-world.js';

const PAGE = 200;
const SUMMARY_PAGE = 100;

/** What one person is told in the end. */
type View = { readonly summaries: readonly Summary[]; readonly members: ReadonlyMap<string, readonly string[]> };

export async function endOf(world: LiveWorld, url: string, errors: readonly string[]): Promise<History['end']> {
  const views = new Map<Account, View>();
  const logs = new Map<string, FinalLog>();
  const marks = new Map<string, Mark[]>();
  for (const account of world.accounts) {
    const summaries = await readSummaries(account, url);
    const members = new Map<string, readonly string[]>();
    for (const { id, delivered, read } of summaries) {
      members.set(id, await readMembers(account, url, id));
      const log = logs.get(id) ?? { ...(await readLog(account, url, id)), conversation: id, marks: [] };
      logs.set(id, log);
      const own = { user: account.user, delivered, read };
      marks.set(id, [...(marks.get(id) ?? []), ...(delivered + read > 0 ? [own] : [])]);
    }
    views.set(account, { summaries, members });
  }
  const tabs = world.devices.map((device) => tabWith(device, { world, view: views.get(device.account) }));
  return {
    logs: [...logs.values()].map((log) => ({ ...log, marks: marks.get(log.conversation) ?? [] })),
    tabs,
    found: [],
    scheduled: [],
    stores: tabs.map(({ device, conversations }) => ({
      device,
      contents: conversations.map(({ conversation, items }) => ({ conversation, items })),
    })),
    errors,
  };
}

async function readSummaries(account: Account, url: string): Promise<readonly Summary[]> {
  const all: Summary[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/conversations?limit=${SUMMARY_PAGE}${query}`;
    const page: { readonly items: readonly Summary[]; readonly next: string | null } = await account.ask(url, {
      method: 'GET',
      path,
    });
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}

/** @returns `<user> <role>`, sorted */
async function readMembers(account: Account, url: string, conversation: string): Promise<readonly string[]> {
  const path = `/v1/conversations/${conversation}/members?limit=${PAGE}`;
  const { items } = await account.ask<{ readonly items: readonly Member[] }>(url, { method: 'GET', path });
  return items.map(({ user, role }) => `${user} ${role}`).sort();
}

async function readLog(
  account: Account,
  url: string,
  conversation: string,
): Promise<{ readonly epoch: number; readonly entries: readonly Entry[] }> {
  const entries: Entry[] = [];
  for (let known = ''; ; ) {
    const path = `/v1/conversations/${conversation}/entries?after=${entries.at(-1)?.seq ?? 0}&limit=${PAGE}${known}`;
    const page = await account.ask<{ readonly epoch: number; readonly entries: readonly Entry[] }>(url, {
      method: 'GET',
      path,
    });
    entries.push(...page.entries);
    known = `&epoch=${page.epoch}`;
    if (page.entries.length === 0) return { epoch: page.epoch, entries };
  }
}

function tabWith(
  device: Device,
  { world, view }: { readonly world: LiveWorld; readonly view: View | undefined },
): FinalTab {
  const own = { tab: tabOf(device.name), device: device.name, user: device.account.user };
  const listed = (view?.summaries ?? []).filter(({ kind }) => kind !== 'self');
  return {
    ...own,
    isLeading: true,
    isDurable: true,
    connection: device.isGreeted ? 'open' : 'closed',
    openSockets: device.isGreeted ? 1 : 0,
    mismatches: 0,
    conversations: listed.map((summary) => shownBy(device, { world, summary, members: view?.members.get(summary.id) })),
    unsent: [],
    windows: [],
    followed: null,
    threads: [],
  };
}

type Described = {
  readonly world: LiveWorld;
  readonly summary: Summary;
  readonly members: readonly string[] | undefined;
};

/** The entries are those that the device itself was shown, whenever that was. */
function shownBy(device: Device, { world, summary, members = [] }: Described): ShownConversation {
  const { id, name, role, members: size, read, unread, mentions } = summary;
  const held = device.held.get(id);
  const seen = [...(world.ledger.seen.get(device.name)?.get(id)?.values() ?? [])].map(({ entry }) => entry);
  return {
    conversation: id,
    epoch: held?.epoch ?? 0,
    head: held?.whole ?? 0,
    ...{ name, role, size, read, unread, mentions },
    items: seen.sort((one, other) => one.seq - other.seq).flatMap(itemOf),
    hasBefore: false,
    members,
    ticks: [],
  };
}

/** Live runs write, and change nothing that was written. */
function itemOf({ seq, kind, author, body }: Entry): readonly ShownItem[] {
  if (kind === 'setting.set' || 'target' in body) return [];
  return [{ seq, kind, author: author ?? null, text: typeof body.text === 'string' ? body.text : null }];
}
