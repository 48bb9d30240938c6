/**
 * One account on the stage: its service, and everything that happened to it, numbered and bounded. It collects what is new and hands it out
 * when asked; it must never keep a password.
 */
import { leafOf, type SettableStatus } from '../../../machines/index.js';
import {
  createPresenceService,
  type Credentials,
  type PolicyOptions,
  type PresenceService,
  type Transport,
} from '../../index.js';
import type { StageClock } from './clock.js';
import type { SessionNews, Sight, Situation, WireEvent } from './protocol.js';
import { tap } from './tap.js';

/** How much is kept of each kind: more than anybody looks through by hand. */
export const kept = { records: 5_000, wire: 5_000, sights: 1_000 } as const;

export interface SessionOptions {
  readonly transport: Transport;
  readonly clock: StageClock;
  readonly policy: PolicyOptions;
  readonly random?: (() => number) | undefined;
  /** Something is new. */
  readonly changed: () => void;
}

/** A status with a note, to begin now and to last as long as said. */
export interface Wished {
  readonly status?: number;
  readonly note?: string;
  /** ms */
  readonly for?: number;
}

export class Session {
  readonly service: PresenceService;
  readonly #options: SessionOptions;
  readonly #wire = new Ring<WireEvent>(kept.wire);
  readonly #sights = new Ring<Sight>(kept.sights);
  /** Steps that the machine has begun: what the transport is asked for during one follows it. */
  #steps = -1;
  /** What was handed out last. */
  #told = { begin: 1, records: 0, wire: 0, sights: 0 };

  constructor(options: SessionOptions) {
    const { transport, clock, policy, random, changed } = options;
    this.#options = options;
    this.service = createPresenceService({
      transport: tap(transport, (event) => {
        this.#wire.add({ at: clock.now(), step: this.#steps, ...event });
        changed();
      }),
      clock,
      policy,
      ...(random === undefined ? {} : { random }),
      records: kept.records,
      inspect: ({ type }) => {
        // The actor's own start is an event too, and no step.
        if (type === '@xstate.event') this.#steps += 1;
        changed();
      },
    });
    // A notice is delivered after its step, and with it the status that the service tells.
    this.service.on('*', changed);
  }

  signin(credentials: Credentials, wished: Wished): number {
    const { status, ...rest } = this.#timed(wished);
    return this.service.signin(credentials, { ...rest, ...(status === undefined ? {} : { status: status as SettableStatus }) });
  }

  setStatus({ status = -1, ...wished }: Wished): number {
    const { note, until } = this.#timed(wished);
    return this.service.setStatus(status, { ...(note === undefined ? {} : { note }), ...(until === undefined ? {} : { until }) });
  }

  see(status: number, note?: string): void {
    this.#sights.add({ at: this.#options.clock.now(), step: this.#steps, status, ...(note === undefined ? {} : { note }) });
    this.#options.changed();
  }
  /** What was seen last. */
  get sight(): Sight | undefined {
    return this.#sights.all.at(-1);
  }

  /** Everything that is kept. */
  all(): SessionNews {
    const { rules, start, records } = this.service.recording;
    return {
      begin: { n: records[0]?.n ?? 1, rules, start },
      records,
      wire: this.#wire.all,
      sights: this.#sights.all,
      situation: this.situation(),
    };
  }

  /** What has come since this was asked last. */
  news(): SessionNews {
    const { begin, records, wire, sights, situation } = this.all();
    const news = {
      records: since(records, this.#told.records),
      wire: since(wire, this.#told.wire),
      sights: since(sights, this.#told.sights),
    };
    const isMoved = begin !== undefined && begin.n !== this.#told.begin;
    this.#told = {
      begin: begin?.n ?? 1,
      records: news.records.at(-1)?.n ?? this.#told.records,
      wire: news.wire.at(-1)?.n ?? this.#told.wire,
      sights: news.sights.at(-1)?.n ?? this.#told.sights,
    };
    return { ...(isMoved ? { begin } : {}), ...news, situation };
  }

  situation(): Situation {
    const { service } = this;
    const state = service.actor.getSnapshot();
    const { network, awake, user, pending } = state.context;
    const note = service.presenceProperties[3];
    const { wanted } = service.getPersistedSnapshot() as { readonly wanted?: { readonly until?: number } };
    return {
      leaf: leafOf(state),
      status: service.myStatus,
      ...(service.mySigninName === undefined ? {} : { name: service.mySigninName }),
      ...(typeof note === 'string' && note !== '' ? { note } : {}),
      network,
      awake,
      user,
      pending,
      ...(wanted?.until === undefined ? {} : { until: wanted.until }),
    };
  }

  dispose(): Promise<void> {
    return this.service.dispose();
  }

  #timed({ status, note, for: span }: Wished): Omit<Wished, 'for'> & { readonly until?: number } {
    return {
      ...(status === undefined ? {} : { status }),
      ...(note === undefined ? {} : { note }),
      ...(span === undefined ? {} : { until: this.#options.clock.now() + span }),
    };
  }
}

/** The last ones, numbered from 1. */
class Ring<T extends { readonly n: number }> {
  readonly #size: number;
  #items: T[] = [];
  #n = 0;

  constructor(size: number) {
    this.#size = size;
  }
  add(item: Omit<T, 'n'>): void {
    this.#items.push({ n: ++this.#n, ...item } as T);
    // Seldom, and then many at once: taking one off the front for each new one would cost as much as all that is kept.
    if (this.#items.length > this.#size * 1.25) this.#items = this.#items.slice(-this.#size);
  }
  get all(): readonly T[] {
    return this.#items.slice(-this.#size);
  }
}

/** Those with a number above `n`; they are in the order of their numbers. */
function since<T extends { readonly n: number }>(items: readonly T[], n: number): readonly T[] {
  let from = items.length;
  while (from > 0 && (items[from - 1]?.n ?? 0) > n) from--;
  return items.slice(from);
}
