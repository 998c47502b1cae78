// Proves that AWS's own list of good practice finds nothing in what is deployed that is not acknowledged with a reason.
import { Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ScaledStack } from '../../examples/asg/stack.ts';
import { NewPairStack } from '../../examples/new-pair/stack.ts';
import { Check, KeepaloftArbiter, Member, Notifier, Vip } from '../../lib/index.ts';
import { inApp, memberRole, nodeA, someSubnet } from './synthesis.ts';

/** What is found in a stack, as `rule: resource`. */
const findings = (stack: Stack): string[] =>
  new AwsSolutionsChecks(stack)
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath ?? ''}`),
    );

const acknowledged = (stack: IConstruct): { id: string; reason: string }[] =>
  stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, unknown>))
      .map(([id, reason]) => ({ id, reason: JSON.stringify(reason) })),
  );

describe('cdk-nag, AwsSolutions', () => {
  it('finds nothing in an arbiter with a group', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      const role = memberRole(stack);
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('172.31.0.201', someSubnet(stack))],
        members: [Member.fromInstanceId(nodeA, { role })],
      });
      expect(findings(stack)).toEqual([]);
    });
  });

  it('finds nothing in one with routes and Elastic IPs, of members that are named and that are selected', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const base = Vip.secondaryIp('172.31.0.201', someSubnet(stack));
      arbiter.addGroup('named', {
        vips: [
          Vip.route('10.99.0.1', 'rtb-0a000000000000001'),
          Vip.elasticIp('eipalloc-0a000000000000001', { address: '198.51.100.10' }),
        ],
        members: [Member.fromInstanceId(nodeA)],
      });
      arbiter.addGroup('selected', {
        vips: [
          base,
          Vip.elasticIp('eipalloc-0a000000000000002', { address: '198.51.100.11', private: base.address }),
        ],
        members: [Member.fromTag({ role: 'edge' })],
      });
      expect(findings(stack)).toEqual([]);
    });
  });

  it('finds nothing in one that is watched, operated and tells people', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const topic = Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:us-east-1:111122223333:pager');
      const secret = Secret.fromSecretNameV2(stack, 'Chat', 'chat');
      arbiter
        .addGroup('mysql', {
          vips: [Vip.secondaryIp('172.31.0.201')],
          members: [Member.fromInstanceId(nodeA)],
          checks: { lag: Check.alarm('replica-lag-{instance}') },
        })
        .addDefaultAlarms(topic);
      arbiter.addDashboard({ operate: true });
      arbiter.addNotifier(Notifier.sns(topic));
      arbiter.addNotifier(Notifier.slack({ secret }));
      arbiter.addNotifier(Notifier.dingTalk({ secret }));
      expect(findings(stack)).toEqual([]);
    });
  });

  it('finds nothing in the new pair', () => {
    inApp((app) => expect(findings(new NewPairStack(app, 'Pair'))).toEqual([]));
  });

  it('finds nothing in the Auto Scaling group', () => {
    inApp((app) => expect(findings(new ScaledStack(app, 'Scaled'))).toEqual([]));
  });

  it('would find something: a table without recovery', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      new Table(stack, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
      expect(findings(stack)).toEqual([expect.stringContaining('AwsSolutions-DDB3')]);
    });
  });

  it('every acknowledgement gives its reason', () => {
    inApp((app) => {
      const all = acknowledged(new NewPairStack(app, 'Pair'));
      expect(all.length).toBeGreaterThan(0);
      for (const { reason } of all) expect(reason.length).toBeGreaterThan(40);
    });
  });
});
