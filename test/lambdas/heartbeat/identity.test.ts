// Proves that only an EC2 instance's own role session can be a caller, whatever the ARN looks like.
import { describe, expect, it } from 'vitest';
import { Misconfigured, NodeMismatch } from '../../../lambdas/errors.ts';
import { callerOf } from '../../../lambdas/heartbeat/identity.ts';
import { nodeA } from '../fixtures.ts';

const session = (name: string, role = 'KeepaloftMember', partition = 'aws'): string =>
  `arn:${partition}:sts::111122223333:assumed-role/${role}/${name}`;

describe('callerOf', () => {
  it.each(['aws', 'aws-cn', 'aws-us-gov'])(
    'takes the session name of an instance role in partition %s',
    (partition) => {
      expect(callerOf(session(nodeA, 'KeepaloftMember', partition), undefined)).toBe(nodeA);
    },
  );

  it.each([
    'arn:aws:iam::111122223333:user/operator',
    `arn:aws:iam::111122223333:user/${nodeA}`,
    `arn:aws:sts::111122223333:federated-user/${nodeA}`,
    session('somebody'),
    session('i-0'),
    session(`${nodeA}/${nodeA}`),
    session(`x${nodeA}`),
    session(`${nodeA}\n`),
    `${session(nodeA)} `,
    `arn:evil:sts::111122223333:assumed-role/KeepaloftMember/${nodeA}`,
    `arn:aws:sts::1:assumed-role/KeepaloftMember/${nodeA}`,
    '',
  ])('refuses %j', (arn) => {
    expect(() => callerOf(arn, undefined)).toThrow(NodeMismatch);
  });

  it('with an allow-list believes only the roles on it', () => {
    expect(callerOf(session(nodeA), ['Other', 'KeepaloftMember'])).toBe(nodeA);
    expect(() => callerOf(session(nodeA, 'CI'), ['KeepaloftMember'])).toThrow(NodeMismatch);
  });

  it('a route without IAM authorization is a deployment error, not an anonymous caller', () => {
    expect(() => callerOf(undefined, undefined)).toThrow(Misconfigured);
  });
});
