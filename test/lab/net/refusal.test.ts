// Proves that a machine which forbids namespaces is told why and what to do.
import { describe, expect, it } from 'vitest';
import { explainRefusal, type KernelFacts, readKernelFacts } from '../../../lab/net/refusal.ts';

const facts: KernelFacts = {
  isRoot: false,
  unprivilegedUsernsClone: null,
  apparmorRestrictUserns: null,
  userNamespacesMax: 1000,
  inContainer: false,
};

describe('refusal', () => {
  it.each([
    ['user namespaces off', { userNamespacesMax: 0 }, /max_user_namespaces is 0/u, /max_user_namespaces=/u],
    ['Debian switch', { unprivilegedUsernsClone: 0 }, /userns_clone is 0/u, /unprivileged_userns_clone=1/u],
    ['AppArmor', { apparmorRestrictUserns: 1 }, /AppArmor/u, /apparmor_restrict_unprivileged_userns=0/u],
    ['root without capabilities', { isRoot: true }, /CAP_SYS_ADMIN/u, /--privileged/u],
    ['container', { inContainer: true }, /security policy/u, /--privileged/u],
    ['anything else', {}, /security policy/u, /run as root/u],
  ])('names cause and remedy: %s', (_what, change, cause, remedy) => {
    const error = explainRefusal('unshare: Operation not permitted', { ...facts, ...change });
    expect(error.code).toBe('namespaces-forbidden');
    expect(error.message).toMatch(cause);
    expect(error.message).toContain('unshare: Operation not permitted');
    expect(error.remedy).toMatch(remedy);
  });

  it('does not blame switches that bind only ordinary users when root is refused', () => {
    const error = explainRefusal('no', { ...facts, isRoot: true, unprivilegedUsernsClone: 0 });
    expect(error.message).not.toContain('userns_clone');
  });

  it("reads this machine's switches without failing where they do not exist", () => {
    expect(readKernelFacts(false).userNamespacesMax).not.toBeUndefined();
  });
});
