/**
 * Certificates for a day, made by openssl: an authority of one's own and what it signs, or should not have; and a TLS server in front of a port that
 * shows one of them. It must never leave a key behind.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}
export interface Certificates {
  /** The authority's own, to be trusted. */
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly good: Certificate;
  readonly otherHost: Certificate;
  readonly expired: Certificate;
  readonly selfSigned: Certificate;
  /** Signed by another authority of the same name. */
  readonly stranger: Certificate;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function makeCertificates(): Certificates {
  const root = mkdtempSync(join(tmpdir(), 'certificates-'));
  const at = (name: string): string => join(root, name);
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const load = (name: string): Certificate => ({
    key: readFileSync(at(`${name}.key`), 'utf8'),
    cert: readFileSync(at(`${name}.crt`), 'utf8'),
  });
  const own = (name: string, subject: string, ...more: readonly string[]): void =>
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      '1',
      '-subj',
      subject,
      ...more,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
    );
  const signed = (name: string, host: string, days: string, authority = 'ca'): Certificate => {
    openssl('req', ...newKey, '-subj', `/CN=${host}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`), `subjectAltName=DNS:${host}${host === 'localhost' ? ',IP:127.0.0.1' : ''}\n`);
    const by = ['-CA', at(`${authority}.crt`), '-CAkey', at(`${authority}.key`), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      ...by,
      '-days',
      days,
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.crt`),
    );
    return load(name);
  };
  try {
    own('ca', '/CN=Throw-away authority');
    own('strangers', '/CN=Throw-away authority');
    own('selfSigned', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
    return {
      ca: load('ca').cert,
      good: signed('good', 'localhost', '1'),
      otherHost: signed('otherHost', 'elsewhere.example', '1'),
      // Over since yesterday.
      expired: signed('expired', 'localhost', '-1'),
      selfSigned: load('selfSigned'),
      stranger: signed('stranger', 'localhost', '1', 'strangers'),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const streams = `xmlns:stream='http://etherx.jabber.org/streams'`;
const clear = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' ${streams} from='localhost' id='0' version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>`;

/**
 * Takes TLS from the start, or in the middle of an XMPP stream, and hands on what is inside to a port of this machine.
 * @param starting `direct`, or `starttls` (RFC 6120 §5)
 */
export async function startTlsServer(certificate: Certificate, port: number, starting: 'direct' | 'starttls') {
  const ends = new Set<Socket>();
  const handOn = (secure: Socket): void => {
    const inside = connect(port, '127.0.0.1');
    for (const end of [secure, inside]) ends.add(end.on('error', () => undefined));
    secure.pipe(inside).pipe(secure);
    secure.on('close', () => inside.destroy());
    inside.on('close', () => secure.destroy());
  };
  const server: Server =
    starting === 'direct'
      ? createTlsServer(certificate, handOn)
      : createServer((raw) => {
          ends.add(raw.on('error', () => undefined));
          raw.once('data', () => {
            raw.write(clear);
            raw.once('data', () => {
              raw.write(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
              handOn(new TLSSocket(raw, { isServer: true, ...certificate }));
            });
          });
        });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const end of ends) end.destroy();
      await closed;
    },
  };
}
