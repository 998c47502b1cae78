/** Which lab a command means: the one named, or the only one that runs. */

import { connectLab, type LabClient } from '../../lab/control/client.ts';
import { isAlive, type LabDirectory, listLabDirectories } from '../../lab/state.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';

export interface FoundLab {
  labId: string;
  directory: string;
  client: LabClient;
}

/** @throws CliError `no-lab`, `no-such-lab`, `several-labs` */
export const chooseLab = (labs: readonly LabDirectory[], labId?: string): LabDirectory => {
  const ids = labs.map((lab) => lab.labId).join(', ');
  if (labId !== undefined) {
    const named = labs.find((lab) => lab.labId === labId);
    if (named === undefined) {
      throw new CliError('no-such-lab', `no lab ${labId} is running`, {
        remedy: labs.length === 0 ? 'start one: keepaloft lab up --detach' : `running: ${ids}`,
        exitCode: EXIT.unavailable,
      });
    }
    return named;
  }
  const [only, second] = labs;
  if (only === undefined) {
    throw new CliError('no-lab', 'no lab is running', {
      remedy: 'start one: keepaloft lab up --detach',
      exitCode: EXIT.unavailable,
    });
  }
  if (second !== undefined) {
    throw new CliError('several-labs', `${labs.length} labs are running: ${ids}`, {
      remedy: `say which one: --lab ${only.labId}`,
      exitCode: EXIT.usage,
    });
  }
  return only;
};

/** The living labs of this user. */
export const livingLabs = (): LabDirectory[] => listLabDirectories().filter(isAlive);

export const connectTo = ({ labId, directory }: LabDirectory): FoundLab => ({
  labId,
  directory,
  client: connectLab(directory),
});

/** @throws CliError when it is not clear which lab is meant */
export const findLab = (labId?: string): FoundLab => connectTo(chooseLab(livingLabs(), labId));
