// `kith workspace`: which one it is, who may come in, and how much there is.
import { type Command, columns, DONE, parseLine } from '../command.js';
import { withOperator } from '../operator.js';
import { readSettings } from '../settings.js';

const USAGE = `kith workspace: the workspace, who may come in, how much there is

  kith workspace [--workspace NAME] [--json]

Times are UTC. Messages are counted with those that were deleted.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

export const workspace: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, { workspace: { type: 'string' }, json: { type: 'boolean' } });
    const config = readSettings();
    const { editWindowMinutes, signUp } = config;
    const found = await withOperator({ config, workspace: values.workspace }, async (operator, of) => {
      return { id: of.id, name: of.name, isOwned: of.isOwned, counts: await operator.counts() };
    });
    const policy = { signUp, editWindowMinutes };
    if (values.json === true) {
      terminal.out(JSON.stringify({ ...found, policy }));
      return DONE;
    }
    const { people, guests, owners, deactivated, bots, liveSessions, conversations, messages } = found.counts;
    const rows = [
      ['name', found.name],
      ['id', found.id],
      [
        'owner',
        found.isOwned ? `${owners} may sign in` : 'nobody yet: the first to sign up, or kith user create --owner',
      ],
      ['sign-up', `${signUp} (SIGN_UP)`],
      ['edits', editWindowMinutes === 0 ? 'at any time' : `for ${editWindowMinutes} minutes (EDIT_WINDOW_MINUTES)`],
      ['people', `${people} (${guests} guests), ${deactivated} disabled, ${bots} bots`],
      ['sessions', String(liveSessions)],
      ['conversations', String(conversations)],
      ['messages', String(messages)],
    ];
    for (const line of columns(rows)) terminal.out(line);
    return DONE;
  },
};
