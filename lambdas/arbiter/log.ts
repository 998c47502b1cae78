/** The arbiter's log lines: Powertools' JSON, with nothing of an event left out. */
import { LogFormatter, LogItem, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { Environment } from '../environment.ts';
import type { Logger } from './deps.ts';

/** Powertools drops null, but `from: null` in an event means that nobody held the group, and must be in the line. */
class WholeLogItem extends LogItem {
  override prepareForPrint(): void {}
}

/** One flat object: level, message, timestamp (ISO 8601) and service, then the line's own fields. */
class FlatFormatter extends LogFormatter {
  override formatAttributes(
    { logLevel: level, message, timestamp, serviceName: service }: UnformattedAttributes,
    fields: LogAttributes,
  ): LogItem {
    const attributes = { level, message, timestamp: this.formatTimestamp(timestamp), service };
    return new WholeLogItem({ attributes }).addAttributes(fields);
  }
}

/** A logger to standard output at the environment's level. */
export const createLogger = (serviceName: string, { logLevel }: Environment): Logger =>
  new PowertoolsLogger({ serviceName, logLevel, logFormatter: new FlatFormatter() });
