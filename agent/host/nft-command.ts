/** Finds and runs nftables' `nft`: one file of commands is one transaction, all of it or nothing. */
import { HostError } from '../errors.ts';
import { findTool, runTool, type Tool } from './system-tool.ts';

const NFT: Tool = { name: 'nft', remedy: 'install nftables, or set kernelExpiry: address' };
const MESSAGE_CHARS_MAX = 200;

export interface NftResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** The first complaint, one line. */
  readonly complaint: string;
}

export interface NftOptions {
  /** Killed after so long. @default 2 s */
  readonly timeoutMs?: number;
  /** Let the kernel judge the transaction and take none of it. */
  readonly checkOnly?: boolean;
}

/** Runs one transaction. */
export type RunNft = (lines: readonly string[], options?: NftOptions) => Promise<NftResult>;

/** @throws HostError `no-nft-command` when nftables is in none of the usual places */
export const findNft = (places?: readonly string[]): string => findTool(NFT, places);

let nftPath: string | undefined;

/** @throws HostError `no-nft-command`, `nft-timeout`, `nft-failed`; a transaction that is refused is no error here */
export const runNft: RunNft = async (lines, { timeoutMs, checkOnly = false } = {}) => {
  nftPath ??= findNft();
  const result = await runTool(NFT, [nftPath, ...(checkOnly ? ['-c'] : []), '-f', '-'], {
    stdin: `${lines.join('\n')}\n`,
    timeoutMs,
  });
  // The line with the complaint comes first; below it nft points at the place.
  const complaint = result.stderr.split('\n', 1)[0]?.slice(0, MESSAGE_CHARS_MAX) ?? '';
  return { ok: result.code === 0, stdout: result.stdout, complaint: result.code === 0 ? '' : complaint };
};

/** The error of a transaction that the kernel or `nft` refused. */
export const nftRefused = (complaint: string): HostError =>
  new HostError('nft-refused', `nft: ${complaint === '' ? 'failed without an error' : complaint}`, {
    remedy: /not permitted/i.test(complaint)
      ? 'run the agent as root or with CAP_NET_ADMIN'
      : 'use kernelExpiry: address, or a kernel with nf_tables; a foreign table "inet keepaloft" must go',
  });
