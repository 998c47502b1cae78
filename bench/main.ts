/** `npm run bench`: measures, prints, and writes docs/numbers.md when asked to. */
import { CommanderError } from 'commander';
import { EXIT } from '../cli/exit-codes.ts';
import { explain } from '../cli/failure.ts';
import { watchInterrupt } from '../cli/interrupt.ts';
import { renderText } from './document.ts';
import { ROOT } from './machine.ts';
import { measureAll } from './measure.ts';
import { type Options, parseOptions } from './options.ts';
import { type Results, tellAll } from './sections.ts';
import { loadResults, merge, saveResults } from './store.ts';

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const bench = async (options: Options): Promise<number> => {
  if (options.render) {
    progress(`written: ${saveResults(ROOT, loadResults(ROOT)).join(', ')}`);
    return EXIT.ok;
  }
  // Read before measuring: a file that cannot be read must not cost twenty minutes first.
  let kept = options.write ? loadResults(ROOT) : undefined;
  const onMeasured = (results: Results): void => {
    if (kept === undefined) return;
    kept = merge(kept, results);
    progress(`written: ${saveResults(ROOT, kept).join(', ')}`);
  };
  const interrupt = watchInterrupt();
  interrupt.onImpatience(() => process.exit(EXIT.interrupted));
  try {
    const { results, failures } = await measureAll(options, interrupt.signal, { progress, onMeasured });
    const told = tellAll(results);
    if (options.json) process.stdout.write(`${JSON.stringify({ ...results, told }, null, 2)}\n`);
    else for (const one of told) process.stdout.write(`${renderText(one)}\n`);
    return failures.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    interrupt.dispose();
  }
};

try {
  process.exitCode = await bench(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) {
    process.exitCode = EXIT.ok;
  } else {
    const { exitCode, message, remedy } = explain(error);
    if (exitCode !== EXIT.interrupted) progress(`bench: ${message}\n  ${remedy}`);
    if (process.env['KEEPALOFT_DEBUG'] === '1')
      progress(String(error instanceof Error ? error.stack : error));
    process.exitCode = exitCode;
  }
}
