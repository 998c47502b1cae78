/** Proves, with made-up configuration files, that a right one is understood and a wrong one is refused with its place. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { stringify } from 'yaml';
import { agentGroupDocument, compileGroup, configHashOf } from '../../core/wire/compile.ts';
import { agentFileSchema, keepaloftFileSchema } from '../../core/wire/config.ts';
import { DocumentError, type Finding, readDocument } from '../../core/wire/document.ts';
import { hostRoutingOf } from '../../core/wire/host-routing.ts';
import { groupConfigSchema } from '../../core/wire/item.ts';
import { keepaloftFiles } from './arbitraries/files.ts';
import { extended, spoiled, UNKNOWN } from './arbitraries/spoiled.ts';
import { fuzzMsMax, runs } from './runs.ts';

/** Nothing at all is an empty file. */
const textOf = (document: unknown): string => (document === undefined ? '' : stringify(document));
const read = (document: unknown) => readDocument('keepaloft.yaml', textOf(document), keepaloftFileSchema);

/** What was found wrong with a document; undefined when nothing was. Anything but a DocumentError is thrown on. */
const findingsIn = (document: unknown): readonly Finding[] | undefined => {
  try {
    read(document);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof DocumentError) return thrown.findings;
    throw thrown;
  }
};

/** Of these the user chooses the names. */
const isRecord = (path: readonly (string | number)[]): boolean =>
  ['groups', 'checks', 'tag'].includes(String(path.at(-1)));

const enrolled = { eni: 'eni-0123456789abcdef0', address: '172.31.0.11' };

describe('any keepaloft.yaml', { timeout: fuzzMsMax }, () => {
  it('gives the arbiter a configuration that its item can hold, under a hash that a rewritten file keeps', () => {
    fc.assert(
      fc.property(keepaloftFiles, (document) => {
        const groups = Object.entries(read(document).groups);
        return groups.every(([name, group]) => {
          const known = Object.fromEntries(group.members.map(({ instance }) => [instance, enrolled]));
          const compiled = compileGroup(name, group, known);
          const reordered = Object.fromEntries(Object.entries(group).toReversed()) as typeof group;
          return (
            isDeepStrictEqual(groupConfigSchema.parse(compiled), compiled) &&
            configHashOf(reordered) === compiled.hash
          );
        });
      }),
      runs(100),
    );
  });

  it('gives each member an agent.yaml that reads as the same settings', () => {
    fc.assert(
      fc.property(keepaloftFiles, (document) => {
        const { groups } = read(document);
        const [[name, group] = []] = Object.entries(groups);
        const [member] = group?.members ?? [];
        if (name === undefined || group === undefined || member === undefined) return false;
        const agent = readDocument(
          'agent.yaml',
          stringify({
            version: 1,
            endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
            region: 'us-east-1',
            groups: { [name]: agentGroupDocument(group, member.instance) },
          }),
          agentFileSchema,
        ).groups[name];
        const { vips, timing, exclusive, kernelExpiry, mode, handover, checks, hooks } = group;
        return isDeepStrictEqual(agent, {
          vips,
          timing,
          // Who only observes lets nobody hold anything.
          exclusive: exclusive && mode === 'enforce',
          kernelExpiry,
          mode,
          checks,
          hooks,
          priority: member.priority,
          configHash: configHashOf(group),
          preemptDelay: group.election.preemptDelay,
          ...(handover === 'fabric-first' ? {} : { handover }),
          ...hostRoutingOf(group),
        });
      }),
      runs(100),
    );
  });

  it('with a key that nobody knows is refused: the key and its line are named', () => {
    fc.assert(
      fc.property(extended(keepaloftFiles, isRecord), ({ more }) => {
        const lines = textOf(more).split('\n');
        const line = 1 + lines.findIndex((text) => text.includes(`${UNKNOWN}:`));
        return findingsIn(more)?.some((one) => one.path.endsWith(UNKNOWN) && one.line === line) === true;
      }),
      runs(150),
    );
  });

  it('with one thing wrong is refused with places that exist, or is right after all; nothing else is thrown', () => {
    fc.assert(
      fc.property(spoiled(keepaloftFiles), (document) => {
        const lines = textOf(document).split('\n');
        const findings = findingsIn(document);
        return (
          findings === undefined ||
          (findings.length > 0 &&
            findings.every(
              ({ line, column, message }) =>
                line >= 1 &&
                line <= lines.length &&
                column >= 1 &&
                column <= (lines[line - 1]?.length ?? 0) + 1 &&
                message !== '',
            ))
        );
      }),
      runs(300),
    );
  });
});
