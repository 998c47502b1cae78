/** Prints how many milliseconds this fresh process takes to import the module named as its argument. */
import { pathToFileURL } from 'node:url';

const { href } = pathToFileURL(process.argv[2] ?? '');
const startMs = performance.now();
await import(href);
const tookMs: number = performance.now() - startMs;
process.stdout.write(`${tookMs}\n`, () => process.exit(0));
