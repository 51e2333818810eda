// People who keep something from another: they block them, or don't say what they read, and take it back.
import type { AtTab } from './scene.js';

const SWITCHES = ['receipts', 'presence', 'lastSeen', 'typing'];

export function keepApart({ world, person, step }: AtTab): void {
  const whom = world.people[step.whom % world.people.length]?.id ?? person.id;
  const value = step.where % 3 > 0;
  if (step.where % 4 === 0) {
    const name = `privacy:${SWITCHES[step.whom % SWITCHES.length]}`;
    world.watch('apart', person.command('setting.set', { name, value: !value }));
  } else if (step.where % 2 === 0 && whom !== person.id) {
    // Where they talk, so that there is something to be kept apart in.
    world.watch('apart', person.create({ kind: 'direct', members: [whom] }));
  } else world.watch('apart', person.command('setting.set', { name: `block:${whom}`, value }));
}
