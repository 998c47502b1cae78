/** Takes what the functions of this process write to standard output and error, in place of CloudWatch. */
import { LineSplitter, parseJsonLine } from '../../lab/lambda/log-lines.ts';

export class FunctionLog {
  /** Written so far. */
  bytes = 0;

  /** @param onEntry called for each line that is a JSON object */
  constructor(onEntry: (entry: Record<string, unknown>) => void = () => undefined) {
    const lines = new LineSplitter((line) => {
      const entry = parseJsonLine(line);
      if (entry !== undefined) onEntry(entry);
    });
    const take = (chunk: string | Uint8Array): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      this.bytes += Buffer.byteLength(text);
      lines.push(text);
      return true;
    };
    Reflect.set(process.stdout, 'write', take);
    Reflect.set(process.stderr, 'write', take);
  }
}
