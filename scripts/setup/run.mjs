// Runs a program and keeps the beginning and the end of what it printed, to be shown only when it fails.

import { spawn } from 'node:child_process';

/** How much of a program's output is kept for the message about its failure: npm says the reason first, apt-get last. */
const HEAD_KEPT_CHARS = 1_500;
const TAIL_KEPT_CHARS = 1_000;

/**
 * @param {string} program
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {(pid: number) => void} [options.onStart]  told the child's pid, so that a lock can name it
 * @returns {Promise<{ code: number | null, output: string }>} code null: not started, or ended by a signal
 */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    let head = '';
    let tail = '';
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (/** @type {Buffer} */ chunk) => {
      const text = chunk.toString();
      const forHead = Math.max(0, HEAD_KEPT_CHARS - head.length);
      head += text.slice(0, forHead);
      tail = (tail + text.slice(forHead)).slice(-TAIL_KEPT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('spawn', () => {
      if (child.pid !== undefined) options.onStart?.(child.pid);
    });
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output: joinOutput(head, tail) }));
  });
}

/**
 * @param {string} head
 * @param {string} tail  at its bound when something between the two was dropped
 */
function joinOutput(head, tail) {
  return `${head}${tail.length < TAIL_KEPT_CHARS ? '' : '\n…\n'}${tail}`.trim();
}
