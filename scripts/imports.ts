// The import-direction check: imports go down only, and core/ stays pure. As a program it checks this project.

import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  formatViolation,
  isSyntaxNode,
  lineAt,
  readSources,
  SOURCE_FOLDERS,
  type SourceFile,
  type SourceFolder,
  type SyntaxNode,
  type Violation,
  walk,
} from './sources.ts';

/** Which folders a folder may import from, besides itself. Test may import everything. */
const ALLOWED: Record<SourceFolder, readonly SourceFolder[]> = {
  core: [],
  lambdas: ['core'],
  agent: ['core'],
  // And lab, but only from the lab command: see LAB_COMMAND.
  cli: ['core'],
  lab: ['core'],
  sim: ['core'],
  lib: ['core'],
  bin: ['core', 'lib'],
  // What a user writes: nothing but what is exported.
  examples: ['lib'],
  bench: ['core', 'lab', 'cli', 'sim'],
  scripts: ['core'],
  test: SOURCE_FOLDERS,
};

/** The lab command's own files: cli/lab.ts, cli/lab/…, cli/lab-run.ts. */
const LAB_COMMAND = /^cli\/lab(?:[./-])/;

/** What the operator's checks and the host's share: the form of their findings, and what a script gives away. */
const FINDINGS = /^agent\/doctor\/(?:finding|report|script-smells)\.ts$/;

/** The only package that core/ may import. */
const CORE_PACKAGE = 'zod/mini';
/** What the reader of documents needs besides: pure, and in no Lambda. */
const DOCUMENT_PACKAGES: ReadonlySet<string> = new Set(['yaml', 'zod/v4/locales/en.js']);
/**
 * The one exception: errors in a configuration file name line and column, which needs the YAML document. Parsing is
 * pure, and a bundle that does not read configuration files does not contain it.
 */
const YAML_READER = 'core/wire/document.ts';

/** Packages by which a host could act on the cloud, which only the arbiter may. */
const REFUSED_IN_AGENT = /^(?:@aws-sdk|@aws-lambda-powertools|@middy)\//;

/** What describes a deployment. What is deployed must not contain it, and the lab must not need it. */
const CDK_PACKAGES = /^(?:aws-cdk-lib|constructs|cdk-nag)(?:\/|$)/;
const MAY_USE_CDK: ReadonlySet<SourceFolder> = new Set(['lib', 'bin', 'examples', 'test']);

/** Globals whose value depends on when, where or on what machine the code runs. */
const IMPURE_GLOBALS = new Set([
  'Date',
  'performance',
  'process',
  'globalThis',
  'crypto',
  'fetch',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Promise',
]);

const DEPENDENCY_KINDS = new Set(['dependencies', 'devDependencies', 'optionalDependencies']);

interface Import {
  readonly specifier: string;
  readonly offset: number;
}

/** Everything a file imports: import, export … from, import() and the type import('…'). */
function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const { node } of walk(file)) {
    const source = sourceOf(node);
    if (source !== undefined) found.push({ specifier: source, offset: node.start });
  }
  return found;
}

function sourceOf(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return stringLiteral(node['source']);
    default:
      return undefined;
  }
}

function stringLiteral(node: unknown): string | undefined {
  if (!isSyntaxNode(node)) return undefined;
  return typeof node['value'] === 'string' ? node['value'] : undefined;
}

function folderOf(path: string): SourceFolder | undefined {
  return SOURCE_FOLDERS.find((folder) => path.startsWith(`${folder}/`));
}

const MANIFEST = 'package.json';
const SAYS_VERSION: ReadonlySet<SourceFolder> = new Set(['agent', 'cli', 'bench']);

/** Why a relative import is refused, or undefined. */
function relativeProblem(path: string, from: SourceFolder, specifier: string): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  const to = folderOf(target);
  // What is shipped says its version, and the manifest is where the version stands.
  if (target === MANIFEST && SAYS_VERSION.has(from)) return undefined;
  if (to === undefined)
    return from === 'test' ? undefined : `imports ${specifier}, outside the source folders`;
  if (to === from || ALLOWED[from].includes(to)) return undefined;
  if (to === 'lab' && LAB_COMMAND.test(path)) return undefined;
  if (from === 'cli' && FINDINGS.test(target)) return undefined;
  return `${from} must not import from ${to} (${specifier})`;
}

/** Why the import of a package or a Node module is refused, or undefined. */
function packageProblem(
  path: string,
  from: SourceFolder,
  specifier: string,
  declared: ReadonlySet<string>,
): string | undefined {
  if (from === 'core') {
    if (specifier === CORE_PACKAGE || (path === YAML_READER && DOCUMENT_PACKAGES.has(specifier)))
      return undefined;
    return `core imports ${specifier}; it may import ${CORE_PACKAGE} only`;
  }
  if (from === 'agent' && REFUSED_IN_AGENT.test(specifier)) return `agent must not import ${specifier}`;
  if (CDK_PACKAGES.test(specifier) && !MAY_USE_CDK.has(from)) return `${from} must not import ${specifier}`;
  if (specifier.startsWith('node:')) return undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (declared.has(name) || declared.has(`@types/${name}`)) return undefined;
  return `${specifier} is not a dependency in package.json (Node's own modules are written node:…)`;
}

/**
 * The imports of one file that point the wrong way.
 *
 * @param declared names of the packages in package.json
 */
export function checkImports(file: SourceFile, declared: ReadonlySet<string>): Violation[] {
  const from = folderOf(file.path);
  if (from === undefined) return [];
  return importsOf(file).flatMap(({ specifier, offset }) => {
    const message = specifier.startsWith('.')
      ? relativeProblem(file.path, from, specifier)
      : packageProblem(file.path, from, specifier, declared);
    return message === undefined ? [] : [{ path: file.path, line: lineAt(file.text, offset), message }];
  });
}

/** True for an identifier that only names a property or a key, as in `report.process`. */
function isName(node: SyntaxNode, parent: SyntaxNode, field: string): boolean {
  const named = (field === 'property' || field === 'key') && parent['computed'] !== true;
  // In `{ process }` key and value are the same identifier: the value still counts.
  return named && node.type === 'Identifier';
}

function impurity(node: SyntaxNode, parent: SyntaxNode, field: string): string | undefined {
  if (node.type === 'AwaitExpression' || node['await'] === true) return 'await';
  if (node['async'] === true) return 'async';
  if (node.type === 'MemberExpression') {
    const { object, property } = node;
    const random = isSyntaxNode(property) && property['name'] === 'random';
    if (random && isSyntaxNode(object) && object['name'] === 'Math') return 'Math.random';
  }
  const global = node.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : '';
  return IMPURE_GLOBALS.has(global) && !isName(node, parent, field) ? global : undefined;
}

/** What makes a file of core/ impure: waiting, clocks, chance, the process. Empty for files elsewhere. */
export function checkPurity(file: SourceFile): Violation[] {
  if (folderOf(file.path) !== 'core') return [];
  const found: Violation[] = [];
  for (const { node, parent, field } of walk(file)) {
    const name = impurity(node, parent, field);
    if (name === undefined) continue;
    const message = `core is pure and must not use ${name}: take it as an argument or return an effect`;
    found.push({ path: file.path, line: lineAt(file.text, node.start), message });
  }
  return found;
}

/** Every violation in the project at `root`, in the order of files. */
export function checkProject(root: string): Violation[] {
  const declared = declaredPackages(readFileSync(join(root, 'package.json'), 'utf8'));
  return readSources(root).flatMap((file) => [...checkImports(file, declared), ...checkPurity(file)]);
}

/** The names of the packages that a package.json declares, of whatever kind. */
export function declaredPackages(packageJson: string): Set<string> {
  const manifest: unknown = JSON.parse(packageJson);
  if (typeof manifest !== 'object' || manifest === null) return new Set();
  const lists = Object.entries(manifest)
    .filter(([key]) => DEPENDENCY_KINDS.has(key))
    .map((entry): unknown => entry[1])
    .filter((packages) => typeof packages === 'object' && packages !== null);
  return new Set(lists.flatMap((packages) => Object.keys(packages)));
}

if (import.meta.main) {
  const violations = checkProject(fileURLToPath(new URL('..', import.meta.url)));
  for (const violation of violations) process.stdout.write(`${formatViolation(violation)}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
