/** Who listens to what a pool's sessions emit. A listener that throws harms nobody else. It must never keep a session. */

export type Hear = (emitted: never, session: number) => void;

export class Hub {
  readonly #listeners = new Map<string, Hear[]>();
  /** For each type whoever hears it: its own listeners, then those of everything. */
  readonly #heard = new Map<string, readonly Hear[]>();
  readonly #changed: () => void;

  /** @param changed what was looked up before may be another now */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** @returns takes the listener out again */
  on(type: string, listener: Hear): () => void {
    if (typeof listener !== 'function') throw new TypeError(`on(${type}): expected a function, got ${typeof listener}`);
    const own = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...own, listener]);
    this.#change();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = [...(this.#listeners.get(type) ?? [])];
      left.splice(left.indexOf(listener), 1);
      this.#listeners.set(type, left);
      this.#change();
    };
  }

  heard(type: string): readonly Hear[] {
    const known = this.#heard.get(type);
    if (known) return known;
    const found = [...(this.#listeners.get(type) ?? []), ...(this.#listeners.get('*') ?? [])];
    this.#heard.set(type, found);
    return found;
  }

  clear(): void {
    this.#listeners.clear();
    this.#change();
  }

  #change(): void {
    this.#heard.clear();
    this.#changed();
  }
}
