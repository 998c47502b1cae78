// Proves that identities have AWS's shapes, that keys rotate with a few generations alive, and that permissions are what the roles need.
import { describe, expect, it } from 'vitest';
import {
  ARBITER_ROLE,
  CredentialStore,
  isAllowed,
  LIVE_GENERATIONS_MAX,
  MEMBER_ROLE,
  type Principal,
  SCRIPTED_ROLE,
} from '../../../lab/ends/credentials.ts';
import { instanceId, ManualClock, storeOf } from './small-vpc.ts';

describe('identities', () => {
  it('look like AWS’s', () => {
    const store = storeOf(new ManualClock(0));
    const member = store.session(MEMBER_ROLE, instanceId(1));
    expect(member.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(member.secretAccessKey).toHaveLength(40);
    expect(member.callerId).toMatch(/^AROA[A-Z2-7]{17}:i-00000000000000001$/);
    expect(member.arn).toBe(`arn:aws:sts::111122223333:assumed-role/KeepaloftMember/${instanceId(1)}`);
    const operator = store.operator();
    expect(operator.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(operator).toMatchObject({ kind: 'user', arn: 'arn:aws:iam::111122223333:user/operator' });
    expect(operator).not.toHaveProperty('sessionToken');
  });

  it('sessions of one role share its id and nothing else', () => {
    const store = storeOf(new ManualClock(0));
    const [one, two] = [instanceId(1), instanceId(2)].map((id) => store.session(MEMBER_ROLE, id));
    expect(one?.callerId.split(':')[0]).toBe(two?.callerId.split(':')[0]);
    expect(one?.accessKeyId).not.toBe(two?.accessKeyId);
  });
});

describe('rotation', () => {
  it('issues new keys at half of their life and forgets the oldest generation', () => {
    const clock = new ManualClock(0);
    const store = new CredentialStore({ clock, sessionMs: 1000 });
    const first = store.session(MEMBER_ROLE, instanceId(1));
    clock.advance(499);
    expect(store.session(MEMBER_ROLE, instanceId(1))).toBe(first);
    clock.advance(1);
    expect(store.session(MEMBER_ROLE, instanceId(1))).not.toBe(first);
    expect(store.find(first.accessKeyId)).toBe(first);
    for (let generation = 0; generation < LIVE_GENERATIONS_MAX; generation += 1)
      store.rotate(MEMBER_ROLE, instanceId(1));
    expect(store.find(first.accessKeyId)).toBeUndefined();
  });
});

describe('permissions', () => {
  it('only the arbiter, scripted hosts and the operator may move addresses, only members and the operator may beat, only the operator may order', () => {
    const store = storeOf(new ManualClock(0));
    const member = store.session(MEMBER_ROLE, instanceId(1));
    const arbiter = store.session(ARBITER_ROLE, 'heartbeat');
    const scripted = store.session(SCRIPTED_ROLE, instanceId(2));
    const actions = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:DescribeInstances',
      'execute-api:Invoke/POST/v1/heartbeat',
      'execute-api:Invoke/POST/v1/admin',
      'ec2:ReplaceRoute',
      'ec2:DeleteRoute',
    ];
    const allowed = (who: Principal) => actions.map((action) => isAllowed(who, action));
    expect(allowed(member)).toEqual([false, true, true, false, false, false]);
    expect(allowed(arbiter)).toEqual([true, true, false, false, true, false]);
    expect(allowed(scripted)).toEqual([true, true, false, false, false, false]);
    expect(actions.every((action) => isAllowed(store.operator(), action))).toBe(true);
  });

  it('can be replaced for a role', () => {
    const store = new CredentialStore({
      clock: new ManualClock(0),
      permissions: { [MEMBER_ROLE]: ['ec2:*'] },
    });
    const member = store.session(MEMBER_ROLE, instanceId(1));
    expect(isAllowed(member, 'ec2:AssignPrivateIpAddresses')).toBe(true);
    expect(isAllowed(member, 'execute-api:Invoke/POST/v1/heartbeat')).toBe(false);
  });
});
