/** An artefact that cannot be made; the message says why and what to do. */
export class ArtefactError extends Error {
  override readonly name = 'ArtefactError';
}
