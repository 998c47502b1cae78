// Proves that a fetched file holds the arbiter's groups and the host's own settings, that nothing but the groups comes over
// the network, and that what this version does not understand is refused.
import { describe, expect, it } from 'vitest';
import { fileText, readText } from '../../../agent/enrol/document.ts';
import { DocumentError } from '../../../core/wire/document.ts';
import { answerOf, groupOf } from './answers.ts';

const HOST = { endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com', region: 'us-east-1' };
const read = (text: string) => readText('agent.yaml', text);

describe('the file', () => {
  it('has the groups of the answer, and says that it was fetched', () => {
    const file = read(fileText(answerOf(), HOST, undefined));
    expect(file).toMatchObject({ ...HOST, enrolled: true, scriptUser: 'nobody', logLevel: 'info' });
    expect(file.groups['mysql']).toMatchObject({ priority: 150, vips: [{ address: '172.31.0.201' }] });
  });

  it('keeps what only the host knows, whatever the answer says of it', () => {
    const host = {
      ...HOST,
      interface: 'ens5',
      scriptUser: 'checks',
      logLevel: 'debug',
      caFile: '/etc/ssl/own.pem',
    };
    const spoiled = answerOf();
    const config = { ...spoiled.config, scriptUser: 'root', endpoint: 'https://evil.example', caFile: '/x' };
    expect(read(fileText({ ...spoiled, config }, host, undefined))).toMatchObject(host);
  });

  it('keeps a group that the arbiter refuses to tell, and drops one that it does not name', () => {
    const before = fileText(
      answerOf({ mysql: groupOf(), redis: groupOf({}, '202'), gone: groupOf({}, '203') }),
      HOST,
      undefined,
    );
    const refused = { redis: { code: 'BadRequest', message: 'deploy again' } };
    const file = read(fileText(answerOf({ mysql: groupOf() }, refused), HOST, before));
    expect(Object.keys(file.groups).toSorted()).toEqual(['mysql', 'redis']);
    expect(file.groups['redis']).toEqual(read(before).groups['redis']);
  });

  it('of an answer with a key that this version does not know is refused, and the key is named', () => {
    const text = fileText(answerOf({ mysql: { ...groupOf(), peers: true } }), HOST, undefined);
    expect(() => read(text)).toThrow(DocumentError);
    expect(() => read(text)).toThrow('groups.mysql.peers');
  });

  it('without a group is refused', () => {
    expect(() => read(fileText(answerOf({}), HOST, undefined))).toThrow('1 to 32 groups');
  });
});
