// Proves which arbiter a command speaks to, in which order that is decided, and that nothing goes out unencrypted.
import { describe, expect, it } from 'vitest';
import { adminUrl, type Target, type TargetOptions, targetOf } from '../../../cli/arbiter/target.ts';
import { targetOfInfo } from '../../../cli/lab/arbiter.ts';
import { labInfo } from '../../lab/scenario/fixtures.ts';

const URL_1 = 'https://abc123.execute-api.ap-southeast-1.amazonaws.com';
const URL_2 = 'https://def456.execute-api.cn-north-1.amazonaws.com.cn/prod/';
const lab: Target = {
  url: new URL('http://127.0.0.1:1/v1/admin'),
  region: 'us-east-1',
  credentials: () => Promise.reject(new Error('unused')),
  name: 'lab 12ab',
  hosts: new Map(),
};
const named = async (options: TargetOptions, env: NodeJS.ProcessEnv = {}): Promise<string[]> => {
  const target = await targetOf(options, env, () => Promise.resolve(lab));
  return [target.name, target.region, target.url.href];
};

describe('targetOf', () => {
  it('takes what is said before the environment, and a lab only when neither says anything', async () => {
    const env = { KEEPALOFT_ENDPOINT: URL_2 };
    const first = [
      'ap-southeast-1 abc123.execute-api.ap-southeast-1.amazonaws.com',
      'ap-southeast-1',
      `${URL_1}/v1/admin`,
    ];
    expect(await named({ endpoint: URL_1 }, env)).toEqual(first);
    expect((await named({}, env)).slice(1)).toEqual(['cn-north-1', `${URL_2}v1/admin`]);
    expect((await named({ lab: '12ab' }, env))[0]).toBe('lab 12ab');
    expect((await named({ lab: true }, env))[0]).toBe('lab 12ab');
    expect((await named({}, { KEEPALOFT_ENDPOINT: '' }))[0]).toBe('lab 12ab');
  });

  it('shows whose credentials it takes', async () => {
    expect((await named({ endpoint: URL_1, profile: 'ops' }))[0]).toMatch(/ as ops$/u);
  });

  it('learns the region from the option, the name or the environment, in this order', async () => {
    const endpoint = 'https://vip.example.com';
    expect((await named({ endpoint: URL_1, region: 'eu-west-1' }))[1]).toBe('eu-west-1');
    expect((await named({ endpoint }, { AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-3' }))[1]).toBe(
      'eu-west-2',
    );
    expect((await named({ endpoint }, { AWS_DEFAULT_REGION: 'eu-west-3' }))[1]).toBe('eu-west-3');
    await expect(named({ endpoint })).rejects.toMatchObject({ code: 'no-region', exitCode: 64 });
  });

  it('refuses two at once', async () => {
    for (const other of [{ endpoint: URL_1 }, { profile: 'ops' }, { region: 'eu-west-1' }])
      await expect(named({ lab: '12ab', ...other })).rejects.toMatchObject({ code: 'two-arbiters' });
  });
});

describe('adminUrl', () => {
  it.each([
    'http://vip.example.com',
    'http://127.0.0.1.example.com',
    'ftp://localhost',
    'vip.example.com',
    '',
  ])('refuses %j', (endpoint) => {
    expect(() => adminUrl(endpoint)).toThrow(expect.objectContaining({ code: 'bad-endpoint', exitCode: 64 }));
  });

  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1/admin'],
    ['https://vip.example.com/prod//', 'https://vip.example.com/prod/v1/admin'],
    ['https://vip.example.com/?x=1#y', 'https://vip.example.com/v1/admin'],
  ])('%s is asked at %s', (endpoint, url) => {
    expect(adminUrl(endpoint).href).toBe(url);
  });
});

describe('a lab', () => {
  it('is spoken to with its own operator’s keys and by the names of its hosts', async () => {
    const info = labInfo();
    const env = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };
    const target = targetOfInfo({ ...info, env });
    expect([target.name, target.region]).toEqual([`lab ${info.lab}`, 'us-east-1']);
    expect(await target.credentials()).toEqual({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
    expect([...target.hosts.values()]).toEqual(info.hosts.map(({ name }) => name));
  });
});
