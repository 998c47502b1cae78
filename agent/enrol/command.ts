/** `keepaloft-agent enroll`: fetches this host's configuration and writes it down. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { AgentFile } from '../../core/wire/config.ts';
import type { EnrolResponse } from '../../core/wire/enrol.ts';
import { CONFIG_PATH_DEFAULT } from '../config.ts';
import { HostError, messageOf } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { createCredentials } from '../host/credentials.ts';
import { createImds, IMDS_ENDPOINT, PATIENT_TIMEOUT_MS } from '../host/imds.ts';
import { openLog } from '../log.ts';
import { createAsk } from './ask.ts';
import { fileText, type HostPart, readText } from './document.ts';
import { checkPrograms } from './programs.ts';
import { keepAside, writeConfig } from './write.ts';

export const ENROLL_HELP = `keepaloft-agent enroll --endpoint URL [--region REGION]
Fetches this host's configuration from the arbiter, as the instance that the metadata service says this host is, and
writes it. The running agent then follows every change by itself.

  --endpoint URL  the arbiter: the deployment's output \`Endpoint\` [that of the file, if there is one]
  --region R      the arbiter's region [that of the file, else the instance's own]
  --config FILE   where to write it [${CONFIG_PATH_DEFAULT}]
  --ca-file FILE  PEM, the only certificate authority to trust
  --json          say what was done as JSON
  --help          print this

interface, scriptUser and logLevel of an earlier file stay. One that was not fetched is kept beside it as FILE.before.
Exit: 0 written, 1 not answered or refused, 64 wrong arguments, 78 the configuration cannot be run here.
`;

interface Wanted {
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly caFile: string | undefined;
  readonly path: string;
  readonly json: boolean;
}

/** Undefined: only the help was wanted. @throws TypeError of parseArgs for arguments that nobody knows */
export const parseEnrol = (args: readonly string[]): Wanted | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      endpoint: { type: 'string' },
      region: { type: 'string' },
      config: { type: 'string' },
      'ca-file': { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  return {
    endpoint: values.endpoint,
    region: values.region,
    caFile: values['ca-file'],
    path: values.config ?? CONFIG_PATH_DEFAULT,
    json: values.json === true,
  };
};

/** The file as it stands, and what it says if it can be read. */
interface Former {
  readonly text: string | undefined;
  readonly file: AgentFile | undefined;
}

const formerOf = async (path: string): Promise<Former> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { text, file: undefined };
  try {
    return { text, file: readText(path, text) };
  } catch {
    // Whatever it is, it is kept aside and says nothing about the new one.
    return { text, file: undefined };
  }
};

const endpointOf = (wanted: Wanted, former: Former): string => {
  const endpoint = wanted.endpoint ?? former.file?.endpoint;
  if (endpoint?.startsWith('https://') === true && URL.canParse(endpoint)) return endpoint;
  throw new HostError(
    'no-endpoint',
    endpoint === undefined ? 'no arbiter is named' : `${endpoint} is no https URL`,
    { remedy: "name it: --endpoint with the deployment's output Endpoint" },
  );
};

const caOf = async (caFile: string | undefined): Promise<string | undefined> => {
  if (caFile === undefined) return undefined;
  try {
    return await readFile(caFile, 'utf8');
  } catch (cause) {
    throw new HostError('no-ca-file', `${caFile} cannot be read: ${messageOf(cause)}`, {
      remedy: 'name a readable PEM file',
      cause,
    });
  }
};

const tell = (node: string, path: string, answer: EnrolResponse, json: boolean): void => {
  const groups = Object.keys(answer.config.groups);
  const refused = Object.entries(answer.refused ?? {});
  for (const [group, { message }] of refused) {
    process.stderr.write(`keepaloft-agent: group ${group} is left out: ${message}\n`);
  }
  const done = {
    version: 1,
    node,
    file: path,
    hash: answer.hash,
    groups,
    refused: refused.map(([name]) => name),
  };
  process.stdout.write(
    json ? `${JSON.stringify(done)}\n` : `${node} is in ${groups.join(', ')}: ${path} is written\n`,
  );
};

/** @throws AgentError, DocumentError: whoever calls says what and how to mend it */
export const enroll = async (wanted: Wanted, version: string): Promise<number> => {
  const former = await formerOf(wanted.path);
  const endpoint = endpointOf(wanted, former);
  const caFile = wanted.caFile ?? former.file?.caFile;
  const ca = await caOf(caFile);
  const { log, flush } = openLog('warn', process.stderr);
  const imds = createImds(IMDS_ENDPOINT, PATIENT_TIMEOUT_MS);
  try {
    const identity = await imds.identity();
    const region = wanted.region ?? former.file?.region ?? identity.region;
    const node = identity.instanceId;
    const credentials = createCredentials({ imds, log });
    const answer = await createAsk({ endpoint, region, credentials, ca, node, version, log })();
    const { scriptUser, logLevel } = former.file ?? {};
    const host: HostPart = {
      endpoint,
      region,
      caFile,
      interface: former.file?.interface,
      scriptUser,
      logLevel,
    };
    const text = fileText(answer, host, former.text);
    await checkPrograms(readText(wanted.path, text));
    if (former.text !== undefined && former.file?.enrolled !== true)
      await keepAside(wanted.path, former.text);
    await writeConfig(wanted.path, text);
    tell(node, wanted.path, answer, wanted.json);
    return EXIT.ok;
  } finally {
    imds.close();
    flush();
  }
};
