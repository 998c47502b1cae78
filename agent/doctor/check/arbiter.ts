/** Whether this host reaches the arbiter, as whom, and how fast. Pure. */
import type { ArbiterFacts, Call, Failed } from '../facts.ts';
import { bad, type Finding, ok, unknown, warn } from '../finding.ts';

/** AWS refuses a signature that is five minutes off; the agent corrects from here on. */
const CLOCK_ERROR_MS_MAX = 30_000;
const LEASE_PARTS = 3;

const PRIVATE_ADDRESS =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd])/u;
/** Names under which Amazon itself serves. */
const AMAZON_NAME = /\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/u;
const AMAZON_ISSUER = /\bAmazon\b|\bAWS\b/u;
/** What API Gateway itself says to whom IAM does not let in, and to whom it does not find here. */
const GATEWAY_CODE = 'Forbidden';
const NOT_FOUND = 404;

const isFailed = (part: object): part is Failed => 'failed' in part;

const unresolvedFindings = ({ host, addresses }: ArbiterFacts): Finding[] => {
  if (!isFailed(addresses)) return [];
  const fix = 'check the endpoint in agent.yaml and the DNS of this host';
  return [bad('arbiter-unresolved', `${host} cannot be looked up: ${addresses.failed}`, fix)];
};

/** Where the name leads inside the VPC; empty where it does not. */
const insideOf = ({ addresses }: ArbiterFacts): string[] =>
  isFailed(addresses) ? [] : addresses.filter((address) => PRIVATE_ADDRESS.test(address));

/** A private API is reached just so, hence only the answer tells which of both it is. */
const privateFindings = (facts: ArbiterFacts, first: Call): Finding[] => {
  const inside = insideOf(facts).join(', ');
  if (inside === '') return [];
  if (isAdmitted(first)) return [ok('arbiter-private', `${facts.host} leads into the VPC (${inside})`)];
  if (first.code !== GATEWAY_CODE && first.status !== NOT_FOUND) return [];
  return [
    bad(
      'arbiter-private',
      `${facts.host} leads to a VPC endpoint (${inside}), which does not serve this API`,
      'the VPC has an execute-api endpoint with private DNS: switch its private DNS off, give the API a name of your own, or use a private API',
    ),
  ];
};

const tlsFindings = ({ host, tls }: ArbiterFacts): Finding[] => {
  if (isFailed(tls)) return [];
  const { authorized, issuer, error } = tls;
  if (AMAZON_NAME.test(host) && !AMAZON_ISSUER.test(issuer)) {
    const fix = `let ${host} pass without inspection`;
    const found = `something on the way answers for ${host} with a certificate of its own, by ${issuer}`;
    return [authorized ? warn('tls-intercepted', found, fix) : bad('tls-intercepted', found, fix)];
  }
  if (authorized) return [];
  const fix = 'name its certificate authority as caFile in agent.yaml';
  return [bad('tls-untrusted', `the certificate of ${host}, by ${issuer}, is not trusted: ${error}`, fix)];
};

/** The request has no content, so "not understood" is the answer of an arbiter that lets this host in. */
const isAdmitted = ({ status }: Call): boolean => status === 400;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

const refusal = ({ status, code, message }: Call, host: string, isPrivate: boolean): Finding => {
  if (status === 401 || status === 403) {
    if (code !== GATEWAY_CODE)
      return bad('arbiter-refuses-host', message, 'use the instance role of the deployment', host);
    const fix = isPrivate
      ? 'see arbiter-private'
      : "allow execute-api:Invoke on POST /v1/heartbeat to the instance's role (the deployment grants it to memberRoles)";
    return bad('arbiter-denied', `the arbiter does not let the instance's role in: ${message}`, fix, host);
  }
  if (status === NOT_FOUND) {
    const fix = 'check the endpoint in agent.yaml: it is the output Endpoint of the stack';
    return bad('arbiter-no-route', `there is no arbiter at ${host}`, fix);
  }
  const fix = 'look at the log of the heartbeat function';
  return bad('arbiter-fails', `the arbiter answers ${status}: ${message}`, fix, host);
};

const clockFinding = (calls: readonly Call[]): Finding[] => {
  const errors = calls.flatMap(({ clockErrorMs }) => clockErrorMs ?? []);
  const [least] = errors.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  if (least === undefined) return [];
  if (Math.abs(least) <= CLOCK_ERROR_MS_MAX) return [ok('clock', 'the wall clock is right')];
  const side = least > 0 ? 'ahead' : 'behind';
  return [
    warn(
      'clock-off',
      `the wall clock is ${seconds(Math.abs(least))} ${side}; the agent corrects its signatures, others may not`,
      'start a time service: chrony with the source 169.254.169.123',
    ),
  ];
};

/** @param leaseMs of the group that has the shortest */
const speedFinding = (calls: readonly Call[], leaseMs: number): Finding[] => {
  const slowestMs = Math.max(...calls.map(({ roundTripMs }) => roundTripMs));
  const said = `the slowest of ${calls.length} answers took ${Math.round(slowestMs)} ms`;
  if (slowestMs * LEASE_PARTS <= leaseMs) return [ok('arbiter-speed', said)];
  return [
    warn(
      'arbiter-slow',
      `${said}, more than a third of the lease (${leaseMs} ms)`,
      'lengthen timing.lease, or look at the network between this host and the region: a false failover is near',
    ),
  ];
};

/** @param leaseMs the shortest lease of this host's groups */
export const arbiterFindings = (facts: ArbiterFacts, leaseMs: number): Finding[] => {
  const { host, calls } = facts;
  const inside = insideOf(facts).join(', ');
  if ('unsigned' in calls) {
    const fix = 'mend what is said of the metadata service and the role first';
    const said = `not asked, for there is nothing to sign with: ${calls.unsigned}`;
    return [...unresolvedFindings(facts), ...tlsFindings(facts), unknown('arbiter', said, fix, host)];
  }
  if (isFailed(calls)) {
    const about = [...unresolvedFindings(facts), ...tlsFindings(facts)];
    if (about.length > 0) return about;
    const fix =
      inside === ''
        ? 'let this host reach it on port 443: NAT gateway, or IPv6 with an egress-only internet gateway; a security group may forbid it'
        : `its name leads into the VPC (${inside}): let the security groups of this host and of that endpoint allow port 443`;
    return [bad('arbiter-unreachable', `no answer from ${host}: ${calls.failed}`, fix)];
  }
  const [first] = calls;
  if (first === undefined) return [];
  const admitted = isAdmitted(first);
  return [
    ...privateFindings(facts, first),
    ...tlsFindings(facts),
    admitted ? ok('arbiter', 'it lets this host in', host) : refusal(first, host, inside !== ''),
    ...clockFinding(calls),
    ...(admitted ? speedFinding(calls, leaseMs) : []),
  ];
};
