/** How the agent gets onto a host. */
export type InstallWay = 'userData' | 'ssm' | 'manual' | 'baked';

/** The way in which the agent is put on a member. */
export class Install {
  /**
   * At the instance's first boot, by lines added to its user-data. They are the same for ever, whatever the agent's
   * version: a change of user-data would restart the instance. Only for instances that the same stack makes.
   */
  static userData(): Install {
    return new Install('userData');
  }

  /**
   * By a State Manager association, and again with each new version, one host after the other, the lowest priority
   * first. The instance must be managed by Systems Manager, which is its role's business.
   */
  static ssm(): Install {
    return new Install('ssm');
  }

  /** By somebody, with the one line that the stack prints (output `InstallAgent`). */
  static manual(): Install {
    return new Install('manual');
  }

  /** The image has it already. Nothing is done. */
  static baked(): Install {
    return new Install('baked');
  }

  readonly way: InstallWay;

  private constructor(way: InstallWay) {
    this.way = way;
  }
}
