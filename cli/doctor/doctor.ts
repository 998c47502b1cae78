/** `keepaloft doctor`: what is wrong with an arbiter, its groups, and the cloud around them. Reads, and changes nothing. */
import { bad, exitCodeOf, type Finding, ok, unknown } from '../../agent/doctor/finding.ts';
import { reportDocument, reportLines } from '../../agent/doctor/report.ts';
import type { KeepaloftFile } from '../../core/wire/config.ts';
import { connectArbiter } from '../arbiter/client.ts';
import { type Target, type TargetOptions, targetOf } from '../arbiter/target.ts';
import { explainCloud, openCloud } from '../cloud/client.ts';
import { lookAtCloud } from '../cloud/look.ts';
import { preflightFindings } from '../cloud/preflight.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError, explain } from '../failure.ts';
import { terminalOf } from '../terminal.ts';
import { readConfigFile } from '../validate.ts';
import { groupFindings } from './check-groups.ts';

export interface DoctorOptions extends TargetOptions {
  json?: boolean;
}

/** The same cloud as that of the arbiter: its lab, or its region of AWS. */
const cloudOptions = (target: Target, { profile }: DoctorOptions) =>
  target.lab === undefined
    ? { region: target.region, ...(profile === undefined ? {} : { profile }) }
    : { lab: target.lab };

/** What EC2 says; that it cannot be asked hides nothing of what the arbiter has said. */
const cloudFindings = async (
  file: KeepaloftFile,
  target: Target,
  options: DoctorOptions,
): Promise<Finding[]> => {
  const cloud = await openCloud(cloudOptions(target, options));
  try {
    return preflightFindings(file.groups, await lookAtCloud(cloud.client, file.groups));
  } catch (cause) {
    const { code, message, remedy } = explain(explainCloud(cause, cloud));
    return [unknown(code, message, remedy)];
  } finally {
    cloud.client.destroy();
  }
};

const SAID: ReadonlySet<number> = new Set([EXIT.unreachable, EXIT.denied]);

/** The arbiter's own failures have codes of its wire, and remedies for those who ordered something. */
const asFinding = ({ code, message, remedy }: CliError): Finding =>
  /^[a-z-]+$/u.test(code)
    ? bad(code, message, remedy)
    : bad('arbiter-fails', message, 'look again; if it stays, the log of the admin function has the cause');

/** An arbiter that does not answer, or not to these credentials, is the finding; anything else is the caller's mistake. */
const arbiterFindings = async (
  target: Target,
  file: KeepaloftFile | undefined,
): Promise<{ findings: Finding[]; exitCode: number | undefined }> => {
  try {
    const status = await connectArbiter(target).status();
    const reached = ok('arbiter', 'it answers, and these credentials may operate it');
    return { findings: [reached, ...groupFindings(status, file)], exitCode: undefined };
  } catch (error) {
    const isAbout = error instanceof CliError && SAID.has(error.exitCode);
    if (!isAbout) throw error;
    return { findings: [asFinding(error)], exitCode: error.exitCode };
  }
};

/**
 * @param path a keepaloft.yaml to compare with what is deployed and with EC2; undefined: the arbiter alone
 * @throws CliError, DocumentError
 */
export const doctor = async (path: string | undefined, options: DoctorOptions): Promise<number> => {
  const file = path === undefined ? undefined : await readConfigFile(path);
  const target = await targetOf(options);
  const [arbiter, cloud] = await Promise.all([
    arbiterFindings(target, file),
    file === undefined ? [] : cloudFindings(file, target, options),
  ]);
  const findings = [...arbiter.findings, ...cloud];
  const terminal = terminalOf(process.stdout);
  const about = { arbiter: { name: target.name, endpoint: target.url.origin, region: target.region } };
  if (options.json === true) {
    terminal.line(JSON.stringify(reportDocument({ ...about, file: path ?? null }, findings), null, 2));
  } else {
    terminal.line(`arbiter ${terminal.paint('bold', target.name)}`);
    for (const line of reportLines(findings, terminal)) terminal.line(line);
  }
  return arbiter.exitCode ?? exitCodeOf(findings);
};
