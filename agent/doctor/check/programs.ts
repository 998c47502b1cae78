/** Whether the programs that the configuration names will be run, and whether the checks among them can tell anything. Pure. */
import type { ProgramFacts } from '../facts.ts';
import { bad, type Finding, ok } from '../finding.ts';
import { smellsOf } from '../script-smells.ts';

/** What a check's script gives away. It may be wrong in both directions; it asks to look. */
const scriptFindings = (use: string, path: string, script: string): Finding[] =>
  smellsOf(script).map(({ kind, line, message, fix }) => {
    const told = `${path}, line ${line}: ${message}`;
    return kind === 'never-fails'
      ? bad('check-never-fails', told, fix, use)
      : bad('check-never-recovers', told, fix, use);
  });

const programFindings = ({ use, isCheck, path, refusal, noexec, text }: ProgramFacts): Finding[] => {
  if (refusal !== undefined) return [bad(refusal.code, refusal.message, refusal.remedy, use)];
  if (noexec !== undefined) {
    const fix = 'move it to another file system, for example to /etc/keepaloft/hooks.d';
    return [bad('program-noexec', `${path} lies on ${noexec}, which is mounted noexec`, fix, use)];
  }
  const told = isCheck && text !== undefined ? scriptFindings(use, path, text) : [];
  return told.length > 0 ? told : [ok('program', `${path} can be run`, use)];
};

export const programsFindings = (programs: readonly ProgramFacts[]): Finding[] =>
  programs.flatMap(programFindings);
