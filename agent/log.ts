/** The agent's log: one JSON object a line on standard output, which systemd's journal takes as it is. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Lines that a stuck reader has not taken are kept up to here, then dropped: memory is bounded. */
const PENDING_BYTES_MAX = 1_048_576;

/** Fields that must never reach a log, however deep somebody's object carries them. */
const SECRETS = [
  'secretAccessKey',
  'sessionToken',
  'authorization',
  'credentials',
  'token',
  '*.secretAccessKey',
  '*.sessionToken',
  '*.authorization',
  '*.credentials',
  '*.token',
];

const optionsOf = (level: LogLevel) => ({
  level,
  base: null,
  timestamp: stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
  redact: { paths: SECRETS, censor: '[secret]' },
});

/** The log and how to empty its buffer; call `flush` last before the process exits. */
export interface OpenLog {
  readonly log: Log;
  readonly flush: () => void;
}

/**
 * Opens the log on standard output. Writing does not wait for the reader: a stuck journal must not hold up the
 * loop that keeps a lease.
 *
 * @param to where else to write, for tests
 */
export const openLog = (level: LogLevel, to?: DestinationStream): OpenLog => {
  if (to !== undefined) return { log: pino(optionsOf(level), to), flush: () => undefined };
  const stdout = destination({ dest: 1, sync: false, minLength: 0, maxLength: PENDING_BYTES_MAX });
  return {
    log: pino(optionsOf(level), stdout),
    flush: () => {
      try {
        stdout.flushSync();
      } catch {
        // Standard output is gone or was never opened: there is nobody left to tell.
      }
    },
  };
};
