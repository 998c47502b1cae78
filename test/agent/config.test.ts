// Proves that the agent's file is read with its defaults, and that whatever is wrong is said with its place.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../agent/config.ts';
import { DocumentError } from '../../core/wire/document.ts';
import { createLabTls } from '../../lab/ends/tls.ts';
import { scratchDirectory } from './scratch.ts';

const good = `version: 1
endpoint: https://abc.execute-api.us-east-1.amazonaws.com
region: us-east-1
groups:
  mysql:
    vips: [{ address: 172.31.0.201, fabric: secondary-ip }]
    checks: { mysqld: { tcp: 127.0.0.1:3306 } }
`;
const write = (text: string): string => {
  const path = join(scratchDirectory(), 'agent.yaml');
  writeFileSync(path, text);
  return path;
};

describe('readAgentConfig', () => {
  it('reads a file and fills in the defaults', async () => {
    const { file, ca } = await readAgentConfig(write(good));
    expect(file).toMatchObject({ region: 'us-east-1', scriptUser: 'nobody', logLevel: 'info' });
    expect(file.groups['mysql']).toMatchObject({ priority: 100, timing: { heartbeat: 1000, lease: 3000 } });
    expect(file.groups['mysql']?.checks['mysqld']).toMatchObject({ interval: 1000, fall: 2, weight: 0 });
    expect(ca).toBeUndefined();
  });

  it('names file, line and key of what is wrong', async () => {
    const path = write(good.replace('region:', 'regoin:'));
    const error = await readAgentConfig(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DocumentError);
    expect(String(error)).toContain('unknown key');
    expect(String(error)).toContain(`${path}:`);
  });

  it('reads the authority that the file names, and refuses one that is none', async () => {
    const directory = scratchDirectory();
    const caFile = join(directory, 'ca.pem');
    const path = write(`${good}caFile: ${caFile}\n`);
    await expect(readAgentConfig(path)).rejects.toThrow(/caFile: cannot read it/);
    writeFileSync(caFile, 'not a certificate');
    await expect(readAgentConfig(path)).rejects.toThrow(/holds no PEM certificate/);
    const { ca: cert } = createLabTls(['127.0.0.1'], Date.now());
    writeFileSync(caFile, cert);
    expect((await readAgentConfig(path)).ca).toBe(cert);
  });

  it('says that a file is absent', async () => {
    await expect(readAgentConfig('/nonexistent/agent.yaml')).rejects.toThrow(/cannot be read: ENOENT/);
  });
});
