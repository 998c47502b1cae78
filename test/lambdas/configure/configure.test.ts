// Proves that a deployment's events create, change and remove groups as CloudFormation expects, from what EC2 says of
// the members, and that what cannot work is refused with its reason and changes nothing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigureDeps, configure } from '../../../lambdas/configure/configure.ts';
import { BadRequest, UnknownGroup } from '../../../lambdas/errors.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createClaims } from '../../../lambdas/store/claims.ts';
import { createDocuments } from '../../../lambdas/store/documents.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { eniA, eniB, eniC, nodeA, nodeB, nodeC, stranger } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const STACK = 'arn:aws:cloudformation:us-east-1:111122223333:stack/ha/1';
let table: Table;
let world: Awaited<ReturnType<typeof openEc2>>;
let deps: TestDeps & ConfigureDeps;
let group: string;
let vip: string;
let groups = 0;
let pauses = 0;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
beforeEach(async () => {
  world = await openEc2();
  const store = createStore({ client: table.client, tableName: TABLE });
  const items = openTable({ client: table.client, tableName: TABLE });
  deps = {
    ...testDeps(store, world.fabric),
    ec2: world.client,
    claims: createClaims(items),
    documents: createDocuments(items),
    pause: async () => (pauses += 1),
  };
  pauses = 0;
  groups += 1;
  group = `configure-${groups}`;
  vip = `172.31.0.${100 + groups}`;
});
afterEach(() => world.close());

const MEMBERS = [{ instance: nodeA, priority: 200 }, { instance: nodeB }];
const LATE = {
  instanceId: 'i-0d000000000000004',
  networkInterfaceId: 'eni-0d000000000000004',
  subnetId: 'subnet-0a000000000000001',
  privateIpAddress: '172.31.0.14',
  macAddress: '02:00:ac:1f:00:0e',
};
const documentOf = (fields: object = {}, name = group): string =>
  JSON.stringify({
    version: 1,
    groups: { [name]: { vips: [{ address: vip, fabric: 'secondary-ip' }], members: MEMBERS, ...fields } },
  });
const event = (type: 'Create' | 'Update' | 'Delete', fields: object = {}, properties: object = {}) => ({
  RequestType: type,
  ResourceType: 'Custom::KeepaloftGroup',
  StackId: STACK,
  RequestId: 'r-1',
  ResponseURL: 'https://cloudformation.example/answer',
  LogicalResourceId: 'HaGroup',
  ...(type === 'Create' ? {} : { PhysicalResourceId: group }),
  ResourceProperties: { ServiceToken: 'arn:aws:lambda:…', Document: documentOf(), ...properties },
  ...fields,
});
const run = (...args: Parameters<typeof event>) => configure(event(...args), deps);
const hold = async (): Promise<void> => {
  const state = await deps.store.load(group);
  const held = { ...state, rev: state.rev + 1, phase: 'held', holder: nodeA, epoch: 1 } as const;
  await deps.store.swap(state, held, deps.nonce());
};
const groupsCounted = async (): Promise<number> => (await deps.store.brake.load()).groups;

describe('routes and Elastic IPs', () => {
  const TABLE_ID = 'rtb-0a000000000000001';
  const vips = [{ address: '10.99.0.1', fabric: 'route', tables: [TABLE_ID] }];
  const deployed = () => run('Create', {}, { Document: documentOf({ vips }) });
  beforeEach(() => {
    deps = { ...deps, fabricOf: createFabrics(world.client) };
  });

  it('are refused with all that speaks against them', async () => {
    const refusal = await deployed().catch((error: unknown) => String(error));
    expect(refusal).toContain(`${TABLE_ID} does not exist`);
    expect(refusal).toContain(`the source/destination check of ${eniA} is on`);
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
  });

  it('that a move would take from somebody are told in the log, and deployed', async () => {
    world.cloud.routeTables.add({ routeTableId: TABLE_ID, vpcId: 'vpc-0a000000000000001' });
    for (const eni of [eniA, eniB]) world.cloud.setSourceDestCheck(eni, false);
    world.cloud.routeTables.create(TABLE_ID, '10.99.0.1/32', eniC);
    await deployed();
    expect((await deps.store.load(group)).phase).toBe('vacant');
    expect(deps.lines).toContainEqual({
      level: 'warn',
      message: 'fabric-hint',
      fields: { group, address: '10.99.0.1', hint: expect.stringContaining("no member's") as unknown },
    });
  });
});

describe('create and update', () => {
  it('writes the group with interface and address of each member as EC2 knows them', async () => {
    const answer = await run('Create');
    const { configHash, phase } = await deps.store.load(group);
    expect(answer).toEqual({ PhysicalResourceId: group, Data: { Hash: configHash } });
    expect(phase).toBe('vacant');
    expect(await deps.store.loadConfig(group, configHash)).toMatchObject({
      heartbeatMs: 1000,
      leaseMs: 3000,
      members: {
        [nodeA]: { eni: eniA, address: '172.31.0.11', priority: 200 },
        [nodeB]: { eni: eniB, address: '172.31.0.12', priority: 100 },
      },
    });
  });

  it('the same event again changes nothing and counts no second group', async () => {
    await run('Create');
    const [before, counted] = [await table.raw(group, 'state'), await groupsCounted()];
    await run('Create');
    expect(await table.raw(group, 'state')).toBe(before);
    expect(await groupsCounted()).toBe(counted);
  });

  it('an update keeps the physical id, so that nothing is replaced', async () => {
    await run('Create');
    const { configHash } = await deps.store.load(group);
    const answer = await run('Update', {}, { Document: documentOf({ election: { preempt: true } }) });
    expect(answer.PhysicalResourceId).toBe(group);
    expect((await deps.store.load(group)).configHash).not.toBe(configHash);
  });

  it('an update frees the VIPs that it takes out', async () => {
    await run('Create');
    const vips = [{ address: '172.31.0.250', fabric: 'secondary-ip' }];
    const OldResourceProperties = { Document: documentOf() };
    await run('Update', { OldResourceProperties }, { Document: documentOf({ vips }) });
    const other = documentOf({}, `${group}-other`);
    await expect(run('Create', { LogicalResourceId: 'Other' }, { Document: other })).resolves.toBeDefined();
  });
});

describe('enrolment', () => {
  const enrolment = { ResourceType: 'Custom::KeepaloftEnrolment' };

  it('tells interfaces and addresses in the order of the members, and writes nothing', async () => {
    expect(await run('Create', enrolment)).toEqual({
      PhysicalResourceId: `enrolment/${group}`,
      Data: { Eni0: eniA, Address0: '172.31.0.11', Eni1: eniB, Address1: '172.31.0.12' },
    });
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
  });

  it('its deletion removes nothing', async () => {
    await run('Create');
    const PhysicalResourceId = `enrolment/${group}`;
    expect(await run('Delete', { ...enrolment, PhysicalResourceId })).toEqual({ PhysicalResourceId });
    expect(await deps.store.load(group)).toMatchObject({ group });
  });
});

describe('what cannot work', () => {
  it.each<[string, string, () => string]>([
    [
      'a VIP outside the subnet',
      'lies outside the subnet',
      () => documentOf({ vips: [{ address: '10.9.9.9', fabric: 'secondary-ip' }] }),
    ],
    [
      'an address that EC2 keeps',
      'one of the five addresses',
      () => documentOf({ vips: [{ address: '172.31.0.2', fabric: 'secondary-ip' }] }),
    ],
    [
      'a primary address',
      'is the primary address of',
      () => documentOf({ vips: [{ address: '172.31.0.13', fabric: 'secondary-ip' }] }),
    ],
    [
      'an instance that does not exist',
      `${stranger} is not known`,
      () => documentOf({ members: [...MEMBERS, { instance: stranger }] }),
    ],
    [
      'a lease of less than three heartbeats',
      'lease must be at least 3 heartbeats',
      () => documentOf({ timing: { lease: '2s' } }),
    ],
    ['an unknown key', 'preemt', () => documentOf({ preemt: true })],
    ['two groups', 'exactly one group', () => '{"version":1,"groups":{}}'],
    ['what is no JSON', 'is not JSON', () => 'version: 1'],
  ])('%s: refused with "%s", nothing written', async (_, reason, document) => {
    await expect(run('Create', {}, { Document: document() })).rejects.toThrow(
      reason === 'exactly one group' ? /1 to 32 groups|Invalid input/ : reason,
    );
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
  });

  it('a terminated instance is named with what to do', async () => {
    world.cloud.setInstanceState(nodeC, 'terminated');
    const members = [...MEMBERS, { instance: nodeC }];
    await expect(run('Create', {}, { Document: documentOf({ members }) })).rejects.toThrow(
      `${nodeC} is terminated: take it out of the group's members`,
    );
  });

  it('an instance that EC2 does not show is looked for again: it may have been started a moment ago', async () => {
    const starts = async () => {
      if ((pauses += 1) === 2) world.cloud.addInstance(LATE);
    };
    const members = [...MEMBERS, { instance: LATE.instanceId }];
    await configure(event('Create', {}, { Document: documentOf({ members }) }), { ...deps, pause: starts });
    expect(pauses).toBe(2);
    const { configHash } = await deps.store.load(group);
    expect((await deps.store.loadConfig(group, configHash)).members).toHaveProperty(LATE.instanceId);
  });

  it('a property or an event that nobody knows is refused', async () => {
    await expect(run('Create', {}, { Forced: 'true' })).rejects.toThrow('Forced');
    await expect(configure({ config: {} }, deps)).rejects.toThrow(BadRequest);
    await expect(run('Create', { ResourceType: 'Custom::Other' })).rejects.toThrow(BadRequest);
  });

  it('EC2 that does not answer fails the deployment', async () => {
    world.throttle();
    await expect(run('Create')).rejects.toThrow(/Request limit exceeded/i);
  });

  it('the VIP of another group is refused: a group is not renamed by making it twice', async () => {
    await run('Create');
    const renamed = documentOf({}, `${group}-new`);
    await expect(run('Create', { LogicalResourceId: 'New' }, { Document: renamed })).rejects.toThrow(
      `${vip} belongs to group ${group}`,
    );
    await expect(deps.store.load(`${group}-new`)).rejects.toThrow(UnknownGroup);
  });
});

describe('delete', () => {
  it('removes a vacant group and its place in the count, and frees its VIP', async () => {
    const before = await groupsCounted();
    await run('Create');
    expect(await run('Delete')).toEqual({ PhysicalResourceId: group });
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
    expect(await groupsCounted()).toBe(before);
    const other = documentOf({}, `${group}-other`);
    await expect(run('Create', { LogicalResourceId: 'Other' }, { Document: other })).resolves.toBeDefined();
  });

  it('again, or of what never came to be, is well', async () => {
    await expect(run('Delete')).resolves.toEqual({ PhysicalResourceId: group });
    const PhysicalResourceId = 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED';
    await expect(run('Delete', { PhysicalResourceId })).resolves.toEqual({ PhysicalResourceId });
  });

  it('is refused while somebody holds the group, unless forced', async () => {
    await run('Create');
    await hold();
    const before = await table.raw(group, 'state');
    await expect(run('Delete')).rejects.toThrow(`group ${group} is held by ${nodeA}`);
    await expect(run('Delete')).rejects.toThrow(`-c forceRemoval=${group}`);
    await expect(run('Delete', {}, { ForceRemoval: 'yes' })).rejects.toThrow(BadRequest);
    expect(await table.raw(group, 'state')).toBe(before);
    await run('Delete', {}, { ForceRemoval: 'true' });
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
  });

  it('properties of another version neither force nor keep a removal', async () => {
    await run('Create');
    await hold();
    const ResourceProperties = { Something: 'else' };
    await expect(run('Delete', { ResourceProperties })).rejects.toThrow('is held by');
  });

  it('of the resource that another has replaced leaves the group alone', async () => {
    await run('Create');
    await run('Create', { LogicalResourceId: 'Moved' });
    expect(await run('Delete')).toEqual({ PhysicalResourceId: group });
    expect(await deps.store.load(group)).toMatchObject({ group });
    await run('Delete', { LogicalResourceId: 'Moved' });
    await expect(deps.store.load(group)).rejects.toThrow(UnknownGroup);
  });

  it('a group that returns starts anew, with its configuration', async () => {
    await run('Create');
    await hold();
    await run('Delete', {}, { ForceRemoval: 'true' });
    await run('Create');
    expect(await deps.store.load(group)).toMatchObject({ phase: 'vacant', epoch: 0 });
  });
});
