/** Whether this host knows who it is. Pure. */
import type { MetadataFacts } from '../facts.ts';
import { bad, type Finding, ok } from '../finding.ts';

const FORBIDDEN = 403;

export const metadataFindings = (facts: MetadataFacts): Finding[] => {
  switch (facts.kind) {
    case 'unreachable':
      return [
        bad(
          'imds-unreachable',
          `the instance metadata service does not answer: ${facts.message}`,
          'enable it on the instance, and let no firewall rule or proxy stand before 169.254.169.254',
        ),
      ];
    case 'token-lost':
      return [
        bad(
          'imds-hop-limit',
          `the instance metadata service answers, but its IMDSv2 token does not arrive: ${facts.message}`,
          'the agent runs behind one hop too many (a container?): run it on the host, or raise the hop limit: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2',
        ),
      ];
    case 'refused':
      return [
        bad(
          'imds-refused',
          `the instance metadata service answers ${facts.status} to the request for an IMDSv2 token`,
          facts.status === FORBIDDEN
            ? 'it is switched off: aws ec2 modify-instance-metadata-options --http-endpoint enabled'
            : 'check that this is an EC2 instance with IMDSv2',
        ),
      ];
    case 'answers': {
      const { instanceId, address, role } = facts;
      const known = ok('imds', `this is ${instanceId}, ${address}`);
      if (role !== undefined) return [known, ok('instance-profile', `its role is ${role}`)];
      const fix = 'attach an instance profile whose role may call the arbiter';
      return [known, bad('no-instance-profile', 'the instance has no role to sign with', fix)];
    }
  }
};
