/** `keepaloft lab down`. */

import { listLabDirectories } from '../../lab/state.ts';
import { sweepStale } from '../../lab/sweep.ts';
import { EXIT } from '../exit-codes.ts';
import { terminalOf } from '../terminal.ts';
import { chooseLab, livingLabs } from './find.ts';
import { takeDown } from './take-down.ts';

export const down = async (options: { lab?: string; all?: boolean }): Promise<number> => {
  const terminal = terminalOf(process.stdout);
  const swept = await sweepStale({ log: (line) => terminal.line(line) });
  if (options.lab !== undefined && swept.labs.includes(options.lab)) {
    return EXIT.ok;
  }
  const living = livingLabs();
  const chosen = options.all === true ? living : [chooseLab(living, options.lab)];
  for (const lab of chosen) {
    const obeyed = await takeDown(lab);
    terminal.line(`lab ${lab.labId} is gone${obeyed ? '' : ' (it did not answer and was killed)'}`);
  }
  if (options.all === true && chosen.length === 0 && swept.labs.length === 0) {
    terminal.line('no lab is running');
  }
  return listLabDirectories().some((lab) => chosen.some((gone) => gone.labId === lab.labId))
    ? EXIT.failed
    : EXIT.ok;
};
