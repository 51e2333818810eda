// Rounds: in each, Kith and then the plain stack do the same, one right after the other, so that what else the machine does
// meets both alike.
import type { Lab } from '../lab.js';
import { openWorld, type World } from '../world/world.js';

export type Round<Result> = { readonly kith: Result; readonly plain: Result };

export async function inRounds<Result>(
  lab: Lab,
  { name, count, size }: { readonly name: string; readonly count: number; readonly size: number },
  work: { readonly measure: (world: World) => Promise<Result>; readonly say: (result: Result) => string },
): Promise<readonly Round<Result>[]> {
  const { progress, kith, plain, options } = lab;
  const worlds: World[] = [];
  try {
    await progress.step(`${name}: ${count} conversations of ${size}, all connected, on both stacks`, async () => {
      for (const stack of [kith, plain]) worlds.push(await openWorld(stack, await stack.seat(count, size)));
    });
    const [kithWorld, plainWorld] = worlds;
    if (!kithWorld || !plainWorld) throw new Error('two worlds were wanted');
    const rounds: Round<Result>[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const run = (world: World) =>
        progress.step(
          `${name}, round ${round} of ${options.rounds}, ${world.stack.name}`,
          () => work.measure(world),
          work.say,
        );
      rounds.push({ kith: await run(kithWorld), plain: await run(plainWorld) });
    }
    return rounds;
  } finally {
    for (const world of worlds) world.close();
  }
}
