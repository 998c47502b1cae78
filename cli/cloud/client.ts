/** EC2 as an operator reads it: with the operator's own credentials, or those of a lab. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';

export interface CloudOptions {
  /** True: the one that runs. */
  lab?: string | true;
  profile?: string;
  region?: string;
}

export interface Cloud {
  readonly client: EC2Client;
  /** For people. */
  readonly name: string;
}

const ATTEMPTS_MAX = 3;
const CONNECT_MS_MAX = 5000;
const REQUEST_MS_MAX = 15_000;
/** The chain of credentials ends at the metadata service, which is not there on most operators' machines. */
const METADATA_MS_MAX = 1000;

const requestHandler = {
  connectionTimeout: CONNECT_MS_MAX,
  requestTimeout: REQUEST_MS_MAX,
  throwOnRequestTimeout: true,
};

/** A lab's EC2 end, from what the lab says of itself. */
const ofLab = async (lab: string | true): Promise<Cloud> => {
  const { infoOfLab } = await import('../lab/arbiter.ts');
  const { lab: id, env, endpoints } = await infoOfLab(lab === true ? undefined : lab);
  const client = new EC2Client({
    endpoint: endpoints.ec2,
    region: env['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    maxAttempts: ATTEMPTS_MAX,
    requestHandler,
  });
  return { client, name: `lab ${id}` };
};

const ofAws = async ({ profile, region }: CloudOptions, env: NodeJS.ProcessEnv): Promise<Cloud> => {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const named = profile === undefined ? {} : { profile };
  // Without any of these the SDK takes the region of the profile.
  const where = region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined);
  const client = new EC2Client({
    ...named,
    ...(where === undefined ? {} : { region: where }),
    credentials: defaultProvider({ ...named, timeout: METADATA_MS_MAX, maxRetries: 0 }),
    maxAttempts: ATTEMPTS_MAX,
    requestHandler,
  });
  const resolved = await client.config.region().catch((cause: unknown) => {
    const remedy = 'say it with --region, set AWS_REGION, or name a profile that has one';
    throw new CliError('no-region', 'it is not said in which region the instances are', {
      remedy,
      exitCode: EXIT.usage,
      cause,
    });
  });
  return { client, name: `AWS ${resolved}${profile === undefined ? '' : ` as ${profile}`}` };
};

/** @throws CliError `two-clouds`, `no-region`, and those of the lab */
export const openCloud = async (
  options: CloudOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Cloud> => {
  if (options.lab === undefined) return ofAws(options, env);
  const other = (['profile', 'region'] as const).find((name) => options[name] !== undefined);
  if (other === undefined) return ofLab(options.lab);
  throw new CliError('two-clouds', `--${other} does not go with --lab`, {
    remedy: 'leave one of them out',
    exitCode: EXIT.usage,
  });
};

const DENIED =
  /^(?:AuthFailure|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|RequestExpired|AccessDenied|OptInRequired|MissingAuthenticationToken|IncompleteSignature|Blocked)/u;
const NO_CREDENTIALS = /^(?:CredentialsProviderError|TokenProviderError)$/u;

/**
 * What went wrong between this command and EC2, with what to do and the exit code. What has that already, from a lab or from
 * here, is given back as it is.
 */
export const explainCloud = (cause: unknown, cloud: Pick<Cloud, 'name'>): Error => {
  if (cause instanceof CliError || (cause instanceof Error && cause.name === 'LabError')) return cause;
  const name = cause instanceof Error ? cause.name : 'Error';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (NO_CREDENTIALS.test(name)) {
    return new CliError('no-credentials', `there are no credentials to ask EC2 with: ${message}`, {
      remedy: 'sign in (for example `aws sso login`), or name a profile: --profile NAME',
      exitCode: EXIT.denied,
      cause,
    });
  }
  if (DENIED.test(name)) {
    return new CliError('denied', `EC2 of ${cloud.name} refuses the credentials: ${name}: ${message}`, {
      remedy:
        'use others (--profile NAME), or allow ec2:DescribeInstances, ec2:DescribeNetworkInterfaces and ec2:DescribeSubnets',
      exitCode: EXIT.denied,
      cause,
    });
  }
  return new CliError('ec2-unreachable', `EC2 of ${cloud.name} does not answer: ${name}: ${message}`, {
    remedy: 'check the region, the network and the proxy of this machine; nothing was changed',
    exitCode: EXIT.unreachable,
    cause,
  });
};
