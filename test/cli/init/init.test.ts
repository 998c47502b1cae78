// Proves, with the real command, that init writes a file that validates, never over another, and each way it ends.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../cli/validate.ts';
import { scratchDirectory } from '../../agent/scratch.ts';
import { keepaloft } from '../arbiter/world.ts';
import { type CloudWorld, node, openCloudWorld } from '../cloud/world.ts';

let world: CloudWorld;
beforeAll(async () => {
  world = await openCloudWorld();
  world.add(1, { tags: { role: 'db' } });
  world.add(2, { tags: { role: 'db', Name: 'second' } });
});
afterAll(() => world.close());

const said = ['--group', 'mysql', '--vip', '172.31.0.201', '--tag', 'role=db'];

describe('init', () => {
  it('writes what was said, and says what to do next', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    const { code, stdout, stderr } = await keepaloft(['init', path, ...said], world.env.operator);
    expect([code, stderr, stdout]).toEqual([0, '', `${path} written; next: keepaloft preflight ${path}\n`]);
    const { groups } = await readConfigFile(path);
    expect(groups['mysql']?.members.map(({ instance }) => instance)).toEqual([node(1), node(2)]);
    expect(readFileSync(path, 'utf8')).toContain(`${node(2)}, priority: 150 } # second\n`);
  });

  it('leaves a file that is there alone: 64', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    writeFileSync(path, 'mine');
    const { code, stderr } = await keepaloft(['init', path, ...said], world.env.operator);
    expect([code, readFileSync(path, 'utf8')]).toEqual([64, 'mine']);
    expect(stderr).toContain('is there already, and is not overwritten');
  });

  it('with --print writes nothing; names of instances need no EC2', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    const members = ['--member', node(1), '--member', `${node(2)}:90`];
    const args = ['init', path, '--print', '--group', 'web', '--vip', '10.0.0.9', ...members];
    const { code, stdout, stderr } = await keepaloft(args, world.env.nobody);
    expect([code, existsSync(path)]).toEqual([0, false]);
    expect(stdout).toContain(`      - { instance: ${node(2)}, priority: 90 }\n`);
    expect(stderr).toContain('nothing is looked up: there are no credentials');
  });

  it('needs EC2 for tags: 5 when it denies', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    const { code } = await keepaloft(['init', path, ...said], world.env.stranger);
    expect([code, existsSync(path)]).toEqual([5, false]);
  });

  it('of what makes no right file writes nothing: 78; of what is not said: 64', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    const wrong = await keepaloft(
      ['init', path, '--group', 'mysql', '--vip', '999', '--tag', 'role=db', '--json'],
      world.env.operator,
    );
    expect([wrong.code, JSON.parse(wrong.stdout), existsSync(path)]).toMatchObject([
      78,
      { error: { code: 'bad-config' } },
      false,
    ]);
    expect(await keepaloft(['init', path], world.env.operator)).toMatchObject({ code: 64 });
  });
});
