// Proves that the certificates written here are read by OpenSSL, hold for the API's address, and carry a real handshake.
import { X509Certificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { integer, oid, time } from '../../../lab/ends/der.ts';
import { createLabTls } from '../../../lab/ends/tls.ts';

const tls = createLabTls(['172.31.255.1', '127.0.0.1', 'api.lab'], Date.now());

describe('certificates', () => {
  it('form a chain of an authority and a server', () => {
    const ca = new X509Certificate(tls.ca);
    const server = new X509Certificate(tls.server.cert);
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.checkIP('172.31.255.1')).toBe('172.31.255.1');
    expect(server.checkIP('172.31.255.2')).toBeUndefined();
    expect(server.checkHost('api.lab')).toBe('api.lab');
    expect(server.validFromDate.getTime()).toBeLessThan(Date.now() - 86_400_000);
    expect(server.validToDate.getTime()).toBeGreaterThan(Date.now() + 86_400_000);
  });

  it('differ from lab to lab', () => {
    const other = createLabTls(['172.31.255.1'], Date.now());
    expect(new X509Certificate(other.server.cert).verify(new X509Certificate(tls.ca).publicKey)).toBe(false);
  });
});

describe('handshake', () => {
  const ask = (port: number, ca: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, ca, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.once('error', reject);
      outgoing.end();
    });

  it('succeeds for a client that trusts the authority, and only for it', async () => {
    const server = createServer(tls.server, (_request, response) => response.end());
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    try {
      expect(await ask(port, tls.ca)).toBe(200);
      const foreign = createLabTls(['127.0.0.1'], Date.now()).ca;
      await expect(ask(port, foreign)).rejects.toThrow(/certificate|verify/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('encoding', () => {
  it('integers stay positive and short, identifiers and times follow the standard', () => {
    expect(integer(Buffer.from([0, 0, 1])).toString('hex')).toBe('020101');
    expect(integer(Buffer.from([0x80])).toString('hex')).toBe('02020080');
    expect(oid('1.2.840.10045.4.3.2').toString('hex')).toBe('06082a8648ce3d040302');
    expect(time(Date.UTC(2049, 11, 31)).toString('latin1')).toContain('491231000000Z');
    expect(time(Date.UTC(2050, 0, 1)).toString('latin1')).toContain('20500101000000Z');
  });
});
