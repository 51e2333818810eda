// What becomes of what is asked by slash commands where nobody takes it, over half an hour of a test's time: how often it is
// told, by which webhooks, when it is given up, and what a node that dies in the middle leaves.
import {
  type ConversationId,
  type InvocationId,
  type Key,
  makeId,
  toId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Outcome, Outgoing } from '@kith/server/core/apps/outbound';
import { InvocationTeller } from '@kith/server/core/apps/slash-commands/invocation-teller';
import type { SlashFrame } from '@kith/server/core/apps/slash-commands/invocations';
import { SILENT } from '@kith/server/core/telemetry';
import { NODE_SECRETS } from '@kith/server/edge/secrets';
import { MemoryBots } from '@kith/server/store/memory/bots';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryOutgoingHooks } from '@kith/server/store/memory/outgoing-hooks';
import { MemorySlash } from '@kith/server/store/memory/slash';
import { beforeEach, describe, expect, test } from 'vitest';
import { newAccount, newId } from '../src/contracts/directory-world.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const HALF_HOUR_MS = 1_800_000;
const LOOK_MS = 1_000;
const CONVERSATION = toId<ConversationId>('01900000-0000-7000-8000-0000000000c1');

const answered = (status: number, retryAfterMs: number | null = null): Outcome => {
  return { kind: 'answered', status, retryAfterMs, body: '' };
};

class Scene {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(5);
  readonly directory = new MemoryDirectory();
  readonly hooks = new MemoryOutgoingHooks(this.directory.communities);
  readonly store = new MemorySlash(this.directory.communities);
  readonly posted: { readonly at: number; readonly id: string; readonly url: string }[] = [];
  readonly told: { readonly at: number; readonly user: UserId; readonly frame: SlashFrame }[] = [];
  outcome: (outgoing: Outgoing) => Outcome = () => answered(204);
  readonly teller = this.node();
  readonly workspace = makeId<WorkspaceId>(1, this.random.bytes(10));
  bot = makeId<UserId>(1, this.random.bytes(10));

  node(): InvocationTeller {
    return new InvocationTeller({
      ...{ store: this.store, hooks: this.hooks, secrets: NODE_SECRETS, clock: this.clock, random: this.random },
      invocations: { say: async () => null },
      log: {
        records: async () => {
          const state = { kind: 'group', name: 'x', members: new Map() };
          const record = { id: CONVERSATION, workspace: this.workspace, state };
          return new Map([[CONVERSATION, record as never]]);
        },
      },
      profiles: { users: async () => [], search: async () => [] },
      outbound: {
        send: async (outgoing) => {
          this.posted.push({ at: this.clock.now(), id: outgoing.id, url: outgoing.url });
          return this.outcome(outgoing);
        },
      },
      tell: (user, frame) => this.told.push({ at: this.clock.now(), user, frame }),
      ...{ hrefOf: (url) => url, telemetry: SILENT, url: () => 'https://x.example', toIso: String },
    });
  }

  async open(): Promise<void> {
    await this.directory.openWorkspace({ id: this.workspace, name: 'default', at: 0 });
    const bot = newAccount(this.workspace);
    this.bot = bot.id;
    await new MemoryBots(this.directory.communities).createBot(bot, 9);
  }

  async subscribe(url: string, events: readonly string[] = ['command.invoked']) {
    const rest = { name: 'x', secret: new Uint8Array(32), createdAt: 0, disabled: null };
    const hook = { workspace: this.workspace, id: newId<never>(), bot: this.bot, url, events, ...rest };
    await this.hooks.addOutgoingHook(hook, 9);
    return hook;
  }

  async ask() {
    const at = this.clock.now();
    const of = { workspace: this.workspace, id: newId<InvocationId>(), bot: this.bot, key: newId<Key>() };
    const said = { command: 'deploy', text: 'web', conversation: CONVERSATION, user: newId<UserId>() };
    const invocation = { ...of, ...said, at, expiresAt: at + HALF_HOUR_MS, secret: new Uint8Array(32) };
    await this.store.invoke(invocation, 9);
    return invocation;
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += LOOK_MS) {
      await this.teller.look();
      await this.teller.settled();
      this.clock.advance(LOOK_MS);
    }
  }
}

describe('what is asked of a bot', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene();
    await scene.open();
  });

  test('[SC5] is told to its streams again and again for half an hour, and then forgotten', async () => {
    const asked = await scene.ask();
    await scene.pass(HALF_HOUR_MS + 60_000);
    expect(scene.posted).toEqual([]);
    const after = scene.told.map(({ at }) => (at - asked.at) / 1_000);
    // After 5 s, then three times as long each time, each drawn from 80 to 120 %: 0, 5, 20, 65, 200, 605 and 1,820 s, which
    // is within the half hour where it was drawn so.
    expect(after).toHaveLength(7);
    for (const [index, about] of [0, 5, 20, 65, 200, 605].entries()) {
      expect(after[index]).toBeGreaterThanOrEqual(about * 0.8);
      expect(after[index]).toBeLessThanOrEqual(about * 1.2 + 6);
    }
    expect(new Set(scene.told.map(({ frame }) => frame.name === 'invocation' && frame.invocation.id))).toEqual(
      new Set([asked.id]),
    );
    expect(await scene.store.invocation(asked)).toMatchObject({ dueAt: null, deadAt: null, text: '' });
    expect(await scene.store.stuck(scene.workspace, { state: null, limit: 9 })).toEqual([]);
  });

  test('[SC5] is dead where a webhook did not take it in half an hour, and told anew when an owner says so', async () => {
    const hook = await scene.subscribe('https://one.example');
    await scene.subscribe('https://other.example', ['message.sent']);
    scene.outcome = () => answered(503);
    const asked = await scene.ask();
    await scene.pass(HALF_HOUR_MS + 60_000);
    expect(scene.posted).toHaveLength(7);
    expect(new Set(scene.posted.map(({ id, url }) => `${id} ${url}`))).toEqual(new Set([`${asked.id} ${hook.url}`]));
    const [dead] = await scene.store.stuck(scene.workspace, { state: 'dead', limit: 9 });
    expect(dead).toMatchObject({ id: asked.id, hook: hook.id, lastStatus: 503, text: 'web', attempts: 8 });
    scene.outcome = () => answered(204);
    const at = scene.clock.now();
    expect(await scene.store.revive(asked, at, at + HALF_HOUR_MS)).toBe(true);
    await scene.pass(5_000);
    expect(scene.posted).toHaveLength(8);
    expect(await scene.store.invocation(asked)).toMatchObject({ takenAt: expect.any(Number), text: '' });
  });

  test('[SC5] is taken once all webhooks that want to hear of it have taken it', async () => {
    await scene.subscribe('https://one.example');
    await scene.subscribe('https://two.example');
    scene.outcome = ({ url }) => answered(url.includes('two') && scene.posted.length < 3 ? 500 : 204);
    const asked = await scene.ask();
    await scene.pass(60_000);
    expect(scene.posted).toHaveLength(4);
    expect(scene.told).toHaveLength(2);
    expect(await scene.store.invocation(asked)).toMatchObject({ takenAt: expect.any(Number) });
  });

  test('[SC5] waits as long as the receiver says, and ends a webhook that says it is gone', async () => {
    await scene.subscribe('https://one.example');
    scene.outcome = () => (scene.posted.length === 1 ? answered(429, 120_000) : answered(410));
    const asked = await scene.ask();
    await scene.pass(HALF_HOUR_MS);
    expect(scene.posted.map(({ at }) => at - asked.at)).toEqual([0, 120_000]);
    expect(await scene.hooks.liveHooks([scene.workspace])).toEqual([]);
  });

  test('[SC5] is told by another node where one died with it in hand', async () => {
    const asked = await scene.ask();
    const [held] = await scene.store.claim(scene.clock.now(), scene.clock.now() + 30_000, 9);
    expect(held?.id).toBe(asked.id);
    await scene.pass(29_000);
    expect(scene.told).toEqual([]);
    await scene.pass(3_000);
    expect(scene.told).toHaveLength(1);
  });
});
