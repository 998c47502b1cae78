/** keepalived and the AWS command line interface, as Debian packages them: installed when they are missing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, labPath } from '../../lab/net/exec.ts';
import { BenchError } from '../errors.ts';

/** The package's own path: a wrapper that comes first in somebody's PATH would be measured with it. */
const AWS_DIRECTORY = '/usr/bin';
const KEEPALIVED_DIRECTORY = '/usr/sbin';
/** Another apt may be at work: how long to wait for its lock. */
const APT_LOCK_S = 120;
const INSTALL = ['keepalived', 'awscli'];

const execute = promisify(execFile);

export interface Programs {
  readonly keepalived: string;
  readonly aws: string;
  readonly ip: string;
  readonly setpriv: string;
}

export interface Versions {
  readonly keepalived: string;
  readonly aws: string;
}

const found = (): { keepalived: string | null; aws: string | null } => ({
  keepalived: findProgram('keepalived', KEEPALIVED_DIRECTORY),
  aws: findProgram('aws', AWS_DIRECTORY),
});

const byHand = `run as root: apt-get install -y --no-install-recommends ${INSTALL.join(' ')}`;

const aptGet = async (words: readonly string[]): Promise<string> => {
  const env = { ...process.env, PATH: labPath(), DEBIAN_FRONTEND: 'noninteractive' };
  const lock = ['-o', `DPkg::Lock::Timeout=${APT_LOCK_S}`];
  return (await execute('apt-get', [...words, ...lock], { env, maxBuffer: 16 * 1024 * 1024 })).stdout;
};

const install = async (): Promise<void> => {
  const words = ['install', '-y', '--no-install-recommends', ...INSTALL];
  try {
    await aptGet(words);
  } catch {
    // Most often the package lists are absent or too old: fetch them and try once more.
    await aptGet(['update']);
    await aptGet(words);
  }
};

const required = (name: string, debianPackage: string): string => {
  const path = findProgram(name);
  if (path === null)
    throw new BenchError(`${name} is missing; run as root: apt-get install ${debianPackage}`);
  return path;
};

/** @throws BenchError that says what to run, when this is not root or a program can not be had */
export const ensurePrograms = async (progress: (line: string) => void): Promise<Programs> => {
  if (process.getuid?.() !== 0) {
    throw new BenchError(
      'keepalived and its scripts run as root here; run it as root: npm run bench -- versus',
    );
  }
  let { keepalived, aws } = found();
  if (keepalived === null || aws === null) {
    if (findProgram('apt-get') === null) throw new BenchError(`keepalived or aws is missing; ${byHand}`);
    progress(`installing ${INSTALL.join(' and ')} with apt-get`);
    await install().catch((cause: unknown) => {
      throw new BenchError(`keepalived and aws could not be installed; ${byHand}`, { cause });
    });
    ({ keepalived, aws } = found());
  }
  if (keepalived === null || aws === null) {
    throw new BenchError(`keepalived or aws is not where Debian puts it; ${byHand}`);
  }
  return { keepalived, aws, ip: required('ip', 'iproute2'), setpriv: required('setpriv', 'util-linux') };
};

/** The number in what a program says of itself. @throws BenchError when there is none */
export const versionIn = (text: string): string => {
  const version = /(?:v|aws-cli\/)(\d+(?:\.\d+)+)/u.exec(text)?.[1];
  if (version === undefined) throw new BenchError(`no version in '${text.slice(0, 80)}'`);
  return version;
};

export const versionsOf = async ({ keepalived, aws }: Programs): Promise<Versions> => {
  const say = async (program: string): Promise<string> => {
    const { stdout, stderr } = await execute(program, ['--version']);
    return versionIn(`${stdout}${stderr}`);
  };
  return { keepalived: await say(keepalived), aws: await say(aws) };
};
