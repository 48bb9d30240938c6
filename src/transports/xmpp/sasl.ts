/**
 * Logging on: PLAIN (RFC 4616) and SCRAM with SHA-1 and SHA-256 (RFC 5802, RFC 7677). In place of the library's own: those encode letters outside
 * ASCII wrongly, compute in JavaScript, are missing in browsers, and believe the server without proof. It must never keep a password.
 */
import type { Mechanism } from '@xmpp/client';

interface Secret {
  readonly username: string;
  readonly password: string;
}

const utf8 = new TextEncoder();
/** Bytes as text with one letter each: what the library's base64 takes. */
const binaryOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const bytesOf = (binary: string): Uint8Array => Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
// SASLprep (RFC 4013) without its tables of forbidden letters: the server has those.
const prepare = (text: string): string => text.replaceAll('\u00ad', '').normalize('NFKC');

/** What a mechanism of ours adds to the library's: the proof that the server knows the password too. */
export interface Verifying extends Mechanism {
  /** @param final what came with the server's success, base64 undone; empty: nothing */
  proves(final: string): boolean;
}

class Plain implements Verifying {
  readonly name = 'PLAIN';
  readonly clientFirst = true;

  response({ username, password }: Secret): string {
    return binaryOf(utf8.encode(`\0${username}\0${password}`));
  }
  challenge(): void {}
  /** Here the server proves nothing: that is why PLAIN needs a line that does. */
  proves(): boolean {
    return true;
  }
}

/** More rounds than this are an attack on the client's time. */
const mostRounds = 5_000_000;

async function hmac(hash: string, key: Uint8Array, text: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, text));
}

async function saltedPassword(
  hash: string,
  bits: number,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', utf8.encode(prepare(password)), 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash, salt, iterations }, key, bits));
}

/** `r=...,s=...,i=...` taken apart. */
function fieldsOf(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(',').map((field) => [field.slice(0, 1), field.slice(2)]));
}

/**
 * SCRAM without channel binding.
 * @param hash `SHA-1` or `SHA-256`
 * @param newNonce for tests with the RFC's own example
 */
export function scram(hash: 'SHA-1' | 'SHA-256', newNonce: () => string = () => crypto.randomUUID()): Verifying {
  const bits = hash === 'SHA-1' ? 160 : 256;

  class Scram implements Verifying {
    readonly name = `SCRAM-${hash}`;
    readonly clientFirst = true;
    readonly #nonce = newNonce();
    #first = '';
    #serverFirst: string | undefined;
    #expected: string | undefined;
    #proven = false;

    async response({ username, password }: Secret): Promise<string> {
      if (this.#serverFirst === undefined) {
        const name = prepare(username).replaceAll('=', '=3D').replaceAll(',', '=2C');
        this.#first = `n=${name},r=${this.#nonce}`;
        return binaryOf(utf8.encode(`n,,${this.#first}`));
      }
      // The server's last word may come as one more challenge; there is nothing left to say then.
      if (this.#expected !== undefined) return '';
      return this.#proof(this.#serverFirst, password);
    }

    challenge(binary: string): void {
      const text = new TextDecoder().decode(bytesOf(binary));
      if (this.#expected === undefined) this.#serverFirst = text;
      else if (!this.proves(text)) throw new Error('the server could not prove that it knows the password');
    }

    proves(final: string): boolean {
      if (final !== '') this.#proven = this.#expected !== undefined && fieldsOf(final).get('v') === this.#expected;
      return this.#proven;
    }

    async #proof(serverFirst: string, password: string): Promise<string> {
      const fields = fieldsOf(serverFirst);
      const [nonce, salt, rounds] = [fields.get('r') ?? '', fields.get('s') ?? '', Number(fields.get('i'))];
      const sound = nonce.startsWith(this.#nonce) && nonce.length > this.#nonce.length && salt !== '' && !fields.has('m');
      if (!sound || !Number.isInteger(rounds) || rounds < 1 || rounds > mostRounds) {
        throw new Error('the server sent a SCRAM challenge that makes no sense');
      }
      const salted = await saltedPassword(hash, bits, password, bytesOf(atob(salt)), rounds);
      const clientKey = await hmac(hash, salted, utf8.encode('Client Key'));
      const storedKey = new Uint8Array(await crypto.subtle.digest(hash, clientKey));
      const last = `c=biws,r=${nonce}`;
      const authMessage = utf8.encode(`${this.#first},${serverFirst},${last}`);
      const signature = await hmac(hash, storedKey, authMessage);
      const serverKey = await hmac(hash, salted, utf8.encode('Server Key'));
      this.#expected = btoa(binaryOf(await hmac(hash, serverKey, authMessage)));
      return `${last},p=${btoa(binaryOf(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))))}`;
    }
  }
  return new Scram();
}

/** A mechanism by name; each logon needs a new one. */
export interface MechanismRow {
  readonly name: string;
  make(): Verifying;
}

/** The mechanisms that can be used here, best first. WebCrypto is missing in pages that were not served securely. */
export function mechanismsHere(): readonly MechanismRow[] {
  const plain = { name: 'PLAIN', make: () => new Plain() };
  const { crypto } = globalThis as { crypto?: { readonly subtle?: unknown } };
  if (crypto?.subtle === undefined) return [plain];
  return [{ name: 'SCRAM-SHA-256', make: () => scram('SHA-256') }, { name: 'SCRAM-SHA-1', make: () => scram('SHA-1') }, plain];
}
