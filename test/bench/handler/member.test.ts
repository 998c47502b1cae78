/** Proves that the benchmark's heartbeats are ones that the arbiter and API Gateway's event format know. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Member } from '../../../bench/handler/member.ts';
import { heartbeatRequestSchema } from '../../../core/wire/heartbeat.ts';
import { groupConfigSchema } from '../../../core/wire/item.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { CredentialStore, MEMBER_ROLE } from '../../../lab/ends/credentials.ts';

const node = 'i-00000000000000001';
const config = groupConfigSchema.parse({
  group: 'demo',
  hash: 'abc',
  vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
  heartbeatMs: 1000,
  leaseMs: 3000,
  preempt: false,
  preemptDelayMs: 0,
  holdDownMs: 60_000,
  members: { [node]: { eni: 'eni-00000000000000001', address: '172.31.0.11', priority: 200 } },
});
const eventSchema = z.looseObject({
  version: z.literal('2.0'),
  body: z.string(),
  headers: z.record(z.string(), z.string()),
  requestContext: z.looseObject({
    authorizer: z.object({ iam: z.looseObject({ userArn: z.string() }) }),
    http: z.looseObject({ sourceIp: z.string() }),
  }),
});

const newMember = (): Member => {
  const credentials = new CredentialStore({ clock: new LabClock() });
  return new Member(node, config, credentials.session(MEMBER_ROLE, node));
};
const nextOf = (member: Member) => {
  const { event, bytes } = member.next();
  const parsed = eventSchema.parse(event);
  return { event: parsed, request: heartbeatRequestSchema.parse(JSON.parse(parsed.body)), bytes };
};

describe('Member', () => {
  it('sends valid heartbeats, signed by the instance itself, whose sequence rises', () => {
    const member = newMember();
    const first = nextOf(member);
    expect(first.event.requestContext.authorizer.iam.userArn).toMatch(new RegExp(`/${node}$`, 'u'));
    expect(first.event.requestContext.http.sourceIp).toBe('172.31.0.11');
    expect(first.request.groups[0]?.configHash).toBe('abc');
    expect(first.bytes).toBe(Buffer.byteLength(first.event.body));
    expect(first.event.headers['content-length']).toBe(String(first.bytes));
    expect(nextOf(member).request.seq).toBe(first.request.seq + 1);
  });

  it('reports what the last answer made of it', () => {
    const member = newMember();
    const vipOf = () => nextOf(member).request.groups[0]?.vips['172.31.0.201'];
    expect(vipOf()).toEqual({ bound: false, inFabric: false });
    member.heard({ rev: 3, role: 'MASTER', epoch: 2, holder: null, heartbeatMs: 1000, reason: 'first' });
    expect(vipOf()).toEqual({ bound: true, inFabric: true });
    expect(nextOf(member).request.groups[0]?.epochSeen).toBe(2);
  });
});
