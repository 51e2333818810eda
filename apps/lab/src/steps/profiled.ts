// Records a CPU profile of the gateway while something runs, where the run was asked for profiles.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../lab.js';

export async function profiled<T>(lab: Lab, name: string, run: () => Promise<T>): Promise<T> {
  const { inspector } = lab.kith;
  const { profile } = lab.options;
  if (inspector === null || profile === null) return run();
  await inspector.startProfile();
  try {
    return await run();
  } finally {
    await mkdir(profile, { recursive: true });
    await writeFile(join(profile, `${name}.cpuprofile`), await inspector.stopProfile());
  }
}
