/** Measures sections one after the other; one that fails does not take the others with it. */
import { describeMachine, watchNoise } from './machine.ts';
import { commandFor, type Options } from './options.ts';
import type { MeasureContext } from './section.ts';
import { type Circumstances, type Results, SECTIONS, type SectionName } from './sections.ts';

export interface Measured {
  readonly results: Results;
  readonly failures: readonly { readonly section: SectionName; readonly error: unknown }[];
}

/** Surrounds a section's data with when, where and how it was measured. */
const measureOne = async (name: SectionName, context: MeasureContext): Promise<Results['sections']> => {
  const machine = await describeMachine();
  const endNoise = await watchNoise();
  const measuredAt = new Date().toISOString();
  const around = (): Circumstances => ({
    measuredAt,
    command: commandFor(name, context),
    machine,
    noise: endNoise(),
  });
  switch (name) {
    case 'bundle':
      return { bundle: { data: await SECTIONS.bundle.measure(context), ...around() } };
    case 'handler':
      return { handler: { data: await SECTIONS.handler.measure(context), ...around() } };
    case 'agent':
      return { agent: { data: await SECTIONS.agent.measure(context), ...around() } };
    case 'failover':
      return { failover: { data: await SECTIONS.failover.measure(context), ...around() } };
    case 'stability':
      return { stability: { data: await SECTIONS.stability.measure(context), ...around() } };
    case 'peers':
      return { peers: { data: await SECTIONS.peers.measure(context), ...around() } };
    case 'versus':
      return { versus: { data: await SECTIONS.versus.measure(context), ...around() } };
    case 'scale':
      return { scale: { data: await SECTIONS.scale.measure(context), ...around() } };
  }
};

export interface Hearers {
  /** One line at a time. */
  readonly progress: (line: string) => void;
  /** Each section as it ends: what comes later may fail or be interrupted. */
  readonly onMeasured: (results: Results) => void;
}

/**
 * @throws the signal's reason when interrupted
 */
export const measureAll = async (
  { sections, runs, quick }: Pick<Options, 'sections' | 'runs' | 'quick'>,
  signal: AbortSignal,
  { progress, onMeasured }: Hearers,
): Promise<Measured> => {
  const done: Results['sections'] = {};
  const failures: { section: SectionName; error: unknown }[] = [];
  for (const name of sections) {
    signal.throwIfAborted();
    const say = (line: string): void => progress(`${name}: ${line}`);
    try {
      const measured = await measureOne(name, { runs, quick, signal, progress: say });
      Object.assign(done, measured);
      onMeasured({ version: 1, sections: measured });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      say(`not measured: ${error instanceof Error ? error.message : String(error)}`);
      failures.push({ section: name, error });
    }
  }
  return { results: { version: 1, sections: done }, failures };
};
