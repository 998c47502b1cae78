/** Whether hosts can have the addresses at all. Which switch a member is on, and who else is, no cloud knows. */
import type { L2Vip } from '../../../core/wire/names.ts';
import type { Finding } from '../fabric.ts';
import { reservedFindings } from '../reserved.ts';

export const validate = (vips: readonly L2Vip[]): Promise<Finding[]> =>
  Promise.resolve(vips.flatMap(reservedFindings));
