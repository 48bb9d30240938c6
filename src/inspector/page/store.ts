/**
 * What the page knows: the session as it was told, where in it one looks, and a file if one was opened in its place. It holds data and tells when
 * something changed; it must never reach for an element or the network.
 */
import type { Leaf } from '../../../machines/index.js';
import type { RecordFile } from '../console/record-file.js';
import type { ConsoleNews, SessionNews, Sight, Situation, Stage, WireEvent } from '../console/protocol.js';
import type { StepRecord } from '../../record.js';
import type { Actor } from './apps.js';

/** A page that stays open for days must not grow; records are let go when the process lets go of them. */
const kept = { wire: 5_000, sights: 1_000 } as const;

export interface View {
  /** `live`: now; `past`: an earlier step of the session; `file`: a step of a file. */
  readonly mode: 'live' | 'past' | 'file';
  /** Up to the step that is looked at. */
  readonly records: readonly StepRecord[];
  readonly wire: readonly WireEvent[];
  readonly sights: readonly Sight[];
  /** The step that is looked at; undefined: before the first. */
  readonly record: StepRecord | undefined;
  readonly leaf: Leaf;
  readonly status: number;
  /** Only of the present: records hold no note. */
  readonly situation: Situation | undefined;
  readonly stage: Stage | undefined;
  /** Numbers of the first and the last step there are to look at. */
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Counts the sessions, so that what belongs to a former one can be thrown away. */
  readonly session: number;
  readonly fileName: string | undefined;
  /** The inspected actor that is looked at in place of the console's session. */
  readonly actor: Actor | undefined;
}

const nothing: SessionNews = {
  records: [],
  wire: [],
  sights: [],
  situation: { leaf: 'signedOut', status: 1, network: true, awake: true, user: 'active', pending: 0 },
};

export class Store {
  readonly #changed: () => void;
  #actor: Actor | undefined;
  #session = 0;
  #live: SessionNews = nothing;
  #stage: Stage | undefined;
  /** When `stage.now` was true, on this page's clock. */
  #heardAt = 0;
  #file: { readonly name: string; readonly content: RecordFile } | undefined;
  /** The step looked at; undefined: the last one, whatever it is. */
  #step: number | undefined;
  #view: View | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  take(message: ConsoleNews, heardAt: number): void {
    if (message.type === 'console.session') {
      if (message.session !== this.#session && this.#file === undefined) this.#step = undefined;
      this.#session = message.session;
      this.#live = message.news;
      this.#setStage(message.stage, heardAt);
    } else if (message.type === 'console.stage') {
      this.#setStage(message.stage, heardAt);
    } else if (message.type === 'console.news') {
      if (message.session !== this.#session) return;
      const { news } = message;
      this.#live = {
        ...((news.begin ?? this.#live.begin) === undefined ? {} : { begin: news.begin ?? this.#live.begin }),
        records: append(this.#live.records, news.records, Infinity, news.begin?.n),
        wire: append(this.#live.wire, news.wire, kept.wire),
        sights: append(this.#live.sights, news.sights, kept.sights),
        situation: news.situation,
      };
      if (this.#stage) this.#setStage({ ...this.#stage, now: message.now }, heardAt);
    } else return;
    this.#touch();
  }

  /** Looks at a step; the last one means: from now on always the last one. */
  goTo(step: number): void {
    const { first, last } = this.view;
    const wanted = Math.max(first - 1, Math.min(step, last));
    this.#step = wanted === last && this.#file === undefined ? undefined : wanted;
    this.#touch();
  }
  goBy(steps: number): void {
    this.goTo(this.view.step + steps);
  }
  goLive(): void {
    this.#step = undefined;
    this.#touch();
  }

  /** Looks at an inspected actor, as it is now; undefined: at the console's own session. */
  watch(actor: Actor | undefined): void {
    if (actor?.key !== this.#actor?.key) this.#step = undefined;
    this.#actor = actor;
    this.#touch();
  }
  get hasSession(): boolean {
    return this.#session > 0;
  }

  open(name: string, content: RecordFile): void {
    this.#file = { name, content };
    this.#step = content.step;
    this.#touch();
  }
  closeFile(): void {
    this.#file = undefined;
    this.goLive();
  }

  /** What is looked at, as a file. */
  toFile(): RecordFile | undefined {
    const { step } = this.view;
    if (this.#file) return { ...this.#file.content, step };
    // What an actor emits lacks what the driver stamps: that is no recording.
    if (this.#actor) return undefined;
    const { begin, records, wire, sights } = this.#live;
    if (begin === undefined || records.length === 0) return undefined;
    const { rules, start } = begin;
    return { recording: { format: 'presence-machine recording', version: 1, rules, start, records }, wire, sights, step };
  }

  /** The console's time, at this moment of the page's clock. */
  now(at: number): number {
    const { now = 0, speed = 1 } = this.#stage ?? {};
    return now + Math.max(0, at - this.#heardAt) * speed;
  }

  get view(): View {
    return (this.#view ??= this.#look());
  }

  #look(): View {
    const { content } = this.#file ?? {};
    const actor = content ? undefined : this.#actor;
    const source = content
      ? { ...content, records: content.recording.records }
      : actor
        ? { records: actor.records, wire: [], sights: [] }
        : this.#live;
    const first = source.records[0]?.n ?? 1;
    const last = source.records.at(-1)?.n ?? 0;
    const isLive = this.#file === undefined && this.#step === undefined;
    const step = Math.max(first - 1, Math.min(this.#step ?? last, last));
    const records = isLive ? source.records : source.records.slice(0, step - first + 1);
    const record = records.at(-1);
    const { situation } = this.#live;
    const isOwn = isLive && actor === undefined;
    return {
      mode: isLive ? 'live' : this.#file === undefined ? 'past' : 'file',
      records,
      wire: isLive ? source.wire : source.wire.filter((event) => event.step <= step),
      sights: isLive ? source.sights : source.sights.filter((sight) => sight.step <= step),
      record,
      leaf: isOwn ? situation.leaf : (record?.to ?? source.records[0]?.from ?? 'signedOut'),
      status: isOwn ? situation.status : statusAfter(records),
      situation: isOwn ? situation : undefined,
      stage: this.#stage,
      first,
      last,
      step,
      session: this.#file === undefined && actor === undefined ? this.#session : -1,
      fileName: this.#file?.name,
      actor,
    };
  }

  #setStage(stage: Stage, heardAt: number): void {
    this.#stage = stage;
    this.#heardAt = heardAt;
  }
  #touch(): void {
    this.#view = undefined;
    this.#changed();
  }
}

/** What is new is told once, but a page that has just come may hear it in both ways. */
function append<T extends { readonly n: number }>(
  items: readonly T[],
  more: readonly T[],
  most: number,
  first = 0,
): readonly T[] {
  const last = items.at(-1)?.n ?? 0;
  const fresh = more.filter(({ n }) => n > last);
  const old = (items[0]?.n ?? 0) < first ? items.filter(({ n }) => n >= first) : items;
  if (fresh.length === 0) return old;
  const all = [...old, ...fresh];
  return all.length > most * 1.25 ? all.slice(-most) : all;
}

function statusAfter(records: readonly StepRecord[]): number {
  for (const { notices } of records.toReversed()) {
    for (const notice of notices.toReversed()) if (notice.type === 'OnMyStatusChange') return notice.mMyStatus;
  }
  return 1;
}
