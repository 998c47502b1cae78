/** What the reaper becomes when its supervisor died: one sweep of that lab. Argument: the lab's id. */

import { checkLabId } from '../net/names.ts';
import { sweepStale } from '../sweep.ts';

const labId = process.argv[2] ?? '';
checkLabId(labId);
await sweepStale({ labId });
