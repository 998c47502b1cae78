/** A keepaloft.yaml with the answers in it and a word on each key. Pure. */

export interface PlannedMember {
  readonly instance: string;
  readonly priority: number;
  /** Its Name tag. */
  readonly name?: string | undefined;
}

/** What one group needs; whether it is right the schema says. */
export interface Plan {
  readonly group: string;
  readonly vips: readonly string[];
  readonly members: readonly PlannedMember[];
  readonly checks: readonly { readonly name: string; readonly kind: string; readonly value: string }[];
  readonly exclusive: boolean;
}

const NAME_CHARS_MAX = 60;

/** What YAML could take for something else is quoted; JSON's strings are YAML's. */
const scalar = (text: string): string => (/^[\w./:-]+$/u.test(text) ? text : JSON.stringify(text));

/** A tag is anybody's text: on one line, and short. */
const remark = (name: string | undefined): string =>
  name === undefined ? '' : ` # ${name.replaceAll(/\p{Cc}+/gu, ' ').slice(0, NAME_CHARS_MAX)}`;

const checkLine = ({ name, kind, value }: Plan['checks'][number]): string => {
  const what = kind === 'script' ? `[${scalar(value)}]` : scalar(value);
  return `      ${scalar(name)}: { ${kind}: ${what}, interval: 1s, timeout: 1s, fall: 2, rise: 2 }`;
};

const checksOf = ({ checks }: Plan): string[] =>
  checks.length > 0
    ? ['    checks:', ...checks.map(checkLine)]
    : [
        '    # checks:',
        '    #   mysqld: { tcp: 127.0.0.1:3306, interval: 1s, timeout: 1s, fall: 2, rise: 2 }',
      ];

const fencingOf = ({ exclusive }: Plan): string[] =>
  exclusive
    ? [
        '    # The lease is the fence: never two hosts with a VIP bound, and none without the arbiter.',
        '    exclusive: true',
        '    timing: { heartbeat: 1s, lease: 5s }',
      ]
    : [
        '    # exclusive: true would keep a VIP from being bound twice at any price, also that of nobody serving it.',
        '    timing: { heartbeat: 1s, lease: 3s }',
      ];

/**
 * The whole file. Parsed again it gives the plan, whatever is in it.
 * @example planText({ group: 'mysql', vips: ['172.31.0.201'], members, checks: [], exclusive: false })
 */
export const planText = (plan: Plan): string =>
  [
    '# Begun with `keepaloft init`. Every key and its default: docs/configuration.md.',
    '# keepaloft validate FILE checks the file, keepaloft preflight FILE whether it works where it is to be deployed.',
    'version: 1',
    'groups:',
    `  ${scalar(plan.group)}:`,
    "    # Addresses of the members' subnet; all of a group's VIPs move together.",
    '    vips:',
    ...plan.vips.map((address) => `      - { address: ${scalar(address)}, fabric: secondary-ip }`),
    '    # Of the healthy members the one with the highest priority is chosen.',
    '    members:',
    ...plan.members.map(
      ({ instance, priority, name }) =>
        `      - { instance: ${scalar(instance)}, priority: ${priority} }${remark(name)}`,
    ),
    '    # An agent reports every heartbeat; when the holder has been silent for a lease, a standby takes over.',
    ...fencingOf(plan),
    '    # preempt: true lets a member with a higher priority take over from a healthy holder when it comes back.',
    '    election: { preempt: false }',
    '    # A check that is down means FAULT: the VIPs move to a healthy member. Others: http, process, script,',
    '    # interface, ping, file.',
    ...checksOf(plan),
    '    # Programs to run when this host becomes one or the other: absolute paths, files of root that nobody else may write.',
    '    # hooks:',
    '    #   onMaster: [/etc/keepaloft/hooks.d/promote]',
    '    #   onBackup: [/etc/keepaloft/hooks.d/demote]',
    '',
  ].join('\n');
