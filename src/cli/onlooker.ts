/**
 * Somebody else's view: a second account that is signed in beside the user and tells what it sees. It drives the plug by hand, since the
 * service shows no contacts yet; it must never come back by itself.
 */
import { MISTATUS, type ContactPresence, type Credentials, type Transport } from '../index.js';

export interface Onlooker {
  /** Signs out; resolves when the line is closed. Twice is harmless. */
  leave(): Promise<void>;
}

/**
 * Signs in and looks on.
 * @param see called for every presence of a contact
 * @throws what the transport throws, and the reason of `signal`
 */
export async function lookOn(
  transport: Transport,
  credentials: Credentials,
  see: (presence: ContactPresence) => void,
  signal: AbortSignal,
): Promise<Onlooker> {
  const ignore = (): void => undefined;
  const server = await transport.findServer({ name: credentials.name }, signal);
  const link = await transport.connect(server, credentials, { contact: see, own: ignore, lost: ignore }, signal);
  try {
    await link.synchronize(signal);
    await link.publish({ status: MISTATUS.ONLINE }, signal);
  } catch (error) {
    link.drop();
    throw error;
  }
  return {
    async leave() {
      try {
        await link.close(AbortSignal.timeout(1_000));
      } catch {
        // A goodbye that fails is no less of an end.
      }
      link.drop();
    },
  };
}
