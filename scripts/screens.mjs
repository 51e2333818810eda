// Pictures of every screen and state of the page, in both themes and three widths, in `e2e/screens/`: for whoever looks at what
// they have changed. Each is held to its width, and looked at by axe; the exit status is that of the tests.
import { spawnSync } from 'node:child_process';

const command = ['vitest', 'run', '--project', 'nightly', 'e2e/screens.nightly.test.ts'];
const environment = { ...process.env, NIGHTLY: '1' };
const { status } = spawnSync('npx', command, {
  stdio: 'inherit',
  env: environment,
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
