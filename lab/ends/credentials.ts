/**
 * The identities of the lab's AWS account: who exists, which keys they hold now, what they may do. Keys have the real
 * shapes (AKIA/ASIA, 40-character secrets, session tokens), are random per lab and are worth nothing elsewhere.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

export const LAB_ACCOUNT_ID = '111122223333';
export const LAB_REGION = 'us-east-1';
export const LAB_ORGANISATION_ID = 'o-keepaloft1';
export const MEMBER_ROLE = 'KeepaloftMember';
/** Of hosts that move addresses by a script, without an arbiter: they hold the right that a member never has. */
export const SCRIPTED_ROLE = 'ScriptedMover';
export const ARBITER_ROLE = 'KeepaloftArbiter';
export const OPERATOR_USER = 'operator';

/** How long instance credentials live; EC2's own last about six hours. */
export const DEFAULT_SESSION_MS = 6 * 60 * 60 * 1000;
/** Generations kept alive side by side while an instance still holds older keys. */
export const LIVE_GENERATIONS_MAX = 3;

/** Somebody who signed a request, with the key that did. */
export interface Principal {
  kind: 'user' | 'assumed-role';
  accountId: string;
  /** The ARN that API Gateway shows as `userArn`; for a role it ends in the session name. */
  arn: string;
  /** `AIDA…` for a user, `AROA…:<session>` for a role: both `userId` and `callerId` of the IAM block. */
  callerId: string;
  name: string;
  sessionName?: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  issuedAtMs: number;
  expiresAtMs?: number;
  /**
   * Allowed actions, `*` as wildcard, for example `ec2:Describe*`; of the API with the route as the end of its ARN has
   * it, for example `execute-api:Invoke/POST/v1/heartbeat`.
   */
  permissions: readonly string[];
}

/** A principal that holds a session: its token and expiry are always there. */
export interface SessionPrincipal extends Principal {
  kind: 'assumed-role';
  sessionName: string;
  sessionToken: string;
  expiresAtMs: number;
}

/** What each role and user of the lab may do, unless the owner of the store says otherwise. */
export const DEFAULT_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  // Of its own routes only: a host must not be able to give an operator's orders. And the agent's artefacts.
  [MEMBER_ROLE]: [
    'execute-api:Invoke/POST/v1/heartbeat',
    'execute-api:Invoke/POST/v1/enroll',
    'ec2:Describe*',
    's3:GetObject/agent/*',
  ],
  [SCRIPTED_ROLE]: ['ec2:AssignPrivateIpAddresses', 'ec2:Describe*'],
  [ARBITER_ROLE]: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
    'ec2:AssignIpv6Addresses',
    'ec2:UnassignIpv6Addresses',
    'ec2:ReplaceRoute',
    'ec2:CreateRoute',
    'ec2:AssociateAddress',
    'ec2:Describe*',
    'dynamodb:*',
    'logs:*',
  ],
  [OPERATOR_USER]: ['*'],
};

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function randomId(prefix: string, length: number): string {
  let id = prefix;
  for (const byte of randomBytes(length)) id += BASE32[byte % BASE32.length] ?? 'A';
  return id;
}

const newKey = (prefix: 'AKIA' | 'ASIA') => ({
  accessKeyId: randomId(prefix, 16),
  secretAccessKey: randomBytes(30).toString('base64'),
});

/** True when `principal` may perform `action`, for example `ec2:AssignPrivateIpAddresses`. */
export function isAllowed(principal: Principal, action: string): boolean {
  return principal.permissions.some((pattern) => {
    const star = pattern.indexOf('*');
    return star < 0 ? pattern === action : action.startsWith(pattern.slice(0, star));
  });
}

export interface CredentialStoreOptions {
  clock: Clock;
  sessionMs?: number;
  /** Replaces the permissions of the named roles or users. */
  permissions?: Record<string, readonly string[]>;
}

/** Issues, rotates and finds the keys of one lab. */
export class CredentialStore {
  readonly #clock: Clock;
  readonly #sessionMs: number;
  readonly #permissions: Record<string, readonly string[]>;
  readonly #byAccessKey = new Map<string, Principal>();
  readonly #generations = new Map<string, SessionPrincipal[]>();
  readonly #roleIds = new Map<string, string>();
  readonly #operator: Principal;

  constructor(options: CredentialStoreOptions) {
    this.#clock = options.clock;
    this.#sessionMs = options.sessionMs ?? DEFAULT_SESSION_MS;
    this.#permissions = { ...DEFAULT_PERMISSIONS, ...options.permissions };
    this.#operator = {
      kind: 'user',
      accountId: LAB_ACCOUNT_ID,
      arn: `arn:aws:iam::${LAB_ACCOUNT_ID}:user/${OPERATOR_USER}`,
      callerId: randomId('AIDA', 17),
      name: OPERATOR_USER,
      ...newKey('AKIA'),
      issuedAtMs: this.#clock.nowMs(),
      permissions: this.#permissions[OPERATOR_USER] ?? [],
    };
    this.#byAccessKey.set(this.#operator.accessKeyId, this.#operator);
  }

  /** The IAM user whose permanent keys the machine's shell gets. */
  operator(): Principal {
    return this.#operator;
  }

  /** The owner of an access key; expired ones are still found, so that the caller can say why it refuses. */
  find(accessKeyId: string): Principal | undefined {
    return this.#byAccessKey.get(accessKeyId);
  }

  /** Replaces what later sessions of one role, or one session of it, may do. */
  allow(role: string, sessionName: string | undefined, permissions: readonly string[]): void {
    this.#permissions[sessionName === undefined ? role : `${role}/${sessionName}`] = permissions;
  }

  /** The unique id of a role, `AROA…`. */
  roleId(role: string): string {
    let id = this.#roleIds.get(role);
    if (id === undefined) {
      id = randomId('AROA', 17);
      this.#roleIds.set(role, id);
    }
    return id;
  }

  /**
   * The current session keys of an instance's role (the session name is the instance id) or of a function's role
   * (the session name is the function). A new generation is issued once less than half of the life is left.
   */
  session(role: string, sessionName: string): SessionPrincipal {
    const current = this.#generations.get(`${role}/${sessionName}`)?.at(-1);
    const leftMs = current === undefined ? 0 : current.expiresAtMs - this.#clock.nowMs();
    return current !== undefined && leftMs > this.#sessionMs / 2 ? current : this.rotate(role, sessionName);
  }

  /** Issues a new generation now; the last few older ones stay valid until they expire. */
  rotate(role: string, sessionName: string): SessionPrincipal {
    const nowMs = this.#clock.nowMs();
    const principal: SessionPrincipal = {
      kind: 'assumed-role',
      accountId: LAB_ACCOUNT_ID,
      arn: `arn:aws:sts::${LAB_ACCOUNT_ID}:assumed-role/${role}/${sessionName}`,
      callerId: `${this.roleId(role)}:${sessionName}`,
      name: role,
      sessionName,
      ...newKey('ASIA'),
      sessionToken: randomBytes(192).toString('base64'),
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + this.#sessionMs,
      permissions: this.#permissions[`${role}/${sessionName}`] ?? this.#permissions[role] ?? [],
    };
    const key = `${role}/${sessionName}`;
    const generations = [...(this.#generations.get(key) ?? []), principal];
    for (const old of generations.splice(0, Math.max(0, generations.length - LIVE_GENERATIONS_MAX)))
      this.#byAccessKey.delete(old.accessKeyId);
    this.#generations.set(key, generations);
    this.#byAccessKey.set(principal.accessKeyId, principal);
    return principal;
  }
}
