/** A keepalived.conf as a keepaloft.yaml, and what became of each of its lines. Runs nothing, and asks only for files. */
import { dirname } from 'node:path';
import { documentText } from './document.ts';
import { expand } from './expand.ts';
import { BLOCKS, fateOf, GLOBAL } from './fates.ts';
import { groupsOf } from './groups.ts';
import { instanceOf } from './instance.ts';
import { Ledger, type LineReport } from './ledger.ts';
import { type Named, type PlannedGroup, planOf } from './plan.ts';
import { type Moved, Programs } from './programs.ts';
import { type Files, readLines } from './read.ts';
import { Registry } from './registry.ts';
import { trackedKindOf } from './tracked.ts';
import { keywordOf, markAll, type Statement, treeOf } from './tree.ts';
import { VOCABULARY, type Vocabulary } from './words.ts';

export interface Source {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly files: Files;
  /** Whose lines are meant where some are for one host only. */
  readonly host?: string | undefined;
  /** Empty: placeholders are written. */
  readonly members?: readonly Named[];
  /** @default what the schema of this version knows */
  readonly words?: Vocabulary;
}

export interface Imported {
  /** undefined: there is no group to write. */
  readonly text: string | undefined;
  readonly groups: readonly PlannedGroup[];
  readonly lines: readonly LineReport[];
  /** What must be put on every member by hand. */
  readonly programs: readonly Moved[];
}

const SCRIPT_USER =
  "who runs checks is the host's own: `scriptUser` in /etc/keepaloft/agent.yaml (default nobody); hooks run as the agent, root";

const globalLine = (statement: Statement, ledger: Ledger): void => {
  const keyword = keywordOf(statement);
  const fate = fateOf(GLOBAL, keyword);
  if (keyword === 'script_user') ledger.mark(statement.places, 'human', SCRIPT_USER);
  else if (fate === undefined) markAll(ledger, statement, 'human', `${keyword} is not known here`);
  else markAll(ledger, statement, fate.verdict, fate.why);
};

/** What is read elsewhere. */
const isRead = (keyword: string): boolean =>
  keyword === 'vrrp_instance' || keyword === 'vrrp_sync_group' || trackedKindOf(keyword) !== undefined;

const topLine = (statement: Statement, ledger: Ledger): void => {
  const keyword = keywordOf(statement);
  if (isRead(keyword)) return;
  if (keyword === 'global_defs') {
    ledger.mark(statement.places, 'mapped');
    for (const inner of statement.body ?? []) globalLine(inner, ledger);
    return;
  }
  const fate = fateOf(BLOCKS, keyword);
  if (fate === undefined) globalLine(statement, ledger);
  else markAll(ledger, statement, fate.verdict, fate.why);
};

/** @example importFrom({ path: '/etc/keepalived/keepalived.conf', text, files }).lines */
export const importFrom = ({
  path,
  text,
  files,
  host,
  members = [],
  words = VOCABULARY,
}: Source): Imported => {
  const ledger = new Ledger();
  const statements = treeOf(expand(readLines(path, text, files, ledger), host, ledger), ledger);
  const programs = new Programs(files, dirname(path));
  const context = { ledger, words, programs };
  const registry = new Registry(statements, context);
  const reading = { context, registry };
  for (const statement of statements) topLine(statement, ledger);
  const of = (keyword: string): Statement[] =>
    statements.filter((statement) => keywordOf(statement) === keyword);
  const drafts = of('vrrp_instance').map((statement) => instanceOf(statement, reading));
  const groups = planOf(groupsOf(drafts, of('vrrp_sync_group'), reading), members, context);
  registry.finish();
  return {
    text: groups.length === 0 ? undefined : documentText(path, groups),
    groups,
    lines: ledger.lines(),
    programs: programs.moved(),
  };
};
