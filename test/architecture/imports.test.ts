// Proves that imports go down only and that core/ is pure, and that the checker would notice if they did not.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkImports, checkProject, checkPurity, declaredPackages } from '../../scripts/imports.ts';
import { formatViolation } from '../../scripts/sources.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const declared = declaredPackages(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const importsIn = (path: string, text: string) => checkImports({ path, text }, declared).map(formatViolation);
const purityOf = (text: string, path = 'core/x.ts') => checkPurity({ path, text }).map(formatViolation);

describe('this project', () => {
  it('imports downwards only and keeps core pure', () => {
    expect(checkProject(root).map(formatViolation)).toEqual([]);
  });
});

describe('the import check finds', () => {
  const refused: readonly (readonly [why: string, path: string, text: string])[] = [
    ['core importing a Lambda', 'core/x.ts', `import { a } from '../lambdas/a.ts';`],
    ['core importing a Node module', 'core/x.ts', `import { readFileSync } from 'node:fs';`],
    ['core importing all of zod', 'core/x.ts', `import { z } from 'zod';`],
    ['core importing YAML elsewhere than in its reader', 'core/x.ts', `import { parse } from 'yaml';`],
    ['a type-only import upwards', 'core/x.ts', `import type { A } from '../agent/a.ts';`],
    ['a re-export upwards', 'core/x.ts', `export * from '../lab/a.ts';`],
    ['a named re-export upwards', 'core/x.ts', `export { a } from '../lab/a.ts';`],
    ['the agent importing a Lambda', 'agent/host/x.ts', `import '../../lambdas/store/a.ts';`],
    ['the agent importing the AWS SDK', 'agent/x.ts', `import { EC2Client } from '@aws-sdk/client-ec2';`],
    ['a dynamic import', 'agent/x.ts', `const ec2 = await import('@aws-sdk/client-ec2');`],
    ['an import type in a type position', 'agent/x.ts', `type A = import('../lambdas/a.ts').A;`],
    ['a Lambda importing the agent', 'lambdas/x.ts', `import { a } from '../agent/a.ts';`],
    [
      'the lab importing Lambda source',
      'lab/x.ts',
      `import { handler } from '../lambdas/heartbeat/handler.ts';`,
    ],
    ['the lab importing agent source', 'lab/x.ts', `import '../agent/main.ts';`],
    ['the command taking more of the agent than its findings', 'cli/x.ts', `import '../agent/config.ts';`],
    ['another command loading the lab', 'cli/status.ts', `const lab = await import('../lab/up.ts');`],
    ['a file that merely starts like the lab command', 'cli/labels.ts', `import '../lab/up.ts';`],
    ['code importing a test', 'lab/x.ts', `import { a } from '../test/a.ts';`],
    ['code importing the simulation', 'cli/x.ts', `import { a } from '../sim/a.ts';`],
    ['a Lambda describing its own deployment', 'lambdas/x.ts', `import { Stack } from 'aws-cdk-lib';`],
    ['the lab needing the CDK', 'lab/x.ts', `import { Vpc } from 'aws-cdk-lib/aws-ec2';`],
    ['a construct importing Lambda source', 'lib/x.ts', `import '../lambdas/store/a.ts';`],
    ['an undeclared package', 'lab/x.ts', `import chalk from 'chalk';`],
    ['a Node module without its prefix', 'lab/x.ts', `import fs from 'fs';`],
  ];

  it.each(refused)('%s', (_why, path, text) => {
    expect(importsIn(path, text)).toHaveLength(1);
  });

  it('names file, line and reason', () => {
    expect(importsIn('core/x.ts', `// why\nimport { a } from '../lab/a.ts';\n`)).toEqual([
      'core/x.ts:2: core must not import from lab (../lab/a.ts)',
    ]);
  });
});

describe('the import check lets pass', () => {
  const allowed: readonly (readonly [why: string, path: string, text: string])[] = [
    [
      'core importing core and zod/mini',
      'core/a/x.ts',
      `import * as z from 'zod/mini'; import '../time.ts';`,
    ],
    [
      'the agent importing core',
      'agent/host/x.ts',
      `import '../../core/time.ts'; import 'node:fs'; import 'pino';`,
    ],
    ['a construct importing core and the CDK', 'lib/x.ts', `import '../core/time.ts'; import 'aws-cdk-lib';`],
    ['an example importing the constructs', 'examples/a/x.ts', `import '../../lib/index.ts';`],
    ['the lab command loading the lab', 'cli/lab.ts', `const up = await import('../lab/up.ts');`],
    ['a file of the lab command', 'cli/lab/up.ts', `import '../../lab/up.ts';`],
    ['types of a package that ships none', 'lambdas/x.ts', `import type { Context } from 'aws-lambda';`],
    [
      'a test importing anything',
      'test/lab/x.test.ts',
      `import '../../lab/up.ts'; import '../../package.json';`,
    ],
    [
      'words in comments and strings',
      'core/x.ts',
      `// import '../lab/a.ts'\nexport const a = "import('x')";`,
    ],
  ];

  it.each(allowed)('%s', (_why, path, text) => {
    expect(importsIn(path, text)).toEqual([]);
  });
});

describe('the purity check', () => {
  const impure = [
    'export async function f(): Promise<void> {}',
    'const f = async () => 1;',
    'export const at = Date.now();',
    'export const at = new Date();',
    'export const r = Math.random();',
    'export const env = process.env;',
    'setTimeout(() => {}, 1);',
    'export const t = performance.now();',
    'export const o = { process };',
    'export const t = globalThis.performance;',
    'for await (const x of y) f(x);',
  ];

  it.each(impure)('refuses in core: %s', (text) => {
    expect(purityOf(text)).not.toEqual([]);
  });

  it('refuses nothing outside core', () => {
    expect(impure.flatMap((text) => purityOf(text, 'agent/x.ts'))).toEqual([]);
  });

  it('lets pass a property, a key, a comment or a string of the same name', () => {
    expect(
      purityOf(
        `// Date\nexport const a = (check: { process: string }) => check.process + 'Date' + Math.max(1, 2);`,
      ),
    ).toEqual([]);
  });
});
