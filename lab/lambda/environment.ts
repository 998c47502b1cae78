/** One execution environment: a child process that holds a loaded function and runs one invocation at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type EnvironmentMessage,
  environmentMessageSchema,
  type FailureKind,
  type FunctionError,
  type InvokeOutcome,
  PAYLOAD_BYTES_MAX,
} from './invocation.ts';
import { LineSplitter } from './log-lines.ts';

/** Lambda gives the initialisation of a function ten seconds. */
const INIT_MS = 10_000;
const CHILD = fileURLToPath(new URL('environment-child.ts', import.meta.url));

export interface EnvironmentOptions {
  id: string;
  /** Directory of the function's code. */
  taskRoot: string;
  /** The whole environment of the process; nothing is inherited. */
  env: Record<string, string>;
  timeoutMs: number;
  onLine: (line: string, requestId: string | undefined) => void;
  onExit: (environment: Environment) => void;
}

interface Running {
  requestId: string;
  timer: NodeJS.Timeout;
  settle: (outcome: InvokeOutcome) => void;
}

export class Environment {
  readonly id: string;
  readonly ready: Promise<void>;
  readonly #options: EnvironmentOptions;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #settleInit: (error: FunctionError | undefined) => void = () => undefined;
  #running: Running | undefined;
  #lastRequestId: string | undefined;
  #thaw: NodeJS.Timeout | undefined;
  isAlive = true;
  /** Why the module could not be loaded; known once `ready` resolved. */
  initError: FunctionError | undefined;

  constructor(options: EnvironmentOptions) {
    this.id = options.id;
    this.#options = options;
    this.#child = fork(CHILD, [], {
      cwd: options.taskRoot,
      env: options.env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ready = this.#initialise();
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#capture(stream);
    this.#child.on('message', (raw) => this.#hear(environmentMessageSchema.parse(raw)));
    this.#child.on('error', () =>
      this.#end('exit', 'Runtime.ExitError', 'the environment could not be reached'),
    );
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#end('exit', 'Runtime.ExitError', `Runtime exited with error: ${exitText(code, signal)}`);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Runs the handler once; never rejects. */
  async invoke(requestId: string, event: string): Promise<InvokeOutcome> {
    await this.ready;
    if (this.initError !== undefined) return { ok: false, requestId, kind: 'init', error: this.initError };
    if (!this.isAlive) return failure(requestId, 'exit', 'Runtime.ExitError', 'the environment is gone');
    return new Promise((resolve) => {
      const { timeoutMs } = this.#options;
      const timer = setTimeout(() => this.#timeOut(), timeoutMs);
      this.#running = { requestId, timer, settle: resolve };
      this.#lastRequestId = requestId;
      this.#child.send({ type: 'invoke', requestId, event, deadlineMs: Date.now() + timeoutMs }, (error) => {
        if (error !== null) this.#end('exit', 'Runtime.ExitError', error.message);
      });
    });
  }

  /** Stops the process as it stands and lets it go on after `forMs`. */
  freeze(forMs: number): void {
    if (!this.isAlive) return;
    this.#child.kill('SIGSTOP');
    clearTimeout(this.#thaw);
    this.#thaw = setTimeout(() => this.#child.kill('SIGCONT'), forMs);
  }

  /** Lets a frozen process go on now. */
  thaw(): void {
    clearTimeout(this.#thaw);
    if (this.isAlive) this.#child.kill('SIGCONT');
  }

  /** Puts the process's wall clock off by `offsetMs`; 0 puts it right. */
  shiftClock(offsetMs: number): void {
    // One that ended in this moment has no clock any more.
    if (this.isAlive) this.#child.send({ type: 'clock', offsetMs }, () => undefined);
  }

  /** Kills the process and resolves when it is gone. */
  async destroy(): Promise<void> {
    clearTimeout(this.#thaw);
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #initialise(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settleInit({ errorType: 'Sandbox.Timedout', errorMessage: 'initialisation took too long' });
      }, INIT_MS);
      this.#settleInit = (error) => {
        clearTimeout(timer);
        this.#settleInit = () => undefined;
        this.initError = error;
        if (error !== undefined) this.#child.kill('SIGKILL');
        resolve();
      };
    });
  }

  #capture(stream: Readable | null): void {
    const splitter = new LineSplitter((line) =>
      this.#options.onLine(line, this.#running?.requestId ?? this.#lastRequestId),
    );
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => splitter.push(text));
    stream?.on('end', () => splitter.end());
  }

  #hear(message: EnvironmentMessage): void {
    if (message.type === 'ready') return this.#settleInit(undefined);
    if (message.type === 'init-failed') return this.#settleInit(message.error);
    if (message.requestId !== this.#running?.requestId) return undefined;
    const { requestId } = message;
    if (message.type === 'failed')
      return this.#settle({ ok: false, requestId, kind: 'unhandled', error: message.error });
    if (Buffer.byteLength(message.payload) > PAYLOAD_BYTES_MAX)
      return this.#settle(
        failure(requestId, 'too-large', 'Function.ResponseSizeTooLarge', 'the response payload is too large'),
      );
    return this.#settle({ ok: true, requestId, payload: JSON.parse(message.payload) });
  }

  /** A function that overruns is killed with its whole environment, as Lambda does it. */
  #timeOut(): void {
    this.isAlive = false;
    const seconds = (this.#options.timeoutMs / 1000).toFixed(2);
    this.#end('timeout', 'Sandbox.Timedout', `Task timed out after ${seconds} seconds`);
    this.#child.kill('SIGKILL');
  }

  #end(kind: FailureKind, errorType: string, errorMessage: string): void {
    const wasAlive = this.isAlive || kind === 'timeout';
    this.isAlive = false;
    clearTimeout(this.#thaw);
    this.#settleInit({ errorType, errorMessage });
    if (this.#running !== undefined)
      this.#settle(failure(this.#running.requestId, kind, errorType, errorMessage));
    if (wasAlive) this.#options.onExit(this);
  }

  #settle(outcome: InvokeOutcome): void {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    clearTimeout(running.timer);
    running.settle(outcome);
  }
}

const exitText = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `exit status ${code ?? 'unknown'}` : `signal: ${signal}`;

export const failure = (
  requestId: string,
  kind: FailureKind,
  errorType: string,
  errorMessage: string,
): InvokeOutcome => ({ ok: false, requestId, kind, error: { errorType, errorMessage } });
