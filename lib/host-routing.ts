/** A route of the host, IPv4. It needs `via`, `dev` or both. */
export interface HostRoute {
  /** `default`, an address or a block such as `10.0.0.0/8`. */
  readonly to: string;

  /**
   * The gateway.
   *
   * @default - none: whatever it leads to is on the link
   */
  readonly via?: string;

  /**
   * The interface.
   *
   * @default - the one that leads to the gateway
   */
  readonly dev?: string;

  /**
   * From which address the host sends by it: a VIP of the group.
   *
   * @default - what the kernel chooses
   */
  readonly src?: string;

  /**
   * The host's route table, by number.
   *
   * @default - main
   */
  readonly table?: number;

  /**
   * Of several routes to the same the one with the lowest counts.
   *
   * @default 0
   */
  readonly metric?: number;

  /**
   * The gateway is on the link of `dev`, whatever the other routes say.
   *
   * @default false
   */
  readonly onlink?: boolean;
}

/** A routing policy rule of the host, IPv4. It needs `from`, `to` or both. */
export interface HostRule {
  /**
   * The source address, or its block.
   *
   * @default - any
   */
  readonly from?: string;

  /**
   * The destination, or its block.
   *
   * @default - any
   */
  readonly to?: string;

  /** The route table to look into, by number. */
  readonly table: number;

  /**
   * Lower ones are asked first; 1 to 32765.
   *
   * @default 7213
   */
  readonly priority?: number;
}
