// Proves that the client of a lab's control socket parses what a lab answers and turns every failure into a LabError.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectLab, controlSocketOf, journalFrom } from '../../../lab/control/client.ts';
import { launchLab } from '../../../lab/control/launch.ts';
import { LabError } from '../../../lab/errors.ts';
import { labInfo, labStatus } from '../scenario/fixtures.ts';

interface Asked {
  method: string;
  url: string;
  body: string;
}

let directory: string;
let server: Server | undefined;
let asked: Asked[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kl-client-'));
  asked = [];
});
afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
  server = undefined;
  rmSync(directory, { recursive: true });
});

/** A lab that answers what `answer` says. */
const serve = async (answer: (asked: Asked) => { status?: number; text: string }): Promise<void> => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', body };
      asked.push(one);
      const { status = 200, text } = answer(one);
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server?.listen(controlSocketOf(directory), resolve));
};

const failureOf = async (promise: Promise<unknown>): Promise<LabError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
};

describe('the control client', () => {
  it('asks for info, status and faults as the protocol says and hands back what it parsed', async () => {
    const fault = { id: 'f1', kind: 'kill', targets: ['host1'], startedAt: 5 };
    const documents: Record<string, unknown> = {
      'GET /info': labInfo(),
      'GET /status': labStatus(),
      'POST /fault': fault,
      'POST /heal': { healed: ['f1'] },
      'POST /down': {},
    };
    await serve(({ method, url }) => ({ text: JSON.stringify(documents[`${method} ${url}`]) }));
    const lab = connectLab(directory);
    expect((await lab.info()).lab).toBe('12ab');
    expect((await lab.status()).groups[0]?.holderHost).toBe('host1');
    expect(await lab.fault({ kind: 'kill', target: 'holder', forMs: 8000 })).toEqual(fault);
    expect(await lab.heal('f1')).toEqual(['f1']);
    await lab.down();
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/info', ''],
      ['GET', '/status', ''],
      ['POST', '/fault', '{"kind":"kill","target":"holder","forMs":8000}'],
      ['POST', '/heal', '{"id":"f1"}'],
      ['POST', '/down', '{}'],
    ]);
  });

  it('hands on the code, the message and the remedy of a lab that refuses', async () => {
    const error = { code: 'unknown-host', message: 'no host9', remedy: 'name another' };
    await serve(() => ({ status: 409, text: JSON.stringify({ error }) }));
    const failure = await failureOf(connectLab(directory).fault({ kind: 'kill', target: 'host9' }));
    expect({ code: failure.code, message: failure.message, remedy: failure.remedy }).toEqual(error);
  });

  it('says that a lab does not answer when its socket is not there', async () => {
    expect((await failureOf(connectLab(directory).status())).code).toBe('lab-unreachable');
  });

  it.each([
    ['no JSON', { text: 'hello' }],
    ['another document', { text: '{"lab":7}' }],
    ['an error without its form', { status: 500, text: '{"oops":true}' }],
  ])('refuses an answer that is %s', async (_name, answer) => {
    await serve(() => answer);
    expect((await failureOf(connectLab(directory).status())).code).toBe('strange-answer');
  });

  it('reads a journal page by page until there is no more', async () => {
    const entries = [0, 1, 2].map((n) => ({ n, at: n, kind: 'beat' }));
    await serve(({ url }) => {
      const from = Number(new URL(url, 'http://lab').searchParams.get('from'));
      const page = entries.slice(from, from + 2);
      return { text: JSON.stringify({ next: from + page.length, entries: page }) };
    });
    expect(await journalFrom(connectLab(directory), 0)).toEqual({ next: 3, entries });
  });
});

describe('the launch', () => {
  const supervisor = (code: string): string => {
    const file = join(directory, 'supervisor.mjs');
    writeFileSync(file, code);
    return file;
  };
  const say = (line: object): string => `console.log(${JSON.stringify(JSON.stringify(line))});`;

  it('tells each step and resolves with the lab; the order travels as one JSON argument', async () => {
    const ready = { ready: { ...labInfo(), dir: 'ORDER' } };
    const code = `console.log(JSON.stringify({progress: 'step one'}));
      console.log(${JSON.stringify(JSON.stringify(ready))}.replace('ORDER', JSON.stringify(JSON.parse(process.argv[2]).hosts)));`;
    const heard: string[] = [];
    const options = { supervisor: supervisor(code), onProgress: (line: string) => heard.push(line) };
    expect((await launchLab({ hosts: 4 }, options)).dir).toBe('4');
    expect(heard).toEqual(['step one']);
  });

  it("rejects with the supervisor's own error", async () => {
    const error = { code: 'program-missing', message: 'no ip', remedy: 'install iproute2' };
    const failure = await failureOf(
      launchLab({}, { supervisor: supervisor(`${say({ error })} process.exitCode = 1;`) }),
    );
    expect([failure.code, failure.remedy]).toEqual(['program-missing', 'install iproute2']);
  });

  it('says what a supervisor complained about that died without a word', async () => {
    const failure = await failureOf(
      launchLab({}, { supervisor: supervisor("console.error('boom'); process.exit(3);") }),
    );
    expect([failure.code, failure.message]).toEqual(['start-failed', 'the lab did not start: boom']);
  });

  it('ends the supervisor when the start is interrupted', async () => {
    const controller = new AbortController();
    const code = `${say({ progress: 'slow' })} process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;
    const launched = launchLab(
      {},
      {
        supervisor: supervisor(code),
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('enough')),
      },
    );
    await expect(launched).rejects.toThrow('enough');
  });
});
