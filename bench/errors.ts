/** A measurement that could not be made; the message says which and why. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
