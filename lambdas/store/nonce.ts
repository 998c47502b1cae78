import { randomBytes } from 'node:crypto';

/** 9 bytes are 12 characters of base64url: no two writers ever share one. */
const NONCE_BYTES = 9;

/** A new name for one write. */
export const newNonce = (): string => randomBytes(NONCE_BYTES).toString('base64url');
