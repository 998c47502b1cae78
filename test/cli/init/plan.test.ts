// Proves what init asks for, what it proposes, and what it finds in EC2, with the lab's EC2 end and a person played by streams.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAsker } from '../../../cli/init/ask.ts';
import { type Lookup, makePlan, type Said } from '../../../cli/init/plan.ts';
import { type CloudWorld, node, openCloudWorld } from '../cloud/world.ts';

let world: CloudWorld;
beforeEach(async () => {
  world = await openCloudWorld();
  world.add(1, { tags: { Name: 'db-1', role: 'db' } });
  world.add(2, { tags: { Name: 'db-2', role: 'db' } });
  world.add(3, { tags: { Name: 'web', role: 'web' }, privateIpAddress: '172.31.0.254' });
});
afterEach(() => world.close());

const lookup: Lookup = (ask) => ask(world.client);
const nothing: Lookup = async () => undefined;

/** What was asked, and the plan that the answers lead to: one for each question, and then the person is gone. */
const answered = async (said: Said, answers: readonly string[], look: Lookup = lookup) => {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...answers];
  let screen = '';
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    if (!screen.endsWith(': ')) return;
    const answer = left.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  const asker = openAsker({ input, output });
  try {
    return { plan: await makePlan(said, look, asker), screen };
  } finally {
    asker.close();
  }
};

describe('init', () => {
  it('asks for everything, shows what there is, and proposes a free address', async () => {
    const { plan, screen } = await answered({}, ['', `${node(2)} ${node(1)}`, '', 'db=tcp:127.0.0.1:3306']);
    expect(plan).toEqual({
      group: 'mysql',
      members: [
        { instance: node(2), priority: 200, name: 'db-2' },
        { instance: node(1), priority: 150, name: 'db-1' },
      ],
      vips: ['172.31.0.253'],
      checks: [{ name: 'db', kind: 'tcp', value: '127.0.0.1:3306' }],
      exclusive: false,
    });
    expect(screen).toContain(`  ${node(3)}  t4g.small  running  web\n`);
    expect(screen).toContain("VIP, a free address of the members' subnet [172.31.0.253]: ");
  });

  it('asks on for what has no default when nothing is known', async () => {
    const { plan } = await answered({}, ['web', '', node(1), '', '10.0.0.9', ''], nothing);
    expect(plan).toMatchObject({
      group: 'web',
      vips: ['10.0.0.9'],
      members: [{ instance: node(1), name: undefined }],
      checks: [],
    });
  });

  it('asks for nothing that was said', async () => {
    const said = { group: 'mysql', tag: ['role=db'], vip: ['172.31.0.201'], check: ['db=process:mysqld'] };
    const plan = await makePlan(said, lookup, undefined);
    expect(plan.members.map(({ instance, name }) => [instance, name])).toEqual([
      [node(1), 'db-1'],
      [node(2), 'db-2'],
    ]);
    expect(plan.checks).toEqual([{ name: 'db', kind: 'process', value: 'mysqld' }]);
  });

  it('leaves terminated instances out, and says when a tag finds none', async () => {
    world.cloud.setInstanceState(node(2), 'terminated');
    const said = { group: 'mysql', vip: ['172.31.0.201'] };
    const plan = await makePlan({ ...said, tag: ['role=db'] }, lookup, undefined);
    expect(plan.members.map(({ instance }) => instance)).toEqual([node(1)]);
    await expect(makePlan({ ...said, tag: ['role=db', 'Name=web'] }, lookup, undefined)).rejects.toThrow(
      'no instance has role=db and Name=web',
    );
  });

  it.each([
    ['the group', {}, '--group mysql'],
    ['the instances', { group: 'mysql' }, '--tag role=db'],
    ['the VIP', { group: 'mysql', member: [node(1)] }, '--vip 172.31.0.201'],
  ])('without a person says that %s is missing, and how to say it', async (_what, said, remedy) => {
    await expect(makePlan(said, nothing, undefined)).rejects.toMatchObject({
      code: 'not-said',
      exitCode: 64,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  it('ends when the person does', async () => {
    await expect(answered({}, ['mysql'])).rejects.toMatchObject({ exitCode: 130 });
  });
});
