/**
 * Mutants that survive the generated suites, each with the reason. Those of the chart are not here: that they are equivalent is computed. A line that
 * names no survivor is stale, and fails the run.
 */

/** Of no consequence, whatever happens: they do not count. */
export const equivalent: Readonly<Record<string, string>> = {
  'src/others.ts: #seesOthers = false;: true for false': 'others who are not shown yet are hidden once, which changes nothing',
  'src/others.ts: #forgetsOthers = false;: true for false':
    'others of whom nothing is known yet are forgotten once, which changes nothing',
  'src/others.ts: #isKept = false;: true for false':
    'set when a session is synchronized, before anybody is online and it is read',
  'src/waits.ts: #wait = 0;: 1 for 0': 'read only while the retry timer runs, whose start sets it',
  "src/steps.ts: restored && presenceMachine.resolveState({ value: { offli...: without the property offline: 'signedOut'":
    'XState fills in what a value leaves out with the initial states, which are these',
  'src/steps.ts: ...(snapshot ? { snapshot } : {}),: || true ? for ?': 'to createActor a snapshot that is undefined is none',
  'src/steps.ts: ...(inspect ? { inspect } : {}),: || true ? for ?': 'to createActor an observer that is undefined is none',
  "src/driver.ts: if ('status' in message && message.status !== undefined) ...: || for &&":
    'the service sends no message whose status is there and undefined, so both halves always agree',
  'src/steps.ts: this.#inbox.length = 0;: without this.#inbox.length = 0;':
    'the actor is stopped a few lines later, and a step of a stopped actor after dispose() ends before it says anything',
  'src/steps.ts: this.#inbox.length = 0;: 1 for 0': 'as above; and a place that holds nothing ends the loop over the inbox',
  'src/steps.ts: this.#seen = state;: without this.#seen = state;':
    'keeps the leaf of a state that is asked for again; without it the leaf is worked out each time, and is the same',
  'src/attempt.ts: this.#offered = undefined;: without this.#offered = undefined;':
    'set anew when the server is looked for, before anything reads it',
  'src/attempt.ts: this.#server = undefined;: without this.#server = undefined;':
    'set anew when a server was found, before a connect reads it',
  'src/attempt.ts: this.#offered = undefined;: without this.#offered = undefined; (2)':
    'set anew when the server is looked for, before anything reads it; that a secret is not kept in memory is not seen from outside',
  'src/attempt.ts: this.#server = undefined;: without this.#server = undefined; (2)':
    'set anew when a server was found, before a connect reads it',
  'src/attempt.ts: this.#typed = undefined;: without this.#typed = undefined;':
    'whoever is signed out is signed in by a call that sets it anew; that a secret is not kept in memory is not seen from outside',
  'src/publication.ts: if (!asked || status === undefined) return;: && for ||':
    'there is no status exactly when nobody has asked for one, so both halves always agree',
  'src/waits.ts: this.#onlineFor = undefined;: without this.#onlineFor = undefined;':
    'read next together with a history that was emptied as well, which a fresh start leaves as it is',
  "src/line.ts: if (!TransportError.is(error)) return { reason: 'unexpect...: without the property hr: undefined,":
    'a property that is undefined is read like one that is not there',
  "src/line.ts: if (!TransportError.is(error)) return { reason: 'unexpect...: without the property retryAfterMs: undefined":
    'a property that is undefined is read like one that is not there',
  'src/verbs.ts: this.#previous = undefined;: without this.#previous = undefined;':
    'drop() puts the new link in its place before the next connect reads it, and forget() clears it',
  'src/notices.ts: after: isAtRest ? 0 : this.#pushed,: 1 for 0':
    'differs only if the first notice of all is the one with which the machine comes to rest; a change begins elsewhere first',
  'src/notices.ts: if (this.#iterators.size > 0) for (const iterator of [......: >= for >': 'a loop over nobody does nothing',
  'src/timers.ts: this.#isClosed = true;: without this.#isClosed = true;':
    'a second lock: after dispose() the driver neither starts a timer nor hears of a jump',
  'src/timers.ts: this.#isClosed = true;: false for true':
    'a second lock: after dispose() the driver neither starts a timer nor hears of a jump',
  'src/timers.ts: } else if (by > 0) {: >= for >': 'a jump is of 1 ms at least, so never of 0',
  'src/retry.ts: export const noHistory: RetryHistory = { tries: 0, failin...: without the property failingSince: undefined,':
    'a property that is undefined is read like one that is not there',
};

/** Of some consequence, and not found: they count as survivors. */
export const missed: Readonly<Record<string, string>> = {
  'src/driver.ts: this.#others.end();: without this.#others.end();':
    'only what is read of others after dispose(), when the suites read nothing',
  'src/others.ts: this.contacts.shut();: without this.contacts.shut();':
    'only what is read of others after dispose(), when the suites read nothing',
  'src/others.ts: this.contacts.forget();: without this.contacts.forget();':
    'only what is read of others after dispose(), when the suites read nothing',
  'src/others.ts: this.#heard = undefined;: without this.#heard = undefined;':
    'only if a transport tells of others before and after somebody comes or ceases to be online, all in one turn',
  'src/notices.ts: this.#waiters.delete(waiter);: without this.#waiters.delete(waiter);':
    'a promise that is settled is kept in memory until dispose(), and settled again in vain; the suites do not look at memory',
  'src/notices.ts: this.#lastFailure = undefined;: without this.#lastFailure = undefined;':
    'only the code with which ready() is rejected, if a transport loses a line for the very reason for which it has refused something before',
  'src/notices.ts: this.#lastFailure = undefined;: without this.#lastFailure = undefined; (2)':
    'only the code with which ready() is rejected, if a transport loses a line for the very reason for which it has refused something before',
  'src/retry.ts: const losses = [...history.losses.filter((at) => now - at...: <= for <':
    'a loss exactly flapWithin ago, to the millisecond, followed by a wait long enough to tell both grades apart',
  'src/retry.ts: const losses = [...history.losses.filter((at) => now - at...: < for <=':
    'several losses within one millisecond, followed by a wait long enough to tell both grades apart',
};
