// What becomes of deliveries that nobody takes, over a day of a test's time: how often they are tried, what they hold up, when
// they are given up, and who else is served meanwhile.
import {
  type ConversationId,
  type Entry,
  type HookId,
  makeId,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { HookDeliverer } from '@kith/server/core/apps/hook-deliverer';
import type { Outcome, Outgoing } from '@kith/server/core/apps/outbound';
import type { OutgoingHookRecord } from '@kith/server/core/apps/outgoing-store';
import type { LogPage, ReadRange } from '@kith/server/core/log';
import { SILENT } from '@kith/server/core/telemetry';
import { MemoryBots } from '@kith/server/store/memory/bots';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryOutgoingHooks } from '@kith/server/store/memory/outgoing-hooks';
import { beforeEach, describe, expect, test } from 'vitest';
import { newAccount } from '../src/contracts/directory-world.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONVERSATION = toId<ConversationId>('01900000-0000-7000-8000-0000000000c1');
const OTHER = toId<ConversationId>('01900000-0000-7000-8000-0000000000c2');

class Scene {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(5);
  readonly directory = new MemoryDirectory();
  readonly hooks = new MemoryOutgoingHooks(this.directory.communities);
  readonly sent: { readonly at: number; readonly seq: number; readonly conversation: string }[] = [];
  outcome: (seq: number, conversation: string) => Outcome = () => ({
    kind: 'answered',
    status: 204,
    retryAfterMs: null,
  });
  readonly deliverer = new HookDeliverer({
    hooks: this.hooks,
    log: { read: async (range) => this.#page(range), readerStandings: async () => new Map() },
    profiles: { users: async () => [], search: async () => [] },
    outbound: { send: (outgoing) => this.#send(outgoing), refusalOf: () => null },
    ...{ clock: this.clock, random: this.random, telemetry: SILENT, toIso: String },
  });
  readonly workspace = makeId<WorkspaceId>(1, this.random.bytes(10));
  bot = makeId<UserId>(1, this.random.bytes(10));
  hook: OutgoingHookRecord | null = null;

  async open(): Promise<void> {
    await this.directory.openWorkspace({ id: this.workspace, name: 'default', at: 0 });
    const bot = newAccount(this.workspace);
    this.bot = bot.id;
    await new MemoryBots(this.directory.communities).createBot(bot, 9);
    const rest = { name: 'x', url: 'https://x.example', events: ['message.sent'], secret: new Uint8Array(32) };
    const id = makeId<HookId>(1, this.random.bytes(10));
    this.hook = { workspace: this.workspace, id, bot: bot.id, ...rest, createdAt: 0, disabled: null };
    await this.hooks.addOutgoingHook(this.hook, 9);
  }

  async queue(conversation: ConversationId, ...seqs: readonly number[]): Promise<void> {
    const hook = this.hook?.id ?? toId<HookId>('');
    const deliveries = seqs.map((seq) => {
      const id = makeId<HookId>(seq, this.random.bytes(10));
      return { workspace: this.workspace, hook, conversation, epoch: 1, seq, id, event: 'message.sent' };
    });
    await this.hooks.enqueue(deliveries, this.clock.now());
  }

  /** So much time, looked at every ten seconds, as a node would every second. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10_000) {
      await this.deliverer.look();
      await this.deliverer.settled();
      this.clock.advance(10_000);
    }
  }

  jobs(state: 'dead' | 'waiting') {
    return this.hooks.jobs(this.workspace, { state, limit: 200 });
  }

  async #send({ body }: Outgoing): Promise<Outcome> {
    const { entry, conversation } = JSON.parse(body).data as { entry: Entry; conversation: { id: string } };
    this.sent.push({ at: this.clock.now(), seq: entry.seq, conversation: conversation.id });
    return this.outcome(entry.seq, conversation.id);
  }

  #page({ conversation, after }: ReadRange): LogPage {
    const seq = after + 1;
    const entry = { conversation, epoch: 1, seq, n: seq, at: 1, kind: 'message.sent', body: { text: `${seq}` } };
    const members = new Map([[this.bot, { role: 'member', left: null }]]);
    const state = { kind: 'group', name: null, epoch: 1, head: seq, members };
    return { record: { id: conversation, workspace: this.workspace, state }, entries: [entry] } as unknown as LogPage;
  }
}

describe('[A16] deliveries that nobody takes', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene();
    await scene.open();
  });

  test('are tried 14 times in about a day, then they are dead, and wait for an owner', async () => {
    scene.outcome = () => ({ kind: 'failed', why: 'nobody is there' });
    await scene.queue(CONVERSATION, 1);
    await scene.pass(30 * HOUR_MS);
    expect(scene.sent).toHaveLength(14);
    const [first, last] = [scene.sent[0]?.at ?? 0, scene.sent.at(-1)?.at ?? 0];
    expect((last - first) / HOUR_MS).toBeGreaterThan(18);
    expect((last - first) / HOUR_MS).toBeLessThan(29);
    const [dead] = await scene.jobs('dead');
    expect(dead).toMatchObject({ attempts: 14, lastError: 'nobody is there', lastStatus: null });
    scene.outcome = () => ({ kind: 'answered', status: 200, retryAfterMs: null });
    await scene.hooks.revive(scene.workspace, dead?.id ?? '', scene.clock.now());
    await scene.pass(10_000);
    expect([...(await scene.jobs('dead')), ...(await scene.jobs('waiting'))]).toEqual([]);
  });

  test('hold up their conversation for minutes, others not at all, and then those behind them come in order', async () => {
    scene.outcome = (seq, conversation) => {
      const isPoison = seq === 1 && conversation === CONVERSATION;
      return { kind: 'answered', status: isPoison ? 500 : 200, retryAfterMs: null };
    };
    await scene.queue(CONVERSATION, 1, 2, 3);
    await scene.queue(OTHER, 1);
    await scene.pass(MINUTE_MS);
    expect(scene.sent.filter(({ conversation }) => conversation === OTHER)).toHaveLength(1);
    expect(scene.sent.some(({ seq }) => seq === 2)).toBe(false);
    await scene.pass(9 * MINUTE_MS);
    const behind = scene.sent.filter(({ seq, conversation }) => seq > 1 && conversation === CONVERSATION);
    expect(behind.map(({ seq }) => seq)).toEqual([2, 3]);
    expect((await scene.jobs('waiting')).map(({ seq }) => seq)).toEqual([1]);
  });

  test('wait as long as the receiver says, and no longer than is usual', async () => {
    scene.outcome = () => ({ kind: 'answered', status: 503, retryAfterMs: 30 * MINUTE_MS });
    await scene.queue(CONVERSATION, 1);
    await scene.pass(29 * MINUTE_MS);
    expect(scene.sent).toHaveLength(1);
    await scene.pass(2 * MINUTE_MS);
    expect(scene.sent).toHaveLength(2);
  });

  test('are taken up by another node where the one that held them has died', async () => {
    await scene.queue(CONVERSATION, 1, 2);
    const now = scene.clock.now();
    expect(await scene.hooks.claim(now, now + 30_000, 9)).toHaveLength(1);
    await scene.pass(30_000);
    expect(scene.sent).toEqual([]);
    await scene.pass(20_000);
    expect(scene.sent.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('of a bot that may not read them any more, or is retired, are dropped', async () => {
    await scene.queue(CONVERSATION, 1);
    await new MemoryBots(scene.directory.communities).retireBot(scene.workspace, scene.bot, 1);
    await scene.pass(MINUTE_MS);
    expect(scene.sent).toEqual([]);
  });
});
