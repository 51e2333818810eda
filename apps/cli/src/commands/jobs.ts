// `kith jobs`: deliveries of outgoing webhooks that wait or were given up, over all of a workspace's webhooks. Nodes that run take
// up what is tried again by themselves, within a second.

import type { WorkspaceId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { systemClock } from '@kith/server/edge/system-clock';
import { PostgresOutgoingHooks } from '@kith/server/store/postgres/outgoing-hooks';
import { recordAct } from '../audit.js';
import { type Command, columns, DONE, parseLine, Refusal, type Terminal, UsageError } from '../command.js';
import { withDatabase } from '../database.js';
import { readSettings } from '../settings.js';
import { workspaceNamed } from '../workspace-named.js';

const USAGE = `kith jobs: deliveries of outgoing webhooks

  kith jobs list [--waiting]     those that were given up, newest first, at most 200; or those that wait
  kith jobs retry <id>|all       tries it again, from its first attempt on
  kith jobs drop <id>|all        forgets what was given up; its receiver never gets it

  --workspace NAME   another workspace than the one that every server has
  --json             the result as JSON

all stands for those that kith jobs list shows.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

const OPTIONS = { waiting: { type: 'boolean' }, workspace: { type: 'string' }, json: { type: 'boolean' } } as const;
const MOST = 200;

type Work = {
  readonly hooks: PostgresOutgoingHooks;
  readonly workspace: WorkspaceId;
  readonly terminal: Terminal;
  readonly isJson: boolean;
};

export const jobs: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 1, most: 2 });
    const [action = '', id] = words;
    if (!['list', 'retry', 'drop'].includes(action)) throw new UsageError(`there is no kith jobs ${action}`);
    if ((action === 'list') !== (id === undefined))
      throw new UsageError('retry and drop take an id, or all; list takes none');
    if (values.waiting === true && action !== 'list') throw new UsageError('--waiting goes with list');
    await withDatabase(readSettings(), async (database) => {
      const { id: workspace } = await workspaceNamed(database, values.workspace);
      const hooks = new PostgresOutgoingHooks(database);
      const work: Work = { hooks, workspace, terminal, isJson: values.json === true };
      if (id === undefined) await list(work, values.waiting === true ? 'waiting' : 'dead');
      else {
        const count = action === 'retry' ? await retry(work, id) : await drop(work, id);
        await recordAct(database, { act: `kith.jobs.${action}`, workspace, detail: { count } });
      }
    });
    return DONE;
  },
};

async function list({ hooks, workspace, terminal, isJson }: Work, state: 'dead' | 'waiting'): Promise<void> {
  const found = await hooks.jobs(workspace, { state, limit: MOST });
  if (isJson) {
    terminal.out(JSON.stringify({ jobs: found.map(({ workspace: _, lane: _lane, ...job }) => job) }));
    return;
  }
  const rows = found.map(({ id, hook, event, attempts, createdAt, lastError }) => [
    id,
    hook,
    event,
    String(attempts),
    new Date(createdAt).toISOString().slice(0, 16).replace('T', ' '),
    lastError ?? '',
  ]);
  for (const line of columns([['id', 'webhook', 'event', 'attempts', 'since', 'last error'], ...rows]))
    terminal.out(line);
}

async function retry({ hooks, workspace, terminal, isJson }: Work, id: string): Promise<number> {
  const at = systemClock(SILENT).now();
  let retried = 0;
  for (const job of await chosen({ hooks, workspace }, id)) if (await hooks.revive(workspace, job.id, at)) retried += 1;
  terminal.out(isJson ? JSON.stringify({ retried }) : `${retried} will be tried again.`);
  return retried;
}

async function drop({ hooks, workspace, terminal, isJson }: Work, id: string): Promise<number> {
  const found = await chosen({ hooks, workspace }, id);
  if (found.some(({ deadAt }) => deadAt === null))
    throw new Refusal(`${id} was not given up: it waits to be tried again`);
  for (const job of found) await hooks.finish(job);
  terminal.out(isJson ? JSON.stringify({ dropped: found.length }) : `${found.length} dropped.`);
  return found.length;
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws Refusal where there is none of that id */
async function chosen({ hooks, workspace }: Pick<Work, 'hooks' | 'workspace'>, id: string) {
  if (id === 'all') return await hooks.jobs(workspace, { state: 'dead', limit: MOST });
  const job = ID.test(id) ? await hooks.job(workspace, id) : null;
  if (job === null) throw new Refusal(`there is no job ${id}: kith jobs list shows which there are`);
  return [job];
}
