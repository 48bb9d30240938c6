/**
 * Where verbs print: whole lines, which go above the prompt while there is one. It must never write anything else, so that a pipe gets plain
 * lines.
 */
import { clearLine, cursorTo, type Interface } from 'node:readline';
import type { Notice, PresenceService } from '../index.js';
import { type Colours, coloursOf, type Host } from './host.js';
import { noticeLine } from './words.js';

export class Screen {
  readonly colours: Colours;
  readonly #out: Host['out'];
  #prompt: Interface | undefined;

  constructor(host: Pick<Host, 'out' | 'env'>) {
    this.#out = host.out;
    this.colours = coloursOf(host);
  }

  line(text = ''): void {
    if (this.#prompt === undefined) {
      this.#out.write(`${text}\n`);
      return;
    }
    cursorTo(this.#out, 0);
    clearLine(this.#out, 0);
    this.#out.write(`${text}\n`);
    this.#prompt.prompt(true);
  }

  /** From now on lines go above this prompt; undefined: there is none. */
  above(prompt: Interface | undefined): void {
    this.#prompt = prompt;
  }

  /** Prints the notices of a service, with the time since now. Returns what ends it. */
  follow(service: Pick<PresenceService, 'on'>): () => void {
    const start = performance.now();
    return service.on('*', (notice: Notice) => {
      const { colours } = this;
      // A terminal that does not know its width says 0.
      const columns = this.#out.isTTY === true ? this.#out.columns || undefined : undefined;
      this.line(noticeLine(notice, { offset: performance.now() - start, at: Date.now(), colours, columns }));
    });
  }
}
