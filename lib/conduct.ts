/** How far a group goes: what the classes stand for is in docs/configuration.md. */

/** Whether anything is changed at all. */
export class Mode {
  /** What is decided is done. */
  static readonly ENFORCE = new Mode('enforce');
  /** What is decided is told, and nothing is changed: neither in the cloud nor on a host. */
  static readonly OBSERVE = new Mode('observe');

  /** As in keepaloft.yaml. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}

/** How a planned move goes. */
export class Handover {
  /** The old holder serves until the network has moved, or, in an exclusive group, until it is asked to let go. */
  static readonly FABRIC_FIRST = new Handover('fabric-first');
  /** It is asked to let go first, and ends the connections of the VIPs, so that clients connect again at once. */
  static readonly RESET_FIRST = new Handover('reset-first');

  /** As in keepaloft.yaml. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}

/** What is done when another hand has moved a VIP. */
export class Drift {
  /** It is moved back. */
  static readonly REPAIR = new Drift('repair');
  /** The member that has it becomes the holder, if it could serve. Not for exclusive groups. */
  static readonly ADOPT = new Drift('adopt');
  /** It is left where it is, and the alarm `Drift` rings. */
  static readonly ALARM = new Drift('alarm');

  /** As in keepaloft.yaml. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
