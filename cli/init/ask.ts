/** Asks a person for what the command line has not said. An empty answer takes what is proposed. */
import { createInterface } from 'node:readline/promises';
import { Interrupted } from '../failure.ts';

export interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

export interface Asker {
  /** @param proposal what an empty answer means; undefined: it is asked again @throws Interrupted at the end of the input */
  ask(question: string, proposal?: string): Promise<string>;
  tell(line: string): void;
  close(): void;
}

export const openAsker = (streams: Streams = { input: process.stdin, output: process.stderr }): Asker => {
  const terminal = createInterface(streams);
  const ended = Promise.withResolvers<never>();
  // It is awaited only beside a question.
  ended.promise.catch(() => undefined);
  terminal.once('close', () => ended.reject(new Interrupted()));
  terminal.once('SIGINT', () => terminal.close());
  return {
    ask: async (question, proposal) => {
      const hint = proposal === undefined || proposal === '' ? '' : ` [${proposal}]`;
      for (;;) {
        const said = await Promise.race([terminal.question(`${question}${hint}: `), ended.promise]);
        const answer = said.trim() === '' ? proposal : said.trim();
        if (answer !== undefined) return answer;
      }
    },
    tell: (line) => {
      streams.output.write(`${line}\n`);
    },
    close: () => terminal.close(),
  };
};
