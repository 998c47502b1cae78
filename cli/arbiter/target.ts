/**
 * Which arbiter a command speaks to, and as whom. What is said on the command line comes first, then KEEPALOFT_ENDPOINT,
 * and only when neither says anything the one lab that runs here: a lab is never taken for what was meant to be real, nor
 * the other way round. Every screen and every question names the arbiter.
 */
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import { ADMIN_PATH } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';

export interface TargetOptions {
  endpoint?: string;
  /** True: the one that runs, whatever KEEPALOFT_ENDPOINT says. */
  lab?: string | true;
  profile?: string;
  region?: string;
}

type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

export interface Target {
  /** Of the request itself. */
  readonly url: URL;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  /** For people. */
  readonly name: string;
  /** What the hosts of a lab are called, by instance id; in the cloud an instance is called by its id. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The lab whose arbiter it is; undefined in the cloud. */
  readonly lab?: string;
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/u;
/** abc123.execute-api.eu-west-1.amazonaws.com, in any partition. */
const EXECUTE_API = /^[a-z0-9-]+\.execute-api\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)(?:\.cn)?$/u;
/** The chain ends at the metadata service, which is not there on most operators' machines. */
const METADATA_MS_MAX = 1000;

const wrongUse = (code: string, message: string, remedy: string, cause?: unknown): CliError =>
  new CliError(code, message, { remedy, exitCode: EXIT.usage, cause });

/** @throws CliError `bad-endpoint` */
export const adminUrl = (endpoint: string): URL => {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch (cause) {
    const remedy = 'give the URL of the API, for example https://abc123.execute-api.eu-west-1.amazonaws.com';
    throw wrongUse('bad-endpoint', `'${endpoint}' is no URL`, remedy, cause);
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!isSafe) {
    const remedy = 'use https://; only on this machine itself may it be http://';
    throw wrongUse('bad-endpoint', `${endpoint} is not encrypted`, remedy);
  }
  url.pathname = url.pathname.replace(/\/*$/u, ADMIN_PATH);
  url.search = '';
  url.hash = '';
  return url;
};

const regionOf = (url: URL, options: TargetOptions, env: NodeJS.ProcessEnv): string => {
  const named = EXECUTE_API.exec(url.hostname)?.groups?.['region'];
  const region = options.region ?? named ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region !== undefined && region !== '') return region;
  const remedy = 'say it with --region, or set AWS_REGION';
  throw wrongUse('no-region', `the name ${url.hostname} does not tell the region of the arbiter`, remedy);
};

/** The usual chain: environment, profile, SSO, role, metadata service. Loaded when it is first asked. */
const credentialChain = (profile: string | undefined): Target['credentials'] => {
  let chain: Target['credentials'] | undefined;
  return async () => {
    if (chain === undefined) {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      const named = profile === undefined ? {} : { profile };
      chain = defaultProvider({ ...named, timeout: METADATA_MS_MAX, maxRetries: 0 });
    }
    return chain();
  };
};

const cloudTarget = (endpoint: string, options: TargetOptions, env: NodeJS.ProcessEnv): Target => {
  const url = adminUrl(endpoint);
  const region = regionOf(url, options, env);
  const as = options.profile === undefined ? '' : ` as ${options.profile}`;
  return {
    url,
    region,
    credentials: credentialChain(options.profile),
    name: `${region} ${url.host}${as}`,
    hosts: new Map(),
  };
};

/** The lab that is named, or the only one that runs. */
const labTarget = async (options: TargetOptions): Promise<Target> => {
  const { targetOfLab } = await import('../lab/arbiter.ts');
  return targetOfLab(options.lab === true ? undefined : options.lab);
};

/** @throws CliError `no-arbiter`, `bad-endpoint`, `no-region`, `two-arbiters`, and those of the lab */
export const targetOf = async (
  options: TargetOptions,
  env: NodeJS.ProcessEnv = process.env,
  lab: (options: TargetOptions) => Promise<Target> = labTarget,
): Promise<Target> => {
  if (options.lab !== undefined) {
    const other = (['endpoint', 'profile', 'region'] as const).find((name) => options[name] !== undefined);
    if (other === undefined) return lab(options);
    throw wrongUse('two-arbiters', `--${other} does not go with --lab`, 'leave one of them out');
  }
  const endpoint = options.endpoint ?? (env['KEEPALOFT_ENDPOINT'] || undefined);
  return endpoint === undefined ? lab(options) : cloudTarget(endpoint, options, env);
};
