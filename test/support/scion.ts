/**
 * SCION, an interpreter of SCXML that nobody here wrote, brought to one shape: a document in, a session that takes events and tells what it
 * sends. Its own dependency on jsdom, which only documents given as DOM objects need, is replaced by a small package in `package.json`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface ScxmlSession {
  /** Where it is: the atomic states. */
  readonly configuration: readonly string[];
  /** Takes one event to its end. @returns the names of the events that were sent to the parent meanwhile */
  send(event: string): string[];
}

interface Sent {
  readonly name: string;
  readonly target?: string;
}
interface Interpreter {
  start(): void;
  gen(event: { readonly name: string }): void;
  getConfiguration(): string[];
  on(event: 'onError', listener: (error: unknown) => void): void;
}
interface Scion {
  documentStringToModel(
    url: string,
    document: string,
    done: (error: unknown, maker?: { prepare(done: (error: unknown, model?: unknown) => void): void }) => void,
  ): void;
  readonly core: { readonly Statechart: new (model: unknown, options: { customSend(sent: Sent): void }) => Interpreter };
}
// Not imported: that would read every name that it exports, and it warns of one of them on being read.
const scion = createRequire(join(process.cwd(), 'package.json'))('@scion-scxml/scxml') as Scion;

/** Reads an SCXML document and starts it. @throws whatever is wrong with the document, or with a step */
export async function startScxml(document: string): Promise<ScxmlSession> {
  const model = await new Promise((resolve, reject) => {
    const settle = (error: unknown, found: unknown) => (error ? reject(error) : resolve(found));
    scion.documentStringToModel('machine.scxml', document, (error, maker) => {
      if (error || !maker) settle(error ?? new Error('no model'), undefined);
      else maker.prepare(settle);
    });
  });
  let sent: string[] = [];
  const interpreter = new scion.core.Statechart(model, {
    customSend({ name, target }) {
      if (target !== '#_parent') throw new Error(`${name} is sent to ${target}`);
      sent.push(name);
    },
  });
  interpreter.on('onError', (error) => {
    throw new Error(`SCION: ${JSON.stringify(error)}`);
  });
  interpreter.start();
  return {
    get configuration() {
      return interpreter.getConfiguration();
    },
    send(event) {
      sent = [];
      interpreter.gen({ name: event });
      return sent;
    },
  };
}
