/** A deployment that cannot work. The message says what to change. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}
