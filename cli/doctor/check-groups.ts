/** What an arbiter's own status says is wrong with its groups, and how they differ from a file. Pure. */
import { bad, type Finding, ok, warn } from '../../agent/doctor/finding.ts';
import type { GroupFailure, GroupStatus, MemberStatus, StatusResponse } from '../../core/wire/admin.ts';
import { configHashOf } from '../../core/wire/compile.ts';
import type { KeepaloftFile } from '../../core/wire/config.ts';
import { DECLINE_WORDS } from '../../core/wire/item.ts';
import { elapsed } from '../table.ts';

const isFailure = (group: GroupStatus | GroupFailure): group is GroupFailure => 'error' in group;

const SILENT_FIX =
  'is the instance running, and its agent? On it: sudo keepaloft-agent doctor. Its way to the API may be cut';

/** What keeps a member from serving, or from taking over. */
const memberFinding = (member: MemberStatus, name: string): Finding[] => {
  const { node, state, drained, deaf, bannedMs, bannedWhy, degradedBy } = member;
  const about = `${name} ${node}`;
  const states: Partial<Record<MemberStatus['state'], Finding>> = {
    FAULT: warn(
      'member-fault',
      member.detail?.fault ?? 'its checks fail',
      `on it: look at the service, and at journalctl -u keepaloft-agent`,
      about,
    ),
    SILENT: warn('member-silent', `no heartbeat for ${elapsed(member.beatAgeMs ?? 0)}`, SILENT_FIX, about),
    UNSEEN: warn(
      'member-unseen',
      'it has never sent a heartbeat',
      'install the agent there, then on it: sudo keepaloft-agent doctor',
      about,
    ),
    LEFT: warn('member-left', 'its agent has been stopped', 'systemctl start keepaloft-agent', about),
  };
  const found = states[state];
  return [
    ...(found === undefined ? [] : [found]),
    ...(drained
      ? [warn('member-drained', 'an operator keeps it away', `keepaloft undrain ${name} ${node}`, about)]
      : []),
    ...(deaf ? [bad('member-deaf', 'it sends, and hears no answers', SILENT_FIX, about)] : []),
    ...(bannedMs === null
      ? []
      : [
          warn(
            'member-banned',
            bannedWhy === undefined
              ? `the fabric has refused it; it is not chosen for ${elapsed(bannedMs)}`
              : `${DECLINE_WORDS[bannedWhy]}; it is not chosen for ${elapsed(bannedMs)}`,
            bannedWhy === undefined
              ? `keepaloft history ${name} has the error of EC2; keepaloft preflight looks for the cause`
              : 'on it: journalctl -u keepaloft-agent has the last line of what the hook said',
            about,
          ),
        ]),
    ...(degradedBy.length === 0
      ? []
      : [
          warn(
            'member-degraded',
            `its priority is lowered by ${degradedBy.join(', ')}`,
            'look at what the check looks at',
            about,
          ),
        ]),
  ];
};

/** Members that have not been given what was deployed. A silent one says nothing of now. */
const skewFindings = ({ name, configHash, members }: GroupStatus): Finding[] =>
  members
    .filter(({ state, detail }) => state !== 'SILENT' && (detail?.configHash ?? configHash) !== configHash)
    .map(({ node }) => {
      const fix = 'give it the configuration that was deployed; on it: systemctl reload keepaloft-agent';
      return warn(
        'config-differs',
        'it runs another configuration than the one deployed',
        fix,
        `${name} ${node}`,
      );
    });

/** As often as the sweep is missed by its own alarm. */
const SWEEP_MS_MAX = 180_000;

const sweepFindings = ({ sweep }: StatusResponse): Finding[] => {
  if (sweep === undefined || (sweep !== null && sweep.ageMs <= SWEEP_MS_MAX)) return [];
  const said =
    sweep === null ? 'there has been no sweep yet' : `the last sweep was ${elapsed(sweep.ageMs)} ago`;
  const fix =
    'look at the schedule and the log of the sweep function: nothing repairs drift of a silent group meanwhile';
  return [warn('sweep-missing', said, fix)];
};

/** Where hosts and fabric contradict each other. A silent member's last word is no longer true. */
const bindingFindings = ({ name, holder, phase, members }: GroupStatus): Finding[] => {
  if (phase !== 'held') return [];
  return members
    .filter(({ state }) => state !== 'SILENT' && state !== 'UNSEEN')
    .flatMap(({ node, bound, inFabric }) => {
      const about = `${name} ${node}`;
      if (node === holder) {
        if (inFabric !== false) return [];
        const fix =
          'the arbiter repairs it within seconds; if it comes again: which other program moves this address?';
        return [
          bad('fabric-elsewhere', 'it is the holder, and the fabric sends the VIP elsewhere', fix, about),
        ];
      }
      if (bound === true) {
        const fix = 'on it: sudo keepaloft-agent doctor says what binds it';
        return [bad('vip-bound-twice', 'it has the VIP bound and is not the holder', fix, about)];
      }
      if (inFabric !== true) return [];
      const fix =
        'the arbiter repairs it within seconds; if it comes again: which other program moves this address?';
      return [
        bad('fabric-elsewhere', 'the fabric sends the VIP to it, and it is not the holder', fix, about),
      ];
    });
};

const groupFinding = (group: GroupStatus): Finding => {
  const { name, health, paused, standby, holder } = group;
  if (health === 'down') {
    return bad(
      'not-served',
      `no host is known to serve it (${group.phase})`,
      `keepaloft status ${name}`,
      name,
    );
  }
  if (paused) {
    const fix = `keepaloft history ${name} says whose order it was; keepaloft resume ${name}`;
    return warn('paused', 'nothing moves, also when the holder dies', fix, name);
  }
  if (standby === null) {
    return warn('no-standby', 'the next failure is an outage', 'bring one of the members back', name);
  }
  return ok('served', `held by ${holder ?? 'nobody'}, ${standby} would take over`, name);
};

const deploymentFindings = (groups: StatusResponse['groups'], file: KeepaloftFile): Finding[] => {
  const deployed = new Map(groups.map((group) => [group.name, group]));
  const planned = Object.entries(file.groups).flatMap(([name, group]): Finding[] => {
    const found = deployed.get(name);
    if (found === undefined) {
      const fix = 'deploy the file: npx cdk deploy -c config=FILE';
      return [bad('group-not-deployed', 'the file has it, and the arbiter does not', fix, name)];
    }
    if (isFailure(found) || found.configHash === configHashOf(group)) return [];
    const fix = 'deploy the file, or correct it: the arbiter goes by what was deployed';
    return [warn('group-differs', 'what was deployed is not what the file says', fix, name)];
  });
  const unplanned = groups
    .filter(({ name }) => file.groups[name] === undefined)
    .map(({ name }) =>
      warn('group-not-in-file', 'the arbiter has it, and the file does not', 'is this the right file?', name),
    );
  return [...planned, ...unplanned];
};

const brakeFindings = ({ brake }: StatusResponse): Finding[] => {
  if (brake === null)
    return [warn('brake-unreadable', 'the brake cannot be read', 'look at the log of the admin function')];
  if (!brake.engaged) return [];
  const fix = 'look at API Gateway, Lambda and the network of the hosts; an ordered failover is not held up';
  return [bad('brake-engaged', `nobody is replaced for silence for ${elapsed(brake.leftMs)}`, fix)];
};

/** @param file what should be deployed; undefined: nothing is compared */
export const groupFindings = (status: StatusResponse, file: KeepaloftFile | undefined): Finding[] => [
  ...brakeFindings(status),
  ...sweepFindings(status),
  ...(status.groups.length === 0 && file === undefined
    ? [warn('no-group', 'no group is deployed', 'deploy a keepaloft.yaml')]
    : []),
  ...status.groups.flatMap((group): Finding[] =>
    isFailure(group)
      ? [
          bad(
            'group-unreadable',
            group.error.message,
            'restore its item from a backup: see docs/operations.md',
            group.name,
          ),
        ]
      : [
          groupFinding(group),
          ...bindingFindings(group),
          ...skewFindings(group),
          ...group.members.flatMap((member) => memberFinding(member, group.name)),
        ],
  ),
  ...(file === undefined ? [] : deploymentFindings(status.groups, file)),
];
