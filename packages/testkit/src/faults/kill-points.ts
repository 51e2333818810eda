// The named points of a send at which the server can be made to kill itself, and how the order to do so travels to it.
// A point is passed by every write; the process dies, by SIGKILL, at the k-th passing.

export const KILL_POINTS = {
  received: 'the command was parsed, nothing was asked of the log',
  'before-append': 'the log was asked, and has done nothing yet',
  'after-commit': 'the log has committed, the ack has not left',
  'before-publish': 'the ack has left, nothing was published',
} as const;

export type KillPoint = keyof typeof KILL_POINTS;

export type KillOrder = { readonly point: KillPoint; readonly passing: number };

const VARIABLE = 'FAULT_KILL';

/** The order as the environment of the server's process. */
export function killEnvironment({ point, passing }: KillOrder): { readonly [name: string]: string } {
  return { [VARIABLE]: `${point}:${passing}` };
}

/** @throws Error where the variable is not of its form */
export function readKillOrder(environment: { readonly [name: string]: string | undefined }): KillOrder | null {
  const text = environment[VARIABLE];
  if (text === undefined) return null;
  const [name = '', count] = text.split(':');
  const passing = Number(count);
  if (!isKillPoint(name) || !Number.isInteger(passing) || passing < 1) {
    throw new Error(`${VARIABLE} is a point and a number, as received:3`);
  }
  return { point: name, passing };
}

const LAST_WORDS = 'killed itself with the key ';

/** What the process writes to standard error before it dies. */
export function lastWords(key: string): string {
  return `${LAST_WORDS}${key}\n`;
}

/** The key that was under way when the process died; null where it did not die at a point. */
export function keyOfLastWords(output: string): string | null {
  const [, after] = output.split(LAST_WORDS);
  return after?.split('\n')[0] ?? null;
}

function isKillPoint(name: string): name is KillPoint {
  return Object.hasOwn(KILL_POINTS, name);
}
