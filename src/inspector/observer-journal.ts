/**
 * What an app did lately, so that a page that comes late, or comes back, sees the same as one that was there: each actor as it was before the
 * oldest happening that is kept, and the happenings since. It must never grow without end.
 */
import type { ActorCreated, Happening } from './protocol.js';

export class Journal {
  readonly #size: number;
  readonly #actors = new Map<string, ActorCreated>();
  #kept: Happening[] = [];
  /** Happenings before this place are let go of, all together once in a while. */
  #first = 0;

  /** @param size how many happenings are kept */
  constructor(size: number) {
    this.#size = size;
  }

  add(happening: Happening): void {
    this.#kept.push(happening);
    if (this.#kept.length - this.#first <= this.#size) return;
    const oldest = this.#kept[this.#first];
    this.#first += 1;
    if (oldest !== undefined) this.#letGo(oldest);
    if (this.#first < 1_024) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }

  /** In the order of happening, actors first. */
  get all(): readonly Happening[] {
    return [...this.#actors.values(), ...this.#kept.slice(this.#first)];
  }

  #letGo(happening: Happening): void {
    const { actor } = happening;
    if (happening.type === 'actor.created') this.#actors.set(actor, happening);
    if (happening.type !== 'snapshot.taken') return;
    const created = this.#actors.get(actor);
    // An actor that has ended says nothing more.
    if (happening.snapshot.status !== 'active') this.#actors.delete(actor);
    else if (created !== undefined) this.#actors.set(actor, { ...created, snapshot: happening.snapshot });
  }
}
