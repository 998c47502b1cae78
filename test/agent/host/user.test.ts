// Proves who runs scripts: the named user, never somebody with more rights, and a clear refusal where that cannot be.
import { describe, expect, it } from 'vitest';
import { parseIdMap, readUserNamespace, type UserNamespace } from '../../../agent/host/namespace.ts';
import { findUser, runAs } from '../../../agent/host/user.ts';

const passwd = (): string =>
  'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\nalice:x:1000:100::/:/bin/sh\nodd:x:z:1\n';
const whole: UserNamespace = {
  uid: 0,
  whole: true,
  overflowUid: 65_534,
  hasUid: () => true,
  hasGid: () => true,
};

describe('runAs', () => {
  it('switches to the named user when the agent is root', () => {
    expect(runAs('nobody', whole, passwd)).toEqual({ uid: 65_534, gid: 65_534 });
    expect(runAs('alice', whole, passwd)).toEqual({ uid: 1000, gid: 100 });
  });

  it('does not switch when the agent is that user already', () => {
    expect(runAs('root', whole, passwd)).toBeUndefined();
    expect(runAs('alice', { ...whole, uid: 1000 }, passwd)).toBeUndefined();
  });

  it('refuses what it cannot do, each with its reason', () => {
    const rootless: UserNamespace = {
      ...whole,
      whole: false,
      hasUid: (uid) => uid === 0,
      hasGid: (gid) => gid === 0,
    };
    expect(() => runAs('carol', whole, passwd)).toThrow(/no user carol/);
    expect(() => runAs('odd', whole, passwd)).toThrow(/no user odd/);
    expect(() => runAs('nobody', { ...whole, uid: 1000 }, passwd)).toThrow(/only root/);
    expect(() => runAs('nobody', rootless, passwd)).toThrow(/has no user nobody/);
    expect(runAs('root', rootless, passwd)).toBeUndefined();
  });

  it('reads the real files', () => {
    expect(findUser(passwd(), 'alice')).toEqual({ uid: 1000, gid: 100 });
    expect(readUserNamespace().uid).toBe(process.geteuid?.());
    expect(parseIdMap('         0       1000          1\n         1     100000      65536\n')).toEqual([
      { first: 0, count: 1 },
      { first: 1, count: 65_536 },
    ]);
  });
});
