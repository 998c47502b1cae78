/** Turns the kernel's refusal to create namespaces into a sentence with its cause and its remedy. */

import { existsSync, readFileSync } from 'node:fs';
import { LabError } from '../errors.ts';

/** What the kernel says about user namespaces; null where it has no such switch. */
export interface KernelFacts {
  isRoot: boolean;
  unprivilegedUsernsClone: number | null;
  apparmorRestrictUserns: number | null;
  userNamespacesMax: number | null;
  inContainer: boolean;
}

const readNumber = (path: string): number | null => {
  try {
    const value = Number(readFileSync(path, 'utf8').trim());
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
};

/** Reads the switches from /proc/sys. */
export const readKernelFacts = (isRoot: boolean): KernelFacts => ({
  isRoot,
  unprivilegedUsernsClone: readNumber('/proc/sys/kernel/unprivileged_userns_clone'),
  apparmorRestrictUserns: readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
  userNamespacesMax: readNumber('/proc/sys/user/max_user_namespaces'),
  inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
});

interface Reason {
  because: string;
  remedy: string;
}

const containerRemedy =
  'start the container with --privileged, or with --cap-add SYS_ADMIN --cap-add NET_ADMIN and seccomp and AppArmor unconfined';

const reasonOf = (facts: KernelFacts): Reason => {
  if (facts.userNamespacesMax === 0) {
    return {
      because: 'user namespaces are switched off (user.max_user_namespaces is 0)',
      remedy: 'run as root, or allow them: sysctl -w user.max_user_namespaces=15000',
    };
  }
  if (!facts.isRoot && facts.unprivilegedUsernsClone === 0) {
    return {
      because: 'ordinary users may not create user namespaces (kernel.unprivileged_userns_clone is 0)',
      remedy: 'run as root, or allow it: sysctl -w kernel.unprivileged_userns_clone=1',
    };
  }
  if (!facts.isRoot && facts.apparmorRestrictUserns === 1) {
    return {
      because:
        'AppArmor keeps ordinary users from using user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)',
      remedy: 'run as root, or allow it: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    };
  }
  if (facts.isRoot) {
    return {
      because: 'this root lacks CAP_SYS_ADMIN, as in a container, and may not create user namespaces either',
      remedy: facts.inContainer
        ? containerRemedy
        : `run on the machine itself; in a container, ${containerRemedy}`,
    };
  }
  return {
    because: 'the kernel or a security policy (seccomp, SELinux, a container) forbids it',
    remedy: facts.inContainer ? containerRemedy : 'run as root',
  };
};

/** The error to throw after the kernel refused with `refusal` (what unshare or ip printed). Code `namespaces-forbidden`. */
export const explainRefusal = (refusal: string, facts: KernelFacts): LabError => {
  const { because, remedy } = reasonOf(facts);
  return new LabError('namespaces-forbidden', `cannot create network namespaces: ${because} (${refusal})`, {
    remedy,
  });
};
