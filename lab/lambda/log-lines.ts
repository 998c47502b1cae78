/** Turns what a function writes into lines, and recognises structured log entries and embedded metrics among them. */
import * as z from 'zod/mini';

/** A line longer than this is cut; CloudWatch's own limit is 256 KB. */
const LINE_CHARACTERS_MAX = 256 * 1024;

export interface FunctionLogLine {
  function: string;
  environmentId: string;
  requestId?: string;
  line: string;
  /** The parsed object, when the line is one. */
  json?: Record<string, unknown>;
}

/** One value of an embedded metric (EMF), flattened: one entry for every metric of every directive. */
export interface FunctionMetric {
  function: string;
  namespace: string;
  name: string;
  unit: string;
  values: number[];
  /** All that are named, whichever set they are in. */
  dimensions: Record<string, string>;
  /** Each set is a metric of its own. One that names what the line does not carry is none. */
  dimensionSets: Record<string, string>[];
  timestampMs: number;
}

const jsonObjectSchema = z.record(z.string(), z.unknown());
const metricValueSchema = z.union([z.number(), z.array(z.number())]);
const emfSchema = z.object({
  Timestamp: z.number(),
  CloudWatchMetrics: z.array(
    z.object({
      Namespace: z.string(),
      Dimensions: z.array(z.array(z.string())),
      Metrics: z.array(z.object({ Name: z.string(), Unit: z.optional(z.string()) })),
    }),
  ),
});

/** The object a line holds, undefined when it is not a JSON object. */
export function parseJsonLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed = jsonObjectSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The metrics an EMF object carries; none when it is not EMF. */
export function metricsOf(functionName: string, json: Record<string, unknown>): FunctionMetric[] {
  const emf = emfSchema.safeParse(json['_aws']);
  if (!emf.success) return [];
  return emf.data.CloudWatchMetrics.flatMap((directive) => {
    const names = new Set(directive.Dimensions.flat());
    const pick = (some: Iterable<string>): Record<string, string> =>
      Object.fromEntries([...some].map((name) => [name, dimensionText(json[name])]));
    const dimensions = pick(names);
    const dimensionSets = directive.Dimensions.filter((set) => set.every((name) => name in json)).map(pick);
    return directive.Metrics.flatMap(({ Name, Unit }) => {
      const value = metricValueSchema.safeParse(json[Name]);
      if (!value.success) return [];
      return {
        function: functionName,
        namespace: directive.Namespace,
        name: Name,
        unit: Unit ?? 'None',
        values: [value.data].flat(),
        dimensions,
        dimensionSets,
        timestampMs: emf.data.Timestamp,
      };
    });
  });
}

const dimensionText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** Collects a stream's text and hands out whole lines. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX);
    for (const line of lines) if (line !== '') this.#onLine(line.slice(0, LINE_CHARACTERS_MAX));
  }

  /** Hands out what is left without a line end. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}
