// Proves that programs are found where they are, and that the sentence about missing ones can be acted on.

import { describe, expect, it } from 'vitest';
import {
  EXAMPLE_PROGRAMS,
  findProgram,
  installable,
  LONG_PROGRAMS,
  missingSentence,
  PROGRAMS,
} from '../../../scripts/setup/programs.mjs';

describe('programs', () => {
  it('are found outside a PATH without the sbin directories', () => {
    expect(findProgram('sh', '/nowhere')).toMatch(/\/bin\/sh$/);
  });

  it('that do not exist are not found', () => {
    expect(findProgram('keepaloft-no-such-program')).toBeUndefined();
  });

  it('missing are named with their purpose and one command for all of them', () => {
    expect(missingSentence(PROGRAMS)).toBe(
      "not found: ip (the lab's network), unshare (network namespaces), nsenter (network namespaces), " +
        'nft (network faults (cut, loss)); run as root: apt-get install -y --no-install-recommends iproute2 util-linux nftables',
    );
  });

  it('whose packages start a daemon are left to the user where systemd would run it', () => {
    expect(installable(LONG_PROGRAMS, '/nowhere')).toEqual(LONG_PROGRAMS);
    expect(installable(LONG_PROGRAMS, '/').map(({ name }) => name)).toEqual(['chromium']);
    const daemon = LONG_PROGRAMS.find((program) => program.startsDaemon === true);
    expect(missingSentence(daemon === undefined ? [] : [daemon])).toContain('its package starts a daemon');
  });

  it('of the examples come from packages that start no service', () => {
    const packages = EXAMPLE_PROGRAMS.map((program) => program.debianPackage);
    expect(packages).toEqual(['mariadb-server-core', 'mariadb-client-core', 'redis-tools', 'busybox']);
    expect(EXAMPLE_PROGRAMS.some((program) => program.needed)).toBe(false);
  });
});
