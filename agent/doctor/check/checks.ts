/** Whether checks of interfaces, pings and files can work on this host. Pure. */
import type { CheckFacts } from '../facts.ts';
import { bad, type Finding, ok, unknown, warn } from '../finding.ts';

/** The unit gives the agent a /tmp of its own and shows it no homes (PrivateTmp=, ProtectHome=). */
const HIDDEN = /^\/(?:tmp|var\/tmp|home|root|run\/user)\//u;

const fileFinding = ({ use, target, isAbsent, result: { passed, detail } }: CheckFacts): Finding => {
  if (HIDDEN.test(target)) {
    const told = `${target} lies where the agent's unit hides what others write`;
    return warn(
      'file-hidden',
      told,
      'keep it in /run or /var/lib; for the agent it does not exist there',
      use,
    );
  }
  if (!passed) return bad('file-without-number', detail, 'write a whole number into it, decimal', use);
  if (isAbsent) {
    const fix = 'whoever is to write it does not run, or writes elsewhere; nothing to do if that is meant';
    return warn('file-absent', `${target} does not exist, and counts as 0`, fix, use);
  }
  return ok('file', detail, use);
};

const findingOf = (facts: CheckFacts): Finding => {
  const { use, kind, target, result } = facts;
  if (kind === 'file') return fileFinding(facts);
  if (result.passed) return ok(kind, result.detail, use);
  if (kind === 'interface') {
    return bad('interface-down', result.detail, `look at: ip link show ${target}`, use);
  }
  const fix =
    'let it answer (security groups, firewalls), or name an address that does: not every cloud’s gateway answers pings';
  return bad('ping-unanswered', result.detail, fix, use);
};

const PING_FIX =
  'sysctl -w net.ipv4.ping_group_range="0 0", and the same in /etc/sysctl.d: install.sh of this version does both';

const permissionFindings = (mayPing: boolean | undefined): Finding[] => {
  if (mayPing === true) return [];
  const told = 'the agent may open no socket for pings: every ping check of it fails';
  return mayPing === false
    ? [bad('ping-not-allowed', told, PING_FIX)]
    : [unknown('ping-not-allowed', 'net.ipv4.ping_group_range cannot be read', 'run this as root')];
};

/** @param mayPing undefined: it cannot be told */
export const checksFindings = (checks: readonly CheckFacts[], mayPing: boolean | undefined): Finding[] => {
  const pings = checks.some(({ kind }) => kind === 'ping');
  return [...(pings ? permissionFindings(mayPing) : []), ...checks.map(findingOf)];
};
