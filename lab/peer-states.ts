/** The sessions between a lab's hosts, as their agents' logs tell of them. */
import * as z from 'zod/mini';
import type { JournalEntry } from './control/types.ts';

const changeSchema = z.object({ peer: z.string(), to: z.string() });
const exitSchema = z.object({ host: z.string(), what: z.literal('agent'), event: z.literal('exited') });

/** Follows a journal: what each running agent last said of each of its sessions. */
export class PeerStates {
  readonly #of = new Map<string, Map<string, string>>();

  /** Takes entries, each once and in their order. */
  take(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const exit = entry.kind === 'process' ? exitSchema.safeParse(entry) : undefined;
      if (exit?.success === true) this.#of.delete(exit.data.host);
      const change = entry.kind === 'agent' ? changeSchema.safeParse(entry['fields']) : undefined;
      if (change?.success !== true) continue;
      const host = String(entry['host']);
      const sessions = this.#of.get(host) ?? new Map<string, string>();
      this.#of.set(host, sessions.set(change.data.peer, change.data.to));
    }
  }

  /** Every one of `hosts` hosts has a session with each other one, and all of them are in that state. */
  are(state: string, hosts: number): boolean {
    const all = [...this.#of.values()].flatMap((sessions) => [...sessions.values()]);
    return all.length === hosts * (hosts - 1) && all.every((one) => one === state);
  }
}
