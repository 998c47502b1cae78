/** Ends a lab in order; one that does not obey is killed and swept. */

import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectLab } from '../../lab/control/client.ts';
import { isAlive, type LabDirectory } from '../../lab/state.ts';
import { sweepStale } from '../../lab/sweep.ts';

/** After it has answered, a supervisor needs a moment to exit. */
const exitMsMax = 3000;
const lookMs = 20;

const exited = async (lab: LabDirectory): Promise<boolean> => {
  for (let waitedMs = 0; waitedMs < exitMsMax; waitedMs += lookMs) {
    if (!isAlive(lab)) {
      return true;
    }
    await delay(lookMs);
  }
  return false;
};

/** Kills the supervisor at once and removes what it leaves. */
export const killLab = async (lab: LabDirectory): Promise<void> => {
  if (isAlive(lab) && lab.supervisor !== null) {
    process.kill(lab.supervisor.pid, 'SIGKILL');
    await exited(lab);
  }
  await sweepStale({ labId: lab.labId });
};

/** The folder of all labs goes with the last of them. */
const removeEmptyRoot = (lab: LabDirectory): void => {
  try {
    rmdirSync(dirname(lab.directory));
  } catch {
    // Other labs live there, or it is gone already.
  }
};

/** @returns false when it had to be killed */
export const takeDown = async (lab: LabDirectory): Promise<boolean> => {
  const obeyed = await endInOrder(lab);
  removeEmptyRoot(lab);
  return obeyed;
};

const endInOrder = async (lab: LabDirectory): Promise<boolean> => {
  try {
    await connectLab(lab.directory).down();
    if (await exited(lab)) {
      return true;
    }
  } catch {
    // It hangs or is about to end: either way nothing of it may stay.
  }
  const hung = isAlive(lab);
  await killLab(lab);
  return !hung;
};
