/** Proves that the benchmark's command line is refused when wrong, before anything is measured. */
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandFor, parseOptions } from '../../bench/options.ts';
import { SECTION_NAMES } from '../../bench/sections.ts';
import { CliError } from '../../cli/failure.ts';

describe('parseOptions', () => {
  it('measures everything with the defaults when nothing is said', () => {
    expect(parseOptions([])).toEqual({ sections: SECTION_NAMES, runs: null, json: false, write: false });
  });

  it('takes sections in their fixed order, each once', () => {
    const { sections } = parseOptions(['failover', 'bundle', 'failover']);
    expect(sections).toEqual(['bundle', 'failover']);
  });

  it('takes options beside sections', () => {
    const options = parseOptions(['agent', '--runs', '30', '--json', '--write']);
    expect(options).toEqual({ sections: ['agent'], runs: 30, json: true, write: true });
  });

  it.each([[['speed']], [['bundle', 'speed']]])('refuses an unknown section: %j', (words) => {
    expect(() => parseOptions(words)).toThrow(CliError);
  });

  it.each([[['--runs', '0']], [['--runs', 'many']], [['--runs']], [['--fast']]])('refuses %j', (words) => {
    expect(() => parseOptions(words)).toThrow(CommanderError);
  });
});

describe('commandFor', () => {
  it('names what measures one section again', () => {
    expect(commandFor('failover', 30)).toBe('npm run bench -- failover --runs 30');
    expect(commandFor('bundle', null)).toBe('npm run bench -- bundle');
  });
});
