/** Proves that the benchmark's command line is refused when wrong, before anything is measured. */
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandFor, parseOptions } from '../../bench/options.ts';
import { SECTION_NAMES } from '../../bench/sections.ts';
import { CliError } from '../../cli/failure.ts';

describe('parseOptions', () => {
  it('measures everything with the defaults when nothing is said', () => {
    const flags = { quick: false, json: false, write: false, render: false };
    expect(parseOptions([])).toEqual({ sections: SECTION_NAMES, runs: null, ...flags });
  });

  it('takes sections in their fixed order, each once', () => {
    const { sections } = parseOptions(['failover', 'bundle', 'failover']);
    expect(sections).toEqual(['bundle', 'failover']);
  });

  it('takes options beside sections', () => {
    const options = parseOptions(['agent', '--runs', '30', '--json', '--write', '--quick']);
    expect(options).toEqual({
      sections: ['agent'],
      runs: 30,
      quick: true,
      json: true,
      write: true,
      render: false,
    });
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
    expect(commandFor('failover', { runs: 30, quick: false })).toBe('npm run bench -- failover --runs 30');
    expect(commandFor('bundle', { runs: null, quick: false })).toBe('npm run bench -- bundle');
    expect(commandFor('versus', { runs: null, quick: true })).toBe('npm run bench -- versus --quick');
  });
});
