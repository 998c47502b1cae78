/** What is promised for a plan with one fault, or with none. */
import type { Plan } from '../plan/settings.ts';
import type { Promise } from './fault.ts';
import { faultKind } from './table.ts';

const NOTHING: Promise = { moves: 0, darkMs: () => 0 };

export const promiseOf = ({ settings, faults }: Plan): Promise | undefined => {
  const [fault] = faults;
  if (!settings.solo || faults.length > 1) return undefined;
  if (fault === undefined) return NOTHING;
  const { alone } = faultKind(fault.kind);
  return settings.exclusive ? alone?.exclusive : alone?.fenced;
};
