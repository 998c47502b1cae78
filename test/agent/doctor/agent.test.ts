// Proves what doctor finds out about the agent: its file, its process, its state, and the proxies it is given.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agentFindings } from '../../../agent/doctor/check/agent.ts';
import { hasRawRight, lookAtAgent, lookAtConfiguration } from '../../../agent/doctor/collect/agent.ts';
import type { AgentFacts, ConfigurationFacts } from '../../../agent/doctor/facts.ts';
import { takeLock } from '../../../agent/host/lock.ts';
import { openState } from '../../../agent/state.ts';
import { captureLog } from '../captured-log.ts';
import { scratchDirectory } from '../scratch.ts';

const file = `version: 1
endpoint: https://abc123.execute-api.us-east-1.amazonaws.com
region: us-east-1
groups:
  mysql: { vips: [{ address: 172.31.0.201, fabric: secondary-ip }] }
  redis: { vips: [{ address: 172.31.0.202, fabric: secondary-ip }] }
`;
const configured = async (text: string): Promise<ConfigurationFacts> => {
  const path = join(scratchDirectory(), 'agent.yaml');
  writeFileSync(path, text);
  return lookAtConfiguration(path);
};
const running: AgentFacts = { pid: 812, answered: ['mysql', 'redis'], proxies: [] };
const codes = (configuration: ConfigurationFacts, agent: AgentFacts): string[] =>
  agentFindings(configuration, agent).map(({ verdict, code }) => `${verdict} ${code}`);

let locks = 0;
const lockName = (): string => `\0keepaloft-doctor-test-${process.pid}-${(locks += 1)}`;

describe('doctor on the agent', () => {
  it('finds it well when it is configured, runs and has been answered', async () => {
    expect(codes(await configured(file), running)).toEqual([
      'ok configured',
      'ok agent',
      'ok answered',
      'ok answered',
    ]);
  });

  it('not-configured, config-wrong: with line and column', async () => {
    const missing = await lookAtConfiguration(join(scratchDirectory(), 'agent.yaml'));
    expect(codes(missing, running)).toEqual(['bad not-configured', 'ok agent']);
    const wrong = await configured(file.replace('region', 'regoin'));
    expect(codes(wrong, running)).toEqual(['bad config-wrong', 'ok agent']);
    expect(wrong).toMatchObject({ message: expect.stringContaining('agent.yaml:3:1: regoin') as string });
  });

  it('agent-not-running: nobody has the host’s lock', async () => {
    const none = await lookAtAgent(scratchDirectory(), {}, lockName());
    expect(none).toEqual({ pid: undefined, answered: [], proxies: [] });
    expect(codes(await configured(file), none)).toEqual(['ok configured', 'bad agent-not-running']);
  });

  it('never-answered: it runs, and a group has no record', async () => {
    const name = lockName();
    const lock = await takeLock(name);
    onTestFinished(() => lock.release());
    const directory = scratchDirectory();
    const state = openState({ directory, log: captureLog().log });
    await state.saveGroups({ mysql: { epoch: 3, relEpoch: 0, master: false } });
    const facts = await lookAtAgent(directory, {}, name);
    expect(facts).toMatchObject({ pid: process.pid, answered: ['mysql'] });
    expect(codes(await configured(file), facts)).toEqual([
      'ok configured',
      'ok agent',
      'ok answered',
      'warn never-answered',
    ]);
  });

  it('says when the state cannot be read', async () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'groups.json'), '{');
    const facts = await lookAtAgent(directory, {}, lockName());
    expect(codes(await configured(file), { ...facts, pid: 1 })).toContain('unknown never-answered');
  });

  it('proxy-ignored: a proxy is set, and the agent goes past it', async () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: '', NO_PROXY: '169.254.169.254' };
    const facts = await lookAtAgent(scratchDirectory(), env, lockName());
    expect(facts.proxies).toEqual(['HTTPS_PROXY']);
    expect(codes(await configured(file), { ...running, proxies: facts.proxies })).toContain(
      'warn proxy-ignored',
    );
  });
});

describe('doctor on announcements', () => {
  const l2 = file.replace(
    '172.31.0.201, fabric: secondary-ip }]',
    '192.168.0.100, fabric: l2 }], exclusive: true',
  );

  it('finds an agent that may not announce what it has to', async () => {
    const without = { ...running, mayAnnounce: false };
    expect(codes(await configured(l2), without)).toContain('bad cannot-announce');
    for (const agent of [running, { ...running, mayAnnounce: true }])
      expect(codes(await configured(l2), agent)).not.toContain('bad cannot-announce');
    expect(codes(await configured(file), without)).not.toContain('bad cannot-announce');
  });

  it('reads the right off the kernel', () => {
    expect(hasRawRight('Name:\tnode\nCapEff:\t0000000000003000\n')).toBe(true);
    expect(hasRawRight('CapEff:\t00000000000010e0\n')).toBe(false);
    expect(hasRawRight(undefined)).toBeUndefined();
  });
});
