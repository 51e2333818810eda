// `kith bench`: the lab's load, on a server of its own.
import { runCapacity } from '@kith/lab/capacity-command';
import { runLoad } from '@kith/lab/load-command';
import { LOAD_USAGE, LoadUsageError } from '@kith/lab/load-options';
import { runNodes } from '@kith/lab/nodes-command';
import { runSoak } from '@kith/lab/soak-command';
import { type Command, UsageError } from '../command.js';

export const bench: Command = {
  usage: LOAD_USAGE,
  async run(args, terminal) {
    const [first, ...rest] = args;
    try {
      if (first === 'capacity') return await runCapacity(rest, terminal);
      if (first === 'nodes') return await runNodes(rest, terminal);
      if (first === 'soak') return await runSoak(rest, terminal);
      return await runLoad(args, terminal);
    } catch (error) {
      if (error instanceof LoadUsageError) throw new UsageError(error.message);
      throw error;
    }
  },
};
