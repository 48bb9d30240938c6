/**
 * The stand on which a transport is examined: a real service on the watched transport, things that are done to it, and the laws as the
 * judge. It belongs to no test runner and must leave nothing running.
 */
import { breachesOfTrace, isOnline, leafOf, phaseOf, statusName, type Leaf, type MISTATUS } from '../../machines/index.js';
import type { Clock } from '../policy.js';
import { createPresenceService, type PresenceService } from '../service.js';
import type { Credentials, Transport } from '../transport.js';
import type { Push, Question } from './exam.js';
import { watch, type Watch } from './watch.js';

/** The transport under examination with what the examiner needs around it. */
export interface Examinee {
  readonly transport: Transport;
  /** Somebody who may sign in; nobody else uses this account meanwhile. */
  readonly account: Credentials;
  /** The same, with a secret that the server refuses. */
  readonly wrongAccount?: Credentials;
  /** Breaks the account's line from the server's side. */
  breakLine?(): void | Promise<void>;
  /** From now on the server takes what comes and answers nothing. */
  silence?(isSilent: boolean): void | Promise<void>;
  /** What somebody else saw of the account, in order; INVISIBLE is seen as OFFLINE. */
  seenByOthers?(): readonly { readonly status: MISTATUS; readonly note?: string | undefined }[];
  /** How many lines of the account the server holds open. */
  openLines?(): number;
  /** Releases everything. */
  close?(): void | Promise<void>;
}

/** One item of the exam. */
export interface Item {
  readonly id: string;
  readonly needs?: readonly (keyof Examinee)[];
  readonly statuses?: readonly MISTATUS[];
  run(stand: Stand): Promise<void>;
}

const hostClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** How long a wait is made of, ms; between two of them whatever has come in is heard. */
const slice = 10;

/**
 * Calls back after some time. A stretch in which the host did not run this process, or ran something else in it, counts for little: what was to
 * come in it has come too late by no fault of a transport.
 * @returns ends the wait
 */
function afterRunning(ms: number, then: () => void): () => void {
  let left = ms;
  let before = performance.now();
  const look = (): void => {
    const now = performance.now();
    left -= Math.min(now - before, slice * 2);
    before = now;
    if (left > 0) timer = setTimeout(look, Math.min(slice, left));
    else then();
  };
  let timer = setTimeout(look, Math.min(slice, ms));
  return () => clearTimeout(timer);
}

/** A service on the watched transport, with waits short enough for a test. */
export class Stand {
  readonly examinee: Examinee;
  readonly eye: Watch;
  readonly service: PresenceService;
  readonly patience: number;
  #atLeaf: { leaf: Leaf; act: () => void } | undefined;

  constructor(examinee: Examinee, patience: number) {
    this.examinee = examinee;
    this.patience = patience;
    this.eye = watch(examinee.transport, hostClock);
    const retry = { base: 0, firstSpread: 0, cap: 0, slowCap: 0 };
    this.service = createPresenceService({
      transport: this.eye.transport,
      policy: { retry, backOnlineSpread: 0, signoutTimeout: patience, publishTimeout: patience, firstTry: 'retry' },
    });
    this.eye.service(this.service, () => {
      const { leaf, act } = this.#atLeaf ?? {};
      if (leaf === undefined || leafOf(this.service.actor.getSnapshot()) !== leaf) return;
      this.#atLeaf = undefined;
      act?.();
    });
  }

  get leaf(): Leaf {
    return leafOf(this.service.actor.getSnapshot());
  }

  /** Does something the first time the chart is at a leaf when a notice is told: in the middle of a sign-in, too. */
  whenAt(leaf: Leaf, act: () => void): Promise<void> {
    if (this.leaf === leaf && (leaf === 'signedOut' || phaseOf(leaf) === 'online')) return Promise.resolve(act());
    return this.within(`${leaf} is reached`, (done) => {
      this.#atLeaf = { leaf, act: () => (act(), done()) };
    });
  }

  signin(question: Pick<Question, 'wish'>, account: Credentials = this.examinee.account): void {
    this.service.signin(account, question.wish === undefined ? {} : { status: question.wish });
  }

  async push(push: Push): Promise<void> {
    switch (push.push) {
      case 'signin':
        return void this.service.signin(this.examinee.account, push.status === undefined ? {} : { status: push.status });
      case 'signout':
        return void this.service.signout();
      case 'setStatus':
        return void this.service.setStatus(push.status);
      case 'network':
        return this.service.environment({ network: push.on });
      case 'awake':
        return this.service.environment({ awake: push.on });
      case 'breakLine':
        return this.examinee.breakLine?.();
    }
  }

  /** @throws Error that names what did not happen */
  within(what: string, start: (done: () => void, isOver: () => boolean) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const stop = afterRunning(this.patience, () => {
        isOver = true;
        reject(new Error(`within ${this.patience} ms not: ${what}; ${this.story()}`));
      });
      start(
        () => (stop(), resolve()),
        () => isOver,
      );
    });
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    await this.within(what, (done, isOver) => {
      const look = () => (isTrue() ? done() : isOver() ? undefined : void setTimeout(look, 2));
      look();
    });
  }

  /** Lets some time pass, ms. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void afterRunning(ms, resolve));
  }

  /** The chart is where it rests: nothing asked for is unanswered. */
  isSettled(ends: Leaf, shows: MISTATUS): boolean {
    const { context } = this.service.actor.getSnapshot();
    return this.leaf === ends && context.by === 'none' && this.service.myStatus === shows;
  }

  /** The laws over what was seen, breaches of the plug's contract, and links left. @throws Error naming the law and the path */
  judge(): void {
    const secrets = [this.examinee.account.password, this.examinee.account.token].filter((secret) => secret !== undefined);
    const broken = breachesOfTrace(this.eye.trace({ secrets }));
    for (const { message, from, unheard } of this.service.records) {
      // What the app and the clock say may be no news; an answer that nobody waits for is a breach of the plug's contract.
      const isAnswer = ['server', 'link', 'session', 'status'].includes(message.type.split('.')[0] ?? '');
      if (unheard && isAnswer) broken.push(`L21: ${message.type} in ${from}, where nobody waits for it`);
    }
    if (broken.length > 0) throw new Error(`${broken.join('; ')}; ${this.story()}`);
  }

  /** What happened, shortest way to tell it. @param since how many things seen are left out */
  story(since = 0): string {
    const steps = this.eye.seen.slice(since).map((entry) => {
      if (entry.seen === 'notice') {
        const { notice } = entry;
        return 'mMyStatus' in notice ? `${statusName(notice.mMyStatus)}(${notice.reason ?? ''})` : notice.type;
      }
      if (entry.seen === 'verb') return `${entry.verb} ${entry.change}`;
      return entry.seen === 'link' ? `link ${entry.link} ${entry.change}` : entry.seen;
    });
    return `path: ${steps.join(' › ')}`;
  }

  async close(): Promise<void> {
    await this.service.dispose();
    if (this.eye.links > 0) throw new Error(`L26: ${this.eye.links} links are left after dispose(); ${this.story()}`);
    const { openLines } = this.examinee;
    if (openLines) await this.until('L26: the server sees the line closed', () => openLines.call(this.examinee) === 0);
  }
}

/** B06: what others see is what is shown. */
export async function othersSee(stand: Stand, shows: MISTATUS): Promise<void> {
  const { examinee } = stand;
  if (!examinee.seenByOthers) return;
  const wanted = isOnline(shows) && statusName(shows) !== 'INVISIBLE' ? statusName(shows) : 'OFFLINE';
  await stand.until(`L23: others see ${wanted}`, () => {
    const last = examinee.seenByOthers?.().at(-1);
    return statusName(last?.status ?? 1) === wanted;
  });
}
