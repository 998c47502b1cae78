/** Whether the agent is configured, runs, and has been heard. Pure. */
import type { AgentFile } from '../../../core/wire/config.ts';
import type { AgentFacts, ConfigurationFacts } from '../facts.ts';
import { bad, type Finding, ok, unknown, warn } from '../finding.ts';

const configurationFinding = (facts: ConfigurationFacts): Finding => {
  const { kind, path } = facts;
  switch (kind) {
    case 'missing':
      return bad(
        'not-configured',
        facts.message,
        `fetch it: keepaloft-agent enroll --endpoint URL, the stack's output Endpoint`,
        path,
      );
    case 'wrong':
      return bad('config-wrong', facts.message, 'correct it; `keepaloft-agent --check` reads it again');
    case 'read': {
      const groups = Object.keys(facts.file.groups);
      return ok('configured', `${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}`, path);
    }
  }
};

const answeredFindings = (groups: readonly string[], { pid, answered }: AgentFacts): Finding[] => {
  if (answered === undefined) {
    return [unknown('never-answered', "the agent's state cannot be read", 'run this as root')];
  }
  return groups.flatMap((group) => {
    if (answered.includes(group)) return [ok('answered', 'the arbiter has answered this host', group)];
    // An agent that does not run is told already.
    if (pid === undefined) return [];
    return [
      warn(
        'never-answered',
        'the arbiter has never taken a heartbeat of this host',
        'is this instance a member of the group, and has the group been deployed? journalctl -u keepaloft-agent has the answer in words',
        group,
      ),
    ];
  });
};

const processFinding = ({ pid }: AgentFacts): Finding =>
  pid === undefined
    ? bad(
        'agent-not-running',
        'no agent runs here, or it hangs',
        'systemctl status keepaloft-agent; systemctl enable --now keepaloft-agent',
      )
    : ok('agent', `the agent runs (pid ${pid})`);

/** The agent connects directly whatever these variables say. */
const proxyFindings = ({ proxies }: AgentFacts): Finding[] =>
  proxies.length === 0
    ? []
    : [
        warn(
          'proxy-ignored',
          `${proxies.join(', ')} is set; the agent uses no proxy and connects directly`,
          'give this host a direct way to the API and to 169.254.169.254',
        ),
      ];

const announceFindings = ({ groups }: AgentFile, { mayAnnounce }: AgentFacts): Finding[] => {
  if (mayAnnounce !== false) return [];
  const announced = Object.values(groups)
    .filter(({ mode }) => mode === 'enforce')
    .flatMap(({ vips }) => vips.filter(({ fabric }) => fabric === 'l2'));
  return announced.map(({ address }) =>
    bad(
      'cannot-announce',
      'the agent may send no gratuitous ARP and no neighbour advertisement: after a failover neighbours go on sending to the former holder',
      'install the drop-in /opt/keepaloft/current/l2.conf, see docs/fabrics.md, and start the agent again',
      address,
    ),
  );
};

export const agentFindings = (configuration: ConfigurationFacts, agent: AgentFacts): Finding[] => [
  configurationFinding(configuration),
  processFinding(agent),
  ...(configuration.kind === 'read' ? answeredFindings(Object.keys(configuration.file.groups), agent) : []),
  ...(configuration.kind === 'read' ? announceFindings(configuration.file, agent) : []),
  ...proxyFindings(agent),
];
