/**
 * The apps that are inspected: what each told of its actors, and for a presence machine the same as records, so that it can be looked at like the console's
 * own session. What an app says is data of a stranger: whatever does not have the expected shape is shown as text or left out.
 */
import {
  isNotice,
  isReason,
  isStatus,
  leaves,
  MISTATUS,
  type Command,
  type Leaf,
  type Message,
} from '../../../machines/index.js';
import type { Notice } from '../../notices.js';
import type { StepRecord } from '../../record.js';
import type { AppInfo, Happening, SnapshotView, ToPage } from '../protocol.js';

/** Kept of each actor. */
const kept = 2_000;
const actorsOfApp = 200;

export interface Actor {
  /** Of this page: app and actor. */
  readonly key: string;
  readonly app: AppInfo;
  readonly isThere: boolean;
  readonly id: string;
  readonly definition: unknown;
  readonly snapshot: SnapshotView;
  readonly isPresence: boolean;
  /** Of a presence machine. */
  readonly records: readonly StepRecord[];
  readonly log: readonly LogEntry[];
}

export interface LogEntry {
  readonly key: string;
  readonly at: number;
  readonly kind: 'event' | 'microstep' | 'output';
  readonly text: string;
}

interface App {
  readonly info: AppInfo;
  isThere: boolean;
  readonly actors: Map<string, Actor>;
  /** Number of the last happening. */
  n: number;
}

export class Apps {
  readonly #apps = new Map<string, App>();

  /** @returns whether it was about an app */
  take(message: { readonly type: string }): boolean {
    if (!message.type.startsWith('app.')) return false;
    const told = message as ToPage;
    if (told.type === 'app.joined') {
      // It tells all again, from the beginning.
      this.#apps.set(told.app.id, { info: told.app, isThere: true, actors: new Map(), n: 0 });
    } else if (told.type === 'app.left') {
      const app = this.#apps.get(told.app);
      if (app) setThere(app, false);
    } else if (told.type === 'app.happened') {
      const app = this.#apps.get(told.app);
      if (app) for (const happening of told.happenings) happen(app, happening);
    }
    return true;
  }

  get actors(): readonly Actor[] {
    return [...this.#apps.values()].flatMap(({ actors }) => [...actors.values()]);
  }
  actor(key: string | undefined): Actor | undefined {
    return this.actors.find((actor) => actor.key === key);
  }
}

function setThere(app: App, isThere: boolean): void {
  app.isThere = isThere;
  for (const [id, actor] of app.actors) app.actors.set(id, { ...actor, isThere });
}

function happen(app: App, happening: Happening): void {
  if (happening.n <= app.n) return;
  app.n = happening.n;
  if (happening.type === 'actor.created') {
    if (app.actors.size >= actorsOfApp) app.actors.delete(app.actors.keys().next().value ?? '');
    app.actors.set(happening.actor, {
      key: `${app.info.id}/${happening.actor}`,
      app: app.info,
      isThere: app.isThere,
      id: idOf(happening),
      definition: happening.definition,
      snapshot: happening.snapshot,
      isPresence: isPresence(happening.definition),
      records: [],
      log: [],
    });
    return;
  }
  const actor = app.actors.get(happening.actor);
  if (actor) app.actors.set(happening.actor, after(actor, happening));
}

function after(actor: Actor, happening: Exclude<Happening, { readonly type: 'actor.created' }>): Actor {
  const { n, at } = happening;
  const log = (kind: LogEntry['kind'], text: string): readonly LogEntry[] =>
    last([...actor.log, { key: String(n), at, kind, text: text.slice(0, 400) }]);
  switch (happening.type) {
    case 'event.received':
      return { ...actor, log: log('event', textOf(happening.event)), records: begin(actor, happening.event, at) };
    case 'microstep.taken': {
      const taken = happening.transitions.map(({ source, targets, guard }) => {
        const where = targets.length > 0 ? ` → ${targets.join(', ')}` : ' stays';
        return `${source}${where}${guard === undefined ? '' : ` [${guard}]`}`;
      });
      return { ...actor, log: log('microstep', taken.join('; ') || 'no transition') };
    }
    case 'output.emitted':
      return { ...actor, log: log('output', textOf(happening.output)), records: add(actor.records, happening.output) };
    case 'snapshot.taken':
      return { ...actor, snapshot: happening.snapshot, records: arrive(actor.records, leafIn(happening.snapshot.value)) };
  }
}

const last = <T>(items: readonly T[]): readonly T[] => (items.length > kept * 1.25 ? items.slice(-kept) : items);

function begin({ isPresence, records, snapshot }: Actor, event: unknown, at: number): readonly StepRecord[] {
  // An actor is told of before it has its first state.
  const leaf = records.at(-1)?.to ?? leafIn(snapshot.value) ?? 'signedOut';
  const type = typeOf(event);
  if (!isPresence || type === '' || type.startsWith('xstate.')) return records;
  const n = (records.at(-1)?.n ?? 0) + 1;
  return last([...records, { n, at, message: event as Message, from: leaf, to: leaf, commands: [], notices: [] }]);
}

function arrive(records: readonly StepRecord[], leaf: Leaf | undefined): readonly StepRecord[] {
  const record = records.at(-1);
  return record === undefined || leaf === undefined ? records : [...records.slice(0, -1), { ...record, to: leaf }];
}

/** A notice or a command of the step that runs. */
function add(records: readonly StepRecord[], output: unknown): readonly StepRecord[] {
  const record = records.at(-1);
  if (record === undefined) return records;
  const notice = noticeIn(output, records);
  if (notice) return [...records.slice(0, -1), { ...record, notices: [...record.notices, notice] }];
  if (!/^[a-z]+\.[a-z]+$/.test(typeOf(output))) return records;
  return [...records.slice(0, -1), { ...record, commands: [...record.commands, output as Command] }];
}

/** What the actor emits lacks what the driver stamps. */
function noticeIn(output: unknown, records: readonly StepRecord[]): Notice | undefined {
  if (typeof output !== 'object' || output === null || !isNotice(output as Command)) return undefined;
  const { type, hr, reason, mMyStatus } = output as Readonly<Record<string, unknown>>;
  if (!isReason(reason)) return undefined;
  if (type === 'OnSignout') return { type, reason: 'userRequest' };
  if (typeof hr !== 'number') return undefined;
  if (type === 'OnSignin') return { type, hr: hr as never, reason, attempt: 0 };
  if (type !== 'OnMyStatusChange' || typeof mMyStatus !== 'number' || !isStatus(mMyStatus)) return undefined;
  const told = records.flatMap(({ notices }) => notices).findLast((notice) => 'mMyStatus' in notice);
  const previous = told && 'mMyStatus' in told ? told.mMyStatus : MISTATUS.OFFLINE;
  return { type, hr: hr as never, mMyStatus, previous, reason, attempt: 0 };
}

/** What it is called: an actor's own id is often only a number. */
function idOf({ id, definition }: Extract<Happening, { readonly type: 'actor.created' }>): string {
  const { id: machine } = (definition ?? {}) as { readonly id?: unknown };
  return typeof machine === 'string' && machine !== id ? `${machine} ${id}` : id;
}

/** Our chart, by its name and its parts: any machine may be called so. */
function isPresence(definition: unknown): boolean {
  const { id, states } = (definition ?? {}) as { readonly id?: unknown; readonly states?: unknown };
  return (
    id === 'presence' && ['offline', 'attempt', 'session', 'disconnecting'].every((name) => Object.hasOwn(states ?? {}, name))
  );
}

/** The leaf of a value of the presence chart. */
function leafIn(value: unknown): Leaf | undefined {
  let inner = value;
  for (let depth = 0; depth < 8 && typeof inner === 'object' && inner !== null; depth++) inner = Object.values(inner)[0];
  return (leaves as readonly unknown[]).includes(inner) ? (inner as Leaf) : undefined;
}

function typeOf(event: unknown): string {
  const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : '';
  return typeof type === 'string' ? type : '';
}

function textOf(value: unknown): string {
  const { type, ...rest } = (typeof value === 'object' && value !== null ? value : { type: String(value) }) as Record<
    string,
    unknown
  >;
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  return `${typeof type === 'string' ? type : JSON.stringify(value)}${more}`;
}
