import type { IConstruct } from 'constructs';

/**
 * What an arbiter is called in metrics, alarms and events: its path in the app, such as `Keepaloft-Arbiter`. Not its id
 * alone, or the arbiters of two stacks in one region would be counted as one.
 */
export const arbiterNameOf = (arbiter: IConstruct): string =>
  arbiter.node.path.replaceAll('/', '-').replaceAll(/[^A-Za-z0-9._-]/gu, '');
