// Waits for the connection: what is asked before it is there is refused at once.
import type { Person } from '@kith/sdk';

export function connected(person: Person): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (person.connection.getSnapshot().kind !== 'open') return;
      end();
      resolve();
    };
    const end = person.connection.subscribe(look);
    look();
  });
}
