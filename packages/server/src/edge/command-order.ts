// The order of one connection's commands in one conversation (rule O1): writes that follow each other start at once, in
// the order in which they came, and the core keeps it; reads that follow each other start at once, too. But a read waits
// until the writes before it are answered, and a write until the reads before it are, so that a read shows what was
// written before it and nothing else. A write that looks something up first would be overtaken meanwhile: it runs alone.
// Bounded by the commands that a connection may have pending.
import { type Command, type CommandName, REGISTRY } from '@kith/protocol';

/** Which commands run at the same time: those of one way, save what runs alone. */
type Way = 'read' | 'write' | 'alone';

type Ordered = { readonly way: Way; readonly run: () => Promise<void> };

/** Commands of one way that run now, and those that wait behind them. */
type Lane = { way: Way; running: number; readonly waiting: Ordered[] };

/** They ask for more than the log before they write. */
const ALONE: ReadonlySet<CommandName> = new Set([
  'member.add',
  'channel.join',
  'setting.set',
  'thread.follow',
  'message.hide',
]);

export class CommandOrder {
  /** Lanes with commands on their way; made for the first one. */
  #lanes: Map<string, Lane> | null = null;

  /**
   * @param lane the conversation; null for a command of none, which waits for nothing
   * @param command `run` never rejects
   */
  start(lane: string | null, command: Ordered): void {
    if (lane === null) {
      void command.run();
      return;
    }
    const known = this.#lanes?.get(lane);
    if (known === undefined) {
      const made = { way: command.way, running: 0, waiting: [] };
      this.#lanes ??= new Map();
      this.#lanes.set(lane, made);
      this.#run(lane, made, command);
    } else if (known.waiting.length > 0 || !areTogether(known.way, command.way)) known.waiting.push(command);
    else this.#run(lane, known, command);
  }

  #run(name: string, ...[lane, command]: [Lane, Ordered]): void {
    lane.running += 1;
    void command.run().then(() => this.#ran(name, lane));
  }

  #ran(name: string, lane: Lane): void {
    lane.running -= 1;
    if (lane.running > 0) return;
    const [first] = lane.waiting;
    if (first === undefined) {
      this.#lanes?.delete(name);
      if (this.#lanes?.size === 0) this.#lanes = null;
      return;
    }
    lane.way = first.way;
    const next = lane.waiting.findIndex(({ way }, index) => index > 0 && !areTogether(lane.way, way));
    for (const command of lane.waiting.splice(0, next === -1 ? lane.waiting.length : next)) {
      this.#run(name, lane, command);
    }
  }
}

function areTogether(one: Way, other: Way): boolean {
  return one === other && one !== 'alone';
}

export function wayOf(command: Command): Way {
  const { name, params } = command;
  if (ALONE.has(name) || (name === 'message.send' && params.forward !== undefined)) return 'alone';
  const { rate } = REGISTRY[name];
  return rate === 'read' || rate === 'search' ? 'read' : 'write';
}

/** The conversation in which a command takes its place; settings are kept in one of the person's own. */
export function laneOf(command: Command): string | null {
  if ('conversation' in command.params) return command.params.conversation.toLowerCase();
  return command.name === 'setting.set' || command.name === 'settings.read' ? 'self' : null;
}
