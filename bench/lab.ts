/** A lab for the length of one section. */
import { connectLab, type LabClient } from '../lab/control/client.ts';
import { type LaunchOptions, launchLab } from '../lab/control/launch.ts';
import { Session } from '../lab/session.ts';
import type { MeasureContext } from './section.ts';

export interface Stage {
  readonly session: Session;
  readonly client: LabClient;
}

/** Rejects when the user wants to stop. */
const untilAborted = (signal: AbortSignal): { aborted: Promise<never>; forget: () => void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return { aborted: promise, forget: () => signal.removeEventListener('abort', onAbort) };
};

/** Brings up a lab, by default of three hosts, with API delays of 0, and takes it down whatever happens. */
export const inLab = async <T>(
  { signal, progress }: MeasureContext,
  work: (stage: Stage) => Promise<T>,
  options: LaunchOptions = { hosts: 3 },
): Promise<T> => {
  const info = await launchLab({ ...options, ackMs: 0, propagationMs: 0 }, { signal, onProgress: progress });
  const session = new Session(info);
  const { aborted, forget } = untilAborted(signal);
  try {
    signal.throwIfAborted();
    progress(`lab ${info.lab} runs; waiting until the group is held`);
    const working = work({ session, client: connectLab(info.dir) });
    // After an interruption its failure is a consequence of the lab's end and says nothing.
    working.catch(() => undefined);
    return await Promise.race([working, aborted]);
  } finally {
    forget();
    await session.close();
  }
};
