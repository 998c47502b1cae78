export interface DashboardOptions {
  /**
   * Its name, unique in the account and region.
   *
   * @default - the arbiter's name
   */
  readonly name?: string;

  /**
   * Buttons for failover, drain, undrain, pause and resume. Whoever may invoke the console's function may then press
   * them, and Lambda does not tell it who that is: the history names the function and the request, not a person. Leave
   * it off where the ARN of whoever gives an order must be known, and use the `keepaloft` command.
   *
   * @default false: the console shows, its function has no right to write, and refuses every order
   */
  readonly operate?: boolean;
}
