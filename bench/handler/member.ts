/** A member of the group as the handler sees it: its heartbeats, as API Gateway would deliver them. */
import { randomBytes } from 'node:crypto';
import type { GroupAnswer, HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import { nodeIdSchema } from '../../core/wire/names.ts';
import { API_DOMAIN, buildEvent } from '../../lab/ends/api/event.ts';
import type { SessionPrincipal } from '../../lab/ends/credentials.ts';

const ROUTE = 'POST /v1/heartbeat';
const PATH = '/v1/heartbeat';
const HTTPS_PORT = 443;
const REQUEST_ID_BYTES = 11;

const amzDate = (nowMs: number): string => new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/gu, '');

/** The headers a signed request carries. The gateway has checked the signature; the handler never sees its key. */
const signedHeaders = (
  principal: SessionPrincipal,
  length: number,
  nowMs: number,
): Record<string, string> => {
  const date = amzDate(nowMs);
  const scope = `${date.slice(0, 8)}/us-east-1/execute-api/aws4_request`;
  const names = 'content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token';
  return {
    host: API_DOMAIN,
    'content-type': 'application/json',
    'content-length': String(length),
    'x-amz-date': date,
    'x-amz-security-token': principal.sessionToken,
    'x-amz-content-sha256': randomBytes(32).toString('hex'),
    authorization: `AWS4-HMAC-SHA256 Credential=${principal.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${randomBytes(32).toString('hex')}`,
  };
};

export interface Delivery {
  readonly request: HeartbeatRequest;
  readonly principal: SessionPrincipal;
  readonly sourceIp: string;
  readonly nowMs: number;
}

/** A heartbeat as API Gateway delivers it to the handler; `bytes` is the size of its body. */
export const heartbeatEvent = (delivery: Delivery): { event: object; bytes: number } => {
  const { principal, sourceIp, nowMs } = delivery;
  const body = Buffer.from(JSON.stringify(delivery.request));
  const event = buildEvent({
    method: 'POST',
    url: PATH,
    routeKey: ROUTE,
    headers: signedHeaders(principal, body.length, nowMs),
    body,
    sourceIp,
    principal,
    requestId: `${randomBytes(REQUEST_ID_BYTES).toString('base64url')}=`,
    nowMs,
    port: HTTPS_PORT,
    isSecure: true,
  });
  return { event, bytes: body.length };
};

export class Member {
  readonly #principal: SessionPrincipal;
  readonly #config: GroupConfig;
  readonly #node: string;
  readonly #boot = Date.now();
  #seq = 0;
  #epoch = 0;
  isHolder = false;

  constructor(node: string, config: GroupConfig, principal: SessionPrincipal) {
    this.#node = node;
    this.#config = config;
    this.#principal = principal;
  }

  /** The next heartbeat, healthy and in agreement with the last answer; `bytes` is the size of its body. */
  next(): { event: object; bytes: number } {
    this.#seq += 1;
    return heartbeatEvent({
      request: this.#request(),
      principal: this.#principal,
      sourceIp: this.#config.members[nodeIdSchema.parse(this.#node)]?.address ?? '',
      nowMs: Date.now(),
    });
  }

  heard(answer: GroupAnswer): void {
    this.isHolder = answer.role === 'MASTER';
    this.#epoch = answer.epoch;
  }

  #request(): HeartbeatRequest {
    const node = nodeIdSchema.parse(this.#node);
    const here = { bound: this.isHolder, inFabric: this.isHolder };
    return {
      v: 1,
      node,
      boot: this.#boot,
      seq: this.#seq,
      agent: '0.1.0',
      groups: [
        {
          name: this.#config.group,
          configHash: this.#config.hash,
          epochSeen: this.#epoch,
          priority: this.#config.members[node]?.priority ?? 1,
          health: 'ok',
          holdMs: 0,
          vips: Object.fromEntries(this.#config.vips.map((vip) => [vip.address, here])),
        },
      ],
    };
  }
}
