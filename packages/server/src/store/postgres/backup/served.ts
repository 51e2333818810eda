// Whether a server uses a database, for commands that want it for themselves. A server's connections are told from others by
// their name. One that was closed a moment ago may still be seen, so it is looked for some time.
import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from '../pool.js';

const LOOKS = 8;
const LOOK_MS = 250;

/** False as soon as no server is seen. */
export async function isServed(connection: Queryable): Promise<boolean> {
  const text = `SELECT count(*)::int AS servers FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'kith'`;
  for (let look = 1; ; look += 1) {
    const [users] = await connection.query<{ servers: number }>({ text });
    if ((users?.servers ?? 0) === 0) return false;
    if (look === LOOKS) return true;
    await delay(LOOK_MS);
  }
}
