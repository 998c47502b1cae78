/** Loaded by `node --import` before a host's agent whose wall clock is to be off. */
import { clockVariable, shiftWallClock } from './shift.ts';

const offsetMs = Number(process.env[clockVariable] ?? '0');
if (!Number.isSafeInteger(offsetMs)) throw new Error(`${clockVariable} is not a whole number`);
shiftWallClock(offsetMs);
