/**
 * The observer: what XState tells an inspector, and what actors emit besides, as redacted plain data, several at a time. It knows nothing of
 * sockets. It must never throw into the app, hold it up, or let anything out that has not passed the redactor.
 */
import type { InspectionEvent } from 'xstate';
import { Journal } from './observer-journal.js';
import type { AppInfo, FromApp, Happening, SnapshotView, TransitionView } from './protocol.js';
import type { Redactor } from './redact.js';

/** Where an app's messages go to. */
export interface Outlet {
  /** @param text the message as JSON */
  send(message: FromApp, text: string): void;
}

export interface ObserverOptions {
  readonly app: AppInfo;
  readonly redact: Redactor;
  /** How many happenings are kept for who comes late. */
  readonly keep: number;
  /** Called at the first event. */
  readonly onFirst: () => void;
}

/** What of an actor is looked at; the types of XState hide most of it. */
interface SeenActor {
  readonly sessionId: string;
  readonly id?: string;
  readonly logic?: { readonly config?: unknown };
  readonly _parent?: { readonly sessionId?: string };
  on?(type: '*', listener: (output: unknown) => void): unknown;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Said = DistributiveOmit<Happening, 'n' | 'at'>;

/** Messages leave this long after the first one that waits, ms: often enough for the eye, seldom enough to cost little. */
const flushAfter = 25;
/** Texts of happenings in one message, in UTF-16 units; far from the server's limit, even where each takes three bytes. */
const longestBatch = 200_000;
const longestHappening = 100_000;

export class Observed {
  readonly #options: ObserverOptions;
  readonly #journal: Journal;
  readonly #definitions = new WeakMap<object, unknown>();
  #waiting: Happening[] = [];
  #outlet: Outlet | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #n = 0;
  #isOver = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#journal = new Journal(options.keep);
  }

  /** For XState's `inspect`. */
  readonly next = (event: InspectionEvent): void => {
    if (this.#isOver) return;
    try {
      if (this.#n === 0) this.#options.onFirst();
      this.#see(event);
    } catch {
      // An inspector that fails must not be noticed by what it inspects.
    }
  };

  /** There is somebody to tell: everything that is kept, and what happens from now on. */
  tell(outlet: Outlet): void {
    this.#outlet = outlet;
    this.#waiting = [];
    const joined = { type: 'app.joined', app: this.#options.app } as const;
    outlet.send(joined, JSON.stringify(joined));
    this.#send(this.#journal.all);
  }
  /** There is nobody any more. */
  hush(): void {
    this.#outlet = undefined;
    this.#waiting = [];
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#send(waiting);
  }

  end(): void {
    this.flush();
    this.#isOver = true;
    this.hush();
  }

  #see(event: InspectionEvent): void {
    const seen = event.actorRef as unknown as SeenActor;
    const actor = seen.sessionId;
    switch (event.type) {
      case '@xstate.actor':
        this.#add(this.#created(seen, actor, event.rootId));
        // Outputs are no part of XState's inspection.
        seen.on?.('*', (output) => {
          if (!this.#isOver) this.#add({ type: 'output.emitted', actor, output: this.#clean(output) });
        });
        return;
      case '@xstate.event': {
        const source = (event.sourceRef as unknown as SeenActor | undefined)?.sessionId;
        const received = { type: 'event.received', actor, event: this.#clean(event.event) } as const;
        return this.#add(source === undefined ? received : { ...received, source });
      }
      case '@xstate.snapshot':
        return this.#add({
          type: 'snapshot.taken',
          actor,
          by: this.#clean(event.event.type),
          snapshot: this.#view(event.snapshot),
        });
      case '@xstate.microstep': {
        const { value } = event.snapshot as { value?: unknown };
        return this.#add({
          type: 'microstep.taken',
          actor,
          by: this.#clean(event.event.type),
          transitions: event._transitions.map((transition) => this.#clean(transitionView(transition))),
          value: this.#clean(value),
        });
      }
      default:
    }
  }

  #created(seen: SeenActor, actor: string, root: string): Said {
    const definition = this.#definitionOf(seen.logic);
    const parent = seen._parent?.sessionId;
    return {
      type: 'actor.created',
      actor,
      id: this.#clean(seen.id ?? actor),
      root,
      ...(parent === undefined ? {} : { parent }),
      ...(definition === undefined ? {} : { definition }),
      snapshot: { status: 'active' },
    };
  }

  #definitionOf(logic: SeenActor['logic']): unknown {
    const config = logic?.config;
    if (typeof config !== 'object' || config === null) return undefined;
    const known = this.#definitions.get(config);
    if (known !== undefined) return known;
    const definition: unknown = this.#clean(config);
    this.#definitions.set(config, definition);
    return definition;
  }

  #view(snapshot: object): SnapshotView {
    const { status, value, context, tags, output, error } = snapshot as Partial<Record<keyof SnapshotView, unknown>>;
    const view: Record<string, unknown> = { status: typeof status === 'string' ? status : 'active' };
    if (value !== undefined) view['value'] = value;
    if (context !== undefined) view['context'] = context;
    if (tags instanceof Set && tags.size > 0) view['tags'] = [...(tags as Set<unknown>)];
    if (output !== undefined) view['output'] = output;
    if (error !== undefined) view['error'] = error;
    return this.#clean(view) as unknown as SnapshotView;
  }

  #clean<T>(value: T): T {
    return this.#options.redact(value);
  }

  #add(said: Said): void {
    this.#n += 1;
    const happening: Happening = { n: this.#n, at: Date.now(), ...said };
    this.#journal.add(happening);
    if (this.#outlet === undefined) return;
    this.#waiting.push(happening);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.flush(), flushAfter);
    // Nothing of an inspector keeps a process alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #send(happenings: readonly Happening[]): void {
    const { id } = this.#options.app;
    let batch: Happening[] = [];
    let texts: string[] = [];
    let length = 0;
    const dispatch = (): void => {
      const message = { type: 'app.happened', app: id, happenings: batch } as const;
      // Each was made a text to know its length: once is enough.
      if (batch.length > 0)
        this.#outlet?.send(message, `{"type":"app.happened","app":${JSON.stringify(id)},"happenings":[${texts.join(',')}]}`);
      batch = [];
      texts = [];
      length = 0;
    };
    for (const happening of happenings) {
      const whole = JSON.stringify(happening);
      const isLong = whole.length > longestHappening;
      const sent = isLong ? shortened(happening, whole.length) : happening;
      const text = isLong ? JSON.stringify(sent) : whole;
      if (length + text.length > longestBatch) dispatch();
      batch.push(sent);
      texts.push(text);
      length += text.length;
    }
    dispatch();
  }
}

/** Too much to send: what it was, without what was in it. */
function shortened(happening: Happening, size: number): Happening {
  const left = `[${size} characters]`;
  switch (happening.type) {
    case 'actor.created':
      return { ...happening, definition: left, snapshot: { status: happening.snapshot.status } };
    case 'event.received':
      return { ...happening, event: { type: typeOf(happening.event), left } };
    case 'snapshot.taken': {
      const { status, value } = happening.snapshot;
      return {
        ...happening,
        snapshot: { status, value: JSON.stringify(value ?? null).length > 10_000 ? left : value, context: left },
      };
    }
    case 'microstep.taken':
      return { ...happening, transitions: [], value: left };
    case 'output.emitted':
      return { ...happening, output: { type: typeOf(happening.output), left } };
  }
}

function typeOf(value: unknown): string {
  const { type } = (value ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type.slice(0, 200) : '';
}

function transitionView(transition: object): TransitionView {
  const { source, target, eventType, guard } = transition as {
    source?: { id?: string };
    target?: readonly { id?: string }[];
    eventType?: string;
    guard?: unknown;
  };
  const guardType = typeof guard === 'string' ? guard : (guard as { type?: unknown; name?: unknown } | undefined)?.type;
  return {
    source: source?.id ?? '',
    targets: (target ?? []).map(({ id = '' }) => id),
    event: eventType ?? '',
    ...(guard === undefined ? {} : { guard: typeof guardType === 'string' ? guardType : 'inline' }),
  };
}
