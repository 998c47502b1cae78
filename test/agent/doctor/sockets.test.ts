// Proves when doctor says that connections cannot be ended, by how kernels say that they were built.
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { socketFindings } from '../../../agent/doctor/check/sockets.ts';
import { lookAtSockets } from '../../../agent/doctor/collect/sockets.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';
import { scratchDirectory } from '../scratch.ts';

const fileWith = (over: object) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: {
      mysql: { vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }], exclusive: true, ...over },
    },
  });
const WANTS = fileWith({ handover: 'reset-first' });

describe('doctor on ending connections', () => {
  it('does not look where no group wants it', () => {
    expect(lookAtSockets(fileWith({}))).toBeUndefined();
    expect(socketFindings(undefined)).toEqual([]);
  });

  it.each([
    ['CONFIG_INET_DIAG=y\nCONFIG_INET_DIAG_DESTROY=y\n', true],
    ['CONFIG_INET_DIAG=y\n# CONFIG_INET_DIAG_DESTROY is not set\n', false],
  ])('reads how the kernel was built, from either place: %j', (config, isBuiltIn) => {
    const boot = scratchDirectory();
    mkdirSync(join(boot, 'boot'));
    writeFileSync(join(boot, 'boot', `config-${release()}`), config);
    expect(lookAtSockets(WANTS, boot)).toMatchObject({ isBuiltIn });
    const proc = scratchDirectory();
    mkdirSync(join(proc, 'proc'));
    writeFileSync(join(proc, 'proc/config.gz'), gzipSync(config));
    expect(lookAtSockets(WANTS, proc)).toMatchObject({ isBuiltIn });
    expect(lookAtSockets(WANTS, scratchDirectory())).toMatchObject({ isBuiltIn: undefined });
  });

  it.each([
    [true, true, 'ok sockets-reset'],
    [true, false, 'bad sockets-not-reset'],
    [true, undefined, 'unknown sockets-not-reset'],
    [false, true, 'bad sockets-not-reset'],
  ])('ss: %s, kernel: %s', (hasSs, isBuiltIn, told) => {
    const findings = socketFindings({ hasSs, isBuiltIn });
    expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual([told]);
  });
});
