/**
 * Finds, connects and logs on a served session with what was given to `signin`, or with what the app has stored. It must never keep a credential
 * outside of what is kept of the session, which ends with the sign-out.
 */
import type { Credentials } from '../../transport.js';
import type { Outcome } from '../../verbs.js';
import { isName } from './serve-arguments.js';
import type { Reports, Served, ServeOptions } from './serve-options.js';
import { attemptFailed, type Failed } from './serve-words.js';
import type { SessionId } from './sessions.js';

export class Attempts {
  readonly #credentials: ServeOptions['credentials'];
  readonly #reports: Reports;

  constructor(credentials: ServeOptions['credentials'], reports: Reports) {
    this.#credentials = credentials;
    this.#reports = reports;
  }

  /** @param isFound by the chart: only the address has to be had again */
  find(session: SessionId, served: Served, isFound = false): void {
    const failing = isFound ? 'link.refused' : 'server.failed';
    const failed = (failure: Failed) => this.#reports.fail(session, failure, (f) => attemptFailed(failing, f));
    const find = (credentials: Credentials) => {
      served.offered = credentials;
      const { name, server } = credentials;
      served.line.find(server === undefined ? { name } : { name, server }, {
        done: (found) => {
          served.server = found;
          if (isFound) this.connect(session, served);
          else this.#reports.report(session, { type: 'server.found' });
        },
        failed,
      });
    };
    served.offered = undefined;
    served.server = undefined;
    if (served.given) return find(served.given);
    this.#askFor(session, served, {
      done: (stored) => {
        if (!isUsable(stored) || (served.name !== undefined && stored.name !== served.name))
          return failed({ reason: 'invalidPassword' });
        served.name = stored.name;
        find(stored);
      },
      failed,
    });
  }

  connect(session: SessionId, served: Served): void {
    if (!served.offered) return;
    served.line.connect(served.server, served.offered, {
      done: () => {
        served.surroundings.begin();
        this.#reports.report(session, { type: 'link.opened' });
      },
      failed: (failure) => this.#reports.fail(session, failure, (f) => attemptFailed('link.refused', f)),
    });
  }

  /** One expired token may be renewed: only another one is offered. */
  renew(session: SessionId, served: Served): void {
    const former = served.offered;
    this.#askFor(session, served, {
      done: (renewed) => {
        const isNew = isUsable(renewed) && (renewed.token !== former?.token || renewed.password !== former?.password);
        if (!isNew || renewed.name !== served.name)
          return this.#reports.report(session, { type: 'link.refused', reason: 'tokenExpired' });
        served.offered = { ...(former?.server === undefined ? {} : { server: former.server }), ...renewed };
        if (served.given) served.given = served.offered;
        this.connect(session, served);
      },
      failed: (failure) => this.#reports.fail(session, failure, (f) => attemptFailed('link.refused', f)),
    });
  }

  #askFor(session: SessionId, { line }: Served, outcome: Outcome<unknown, Failed>): void {
    line.run('credentials', (signal): unknown => this.#credentials?.(session, signal), outcome);
  }
}

function isUsable(credentials: unknown): credentials is Credentials {
  return typeof credentials === 'object' && credentials !== null && isName((credentials as { name?: unknown }).name);
}
