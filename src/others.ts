/**
 * When others are heard and seen: what a transport tells of them waits for its turn among the notices, and is shown while somebody is online, at no
 * other time. It must never tell the machine anything: it knows nothing of others.
 */
import { Contacts } from './contacts.js';
import type { LineEvents } from './line.js';
import type { Notices } from './notices.js';
import { reporting } from './report.js';

export class Others {
  readonly contacts: Contacts;
  /** What a link tells. */
  readonly events: Omit<LineEvents, 'lost'>;
  readonly #notices: Notices;
  /** What was told and waits for its turn, and whether it may be seen. */
  #heard: (() => void)[] | undefined;
  #seesOthers = false;
  #forgetsOthers = false;
  /** The server has kept the former session: what it told then holds. */
  #isKept = false;

  constructor(notices: Notices, now: () => number) {
    this.#notices = notices;
    this.contacts = new Contacts((notice) => notices.tell(notice));
    this.events = {
      contact: (presence) => this.#hear(() => this.contacts.contact(presence)),
      own: (presence) => this.#hear(() => this.contacts.own(presence, now())),
      roster: (entries) => this.#hear(() => this.contacts.roster(entries)),
      request: (request) => this.#hear(() => this.contacts.request(request)),
    };
  }

  /** A link stands. */
  begin(): void {
    this.#inTurn(() => this.contacts.begin());
  }

  /** @param kept the server has kept the session of before */
  synchronized(kept: boolean): void {
    this.#isKept = kept;
    this.#inTurn(() => this.contacts.synchronized(kept));
  }

  /** After each step, and after the own status was told. @param sees somebody is online */
  look(sees: boolean): void {
    const isKept = this.#isKept;
    if (sees !== this.#seesOthers) this.#inTurn(() => (sees ? this.contacts.open(isKept) : this.contacts.shut()));
    this.#seesOthers = sees;
    if (this.#forgetsOthers) this.#inTurn(() => this.contacts.forget());
    this.#forgetsOthers = false;
  }

  /** Signed out: at the next look. */
  forget(): void {
    this.#forgetsOthers = true;
  }

  /** Nobody hears it any more; a list of others must not outlive the session. */
  end(): void {
    this.contacts.shut();
    this.contacts.forget();
  }

  /** Many at once: a list may be long. */
  #hear(fact: () => void): void {
    if (this.#heard) return void this.#heard.push(fact);
    const heard = (this.#heard = [fact]);
    this.#notices.inTurn(() => {
      if (this.#heard === heard) this.#heard = undefined;
      // What a transport tells may be anything; the next word counts all the same.
      for (const each of heard) reporting(each);
    });
  }

  #inTurn(act: () => void): void {
    this.#heard = undefined;
    this.#notices.inTurn(act);
  }
}
