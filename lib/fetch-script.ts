/** What runs on a host to get the agent. Constant for ever for a bucket: see fetch.py. */
import { readFileSync } from 'node:fs';

/** The program that fetches, verifies and installs. */
export const FETCH_PROGRAM = readFileSync(new URL('fetch.py', import.meta.url), 'utf8');

/** Where hosts keep it, for upgrades by hand. */
const KEPT = '/opt/keepaloft/fetch.py';

/**
 * Lines for a shell that runs as root. The version does not occur in them: every change of user-data restarts the
 * instance.
 *
 * @param bucketName with the artefacts, may be a token
 */
export const fetchLines = (bucketName: string, region: string): string[] => [
  '# The agent of Keepaloft. These lines never change: a change would restart the instance.',
  `mkdir -p ${KEPT.slice(0, KEPT.lastIndexOf('/'))}`,
  `cat >${KEPT} <<'KEEPALOFT'\n${FETCH_PROGRAM}KEEPALOFT`,
  `python3 ${KEPT} ${bucketName} ${region}`,
];

/** One line for the machine of somebody who may read the bucket and reach the host by ssh. */
export const manualLine = (bucketName: string, region: string): string =>
  `aws s3 cp s3://${bucketName}/agent/fetch.py - | ssh HOST sudo python3 - ${bucketName} ${region}`;
