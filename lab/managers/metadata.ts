/** Asks the metadata service what a host's address manager asks it: which secondary addresses the interface has. */
import { request } from 'node:http';

const SERVICE = 'http://169.254.169.254/latest';
const ASK_MS_MAX = 5000;
const ANSWER_CHARS_MAX = 65_536;

const ask = (method: 'GET' | 'PUT', path: string, headers: Record<string, string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(`${SERVICE}/${path}`, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_CHARS_MAX) asked.destroy(new Error(`${path}: too long an answer`));
      });
      answer.once('end', () =>
        answer.statusCode === 200
          ? resolve(text.trim())
          : reject(new Error(`${path}: answered ${answer.statusCode}`)),
      );
    });
    asked.setTimeout(ASK_MS_MAX, () => asked.destroy(new Error(`${path}: no answer`)));
    asked.once('error', reject);
    asked.end();
  });

/** The private addresses of the primary interface, without the primary one. @throws Error when the service does not tell */
export const secondaryAddresses = async (): Promise<string[]> => {
  const token = await ask('PUT', 'api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '60' });
  const get = (path: string): Promise<string> =>
    ask('GET', `meta-data/${path}`, { 'x-aws-ec2-metadata-token': token });
  const mac = await get('mac');
  return (await get(`network/interfaces/macs/${mac}/local-ipv4s`)).split(/\s+/u).slice(1);
};
