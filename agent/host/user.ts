/** Who runs a check's script: looked up by name in /etc/passwd, without asking any network directory. */
import { readFileSync } from 'node:fs';
import { HostError } from '../errors.ts';
import { readUserNamespace, type UserNamespace } from './namespace.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Finds a user in the text of /etc/passwd. */
export const findUser = (passwd: string, name: string): User | undefined => {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const [, , uid, gid] = fields ?? [];
  if (uid === undefined || gid === undefined || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { uid: Number(uid), gid: Number(gid) };
};

const readPasswd = (): string => readFileSync('/etc/passwd', 'utf8');

/**
 * Decides how a script runs as `name`: undefined means "as the agent itself", because that is who `name` is.
 *
 * The agent never runs a script with more rights than the file asks for. Where it cannot become `name` (it is
 * not root, or a user namespace does not have that id) it refuses; `scriptUser: root` in a rootless namespace is
 * then the explicit way to say "as myself".
 *
 * @throws HostError `no-such-user`, `cannot-switch-user` or `user-not-mapped`, each with its remedy
 */
export const runAs = (
  name: string,
  namespace: UserNamespace = readUserNamespace(),
  passwd: () => string = readPasswd,
): User | undefined => {
  const user = findUser(passwd(), name);
  if (user === undefined) {
    throw new HostError('no-such-user', `there is no user ${name} in /etc/passwd`, {
      remedy: 'create the user, or name another one as scriptUser',
    });
  }
  if (user.uid === namespace.uid) return undefined;
  if (namespace.uid !== 0) {
    throw new HostError('cannot-switch-user', `only root can run scripts as ${name}`, {
      remedy: 'run the agent as root, or name its own user as scriptUser',
    });
  }
  if (!namespace.hasUid(user.uid) || !namespace.hasGid(user.gid)) {
    throw new HostError('user-not-mapped', `this user namespace has no user ${name} (uid ${user.uid})`, {
      remedy: 'set scriptUser to root, who in this namespace has only the rights of the user who started it',
    });
  }
  return user;
};
