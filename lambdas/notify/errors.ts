/** A message that did not arrive. It says where it was to go and why, and never an address or a key. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  /** Trying again at once cannot help. */
  readonly isPermanent: boolean;

  constructor(channel: string, reason: string, isPermanent: boolean) {
    super(`${channel} did not take the message: ${reason}`);
    this.isPermanent = isPermanent;
  }
}
