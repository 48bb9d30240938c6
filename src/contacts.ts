/**
 * What is seen of others: contacts, their presence, the user's other devices. A read model beside the machine, which knows nothing of it: it
 * takes what the transport tells, shows it only while somebody is online, and asks for nothing. It must never send anything to anybody.
 */
import { foldDevices, isStatus, MISTATUS, type DevicePresence } from '../machines/index.js';
import type { ContactPresence, OwnPresence, RosterEntry, SubscriptionRequest } from './transport.js';

/** Somebody on the list of contacts, as the user sees them. */
export interface Contact {
  readonly name: string;
  /** What the user calls them. */
  readonly displayName?: string;
  readonly groups?: readonly string[];
  /** Of all their devices; OFFLINE while the user is not online. */
  readonly status: MISTATUS;
  readonly note?: string;
  /** Time of their last input, ms since the epoch. */
  readonly idleSince?: number;
  /** The device that says so. */
  readonly device?: string;
}

/** One of the user's other devices. */
export interface Device extends Omit<DevicePresence, 'device'> {
  readonly device: string;
}

/** A contact's status is another one, or is said with another note; at sign-in once for each contact that is not offline, by name. */
export interface OnContactStatusChange {
  readonly type: 'OnContactStatusChange';
  /** As it is now. */
  readonly contact: Contact;
  readonly previous: MISTATUS;
  /** `contact.status`. */
  readonly current: MISTATUS;
}
/** Somebody asks to see the user's presence. */
export interface OnContactRequest extends SubscriptionRequest {
  readonly type: 'OnContactRequest';
}
export interface ContactNoticeMap {
  OnContactStatusChange: OnContactStatusChange;
  OnContactRequest: OnContactRequest;
}
export type ContactNotice = ContactNoticeMap[keyof ContactNoticeMap];

/** Of one person, and requests that are open: far more than anybody has, and few enough that nobody can make them a burden. */
const mostDevices = 64;
const mostRequests = 1_000;

interface Person {
  readonly seen: Map<string, DevicePresence>;
  entry?: RosterEntry;
}

export class Contacts {
  /** For apps; iterates by name. */
  readonly view: ReadonlyMap<string, Contact> = new View(() => this.#sorted());
  readonly #tell: (notice: ContactNotice) => void;
  /** What the session has told, or the one before the loss: a resumed one goes on from there. */
  #people = new Map<string, Person>();
  readonly #own = new Map<string, DevicePresence>();
  readonly #requests = new Map<string, SubscriptionRequest>();
  /** There is a list, so that those who are not on it are strangers. */
  #isListed = false;
  /**
   * What was told before the user is online: whether it goes on from what was before is not known yet. And what was told on lines that were lost
   * again before that: a server that has kept the session does not say it twice.
   */
  #early: (() => void)[] = [];
  #missed: (() => void)[] = [];
  #shown = new Map<string, Contact>();
  #isSorted = true;
  #isOpen = false;

  constructor(tell: (notice: ContactNotice) => void) {
    this.#tell = tell;
  }

  /** The user's other devices, by name. */
  devices(now: number): ReadonlyMap<string, Device> {
    const present = [...(this.#isOpen ? this.#own : [])].filter(([, { until = Infinity }]) => until > now);
    const devices = new Map(byName(present).map(([device, presence]) => [device, Object.freeze({ ...presence, device })]));
    return new View(() => devices);
  }

  get requests(): readonly SubscriptionRequest[] {
    return Object.freeze(this.#isOpen ? [...this.#requests.values()] : []);
  }

  /** A link stands. */
  begin(): void {
    this.#missed.push(...this.#early.splice(0));
  }

  /** @param kept the server has kept the session of before; if not, nothing that was told on it holds */
  synchronized(kept: boolean): void {
    if (!kept) this.#missed = [];
  }

  /** Online. @param kept what was told before the loss still holds, but for what was told since */
  open(kept: boolean): void {
    const asked = new Set(kept ? this.#requests.keys() : []);
    if (!kept) this.#clear();
    for (const fact of [...this.#missed.splice(0), ...this.#early.splice(0)]) fact();
    if (this.#isListed) this.#dropStrangers();
    this.#isOpen = true;
    for (const name of [...new Set([...this.#people.keys(), ...this.#shown.keys()])].sort()) this.#changed(name);
    for (const [name, request] of this.#requests) if (this.#isOpen && !asked.has(name)) this.#ask(request);
  }

  /** Not online any more: nobody is seen. */
  shut(): void {
    this.#isOpen = false;
    const shown = this.#sorted();
    for (const name of shown.keys()) if (this.#shown === shown) this.#show(name);
  }

  /** Signed out: it is nobody's list. */
  forget(): void {
    this.#early = [];
    this.#missed = [];
    this.#clear();
    this.#shown = new Map();
  }

  contact(presence: ContactPresence): void {
    this.#hear(() => {
      const { name } = presence;
      if (this.#isOpen && this.#isListed && !this.#people.has(name)) return;
      hear(this.#person(name).seen, presence);
      this.#changed(name);
    });
  }

  /** @param now for a word that lasts only for a while */
  own(presence: OwnPresence, now: number): void {
    const { lasts, ...rest } = presence;
    this.#hear(() => hear(this.#own, lasts === undefined ? rest : { ...rest, until: now + lasts }));
  }

  roster(entries: readonly RosterEntry[]): void {
    this.#hear(() => {
      for (const entry of entries) this.#list(entry);
      this.#isListed = true;
    });
  }

  request({ name, note }: SubscriptionRequest): void {
    this.#hear(() => {
      if (this.#requests.has(name) || this.#requests.size >= mostRequests) return;
      const request = Object.freeze({ name, ...(note === undefined ? {} : { note }) });
      this.#requests.set(name, request);
      if (this.#isOpen) this.#ask(request);
    });
  }

  #hear(fact: () => void): void {
    if (this.#isOpen) fact();
    else this.#early.push(fact);
  }

  #list(entry: RosterEntry): void {
    const { name, subscription } = entry;
    if (subscription === 'remove') {
      this.#people.delete(name);
      this.#changed(name);
      this.#shown.delete(name);
      return;
    }
    this.#person(name).entry = entry;
    if (subscription !== 'none' && subscription !== 'to') this.#requests.delete(name);
    this.#changed(name);
  }

  #person(name: string): Person {
    let person = this.#people.get(name);
    if (!person) this.#people.set(name, (person = { seen: new Map() }));
    return person;
  }

  #dropStrangers(): void {
    for (const [name, { entry }] of this.#people) if (!entry) this.#people.delete(name);
    for (const name of this.#shown.keys()) if (!this.#people.has(name)) this.#shown.delete(name);
  }

  #clear(): void {
    this.#people = new Map();
    this.#own.clear();
    this.#requests.clear();
    this.#isListed = false;
  }

  #ask(request: SubscriptionRequest): void {
    this.#tell(Object.freeze({ type: 'OnContactRequest', ...request }));
  }

  /** Nothing is shown before somebody is online, nor after: a listener may have ended it meanwhile. */
  #changed(name: string): void {
    if (this.#isOpen) this.#show(name);
  }

  #show(name: string): void {
    const former = this.#shown.get(name);
    const contact = contactOf(name, this.#people.get(name), this.#isOpen);
    this.#isSorted &&= former !== undefined;
    this.#shown.set(name, contact);
    const { status: current, note } = contact;
    const previous = former?.status ?? MISTATUS.OFFLINE;
    if (current === previous && note === former?.note) return;
    this.#tell(Object.freeze({ type: 'OnContactStatusChange', contact, previous, current }));
  }

  /** A new map where somebody is new: one that is being read stays as it is. */
  #sorted(): ReadonlyMap<string, Contact> {
    if (!this.#isSorted) this.#shown = new Map(byName([...this.#shown]));
    this.#isSorted = true;
    return this.#shown;
  }
}

function contactOf(name: string, { seen, entry }: Partial<Person> = {}, isOpen: boolean): Contact {
  const { displayName, groups } = entry ?? {};
  const { status, note, idleSince, device } = foldDevices((isOpen && seen?.values()) || []);
  return Object.freeze({
    name,
    ...(displayName === undefined ? {} : { displayName }),
    ...(groups === undefined ? {} : { groups }),
    status,
    ...(note === undefined ? {} : { note }),
    ...(idleSince === undefined ? {} : { idleSince }),
    ...(device === undefined ? {} : { device }),
  });
}

/** What a device says now; one without a name speaks for all of them when it says that they are gone. */
function hear(seen: Map<string, DevicePresence>, presence: DevicePresence): void {
  const { device, status } = presence;
  if (status !== MISTATUS.OFFLINE) {
    const oldest = seen.size < mostDevices || seen.has(device ?? '') ? undefined : seen.keys().next().value;
    if (oldest !== undefined) seen.delete(oldest);
    seen.set(device ?? '', isStatus(status) ? presence : { ...presence, status: MISTATUS.UNKNOWN });
  } else if (device === undefined) seen.clear();
  else seen.delete(device);
}

/** By code units: the same on every machine, and fast. */
function byName<Value>(entries: [string, Value][]): [string, Value][] {
  return entries.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** A map to read; what stands behind it may be replaced. */
class View<Value> implements ReadonlyMap<string, Value> {
  readonly #map: () => ReadonlyMap<string, Value>;
  constructor(map: () => ReadonlyMap<string, Value>) {
    this.#map = map;
  }
  get size(): number {
    return this.#map().size;
  }
  get(name: string): Value | undefined {
    return this.#map().get(name);
  }
  has(name: string): boolean {
    return this.#map().has(name);
  }
  keys(): MapIterator<string> {
    return this.#map().keys();
  }
  values(): MapIterator<Value> {
    return this.#map().values();
  }
  entries(): MapIterator<[string, Value]> {
    return this.#map().entries();
  }
  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
  forEach(callback: (value: Value, name: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }
}
