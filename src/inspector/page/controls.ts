/**
 * The controls: each one is a request to the process, where a real service or the real server does it. What is shown as on or off is what the process says,
 * not what was clicked.
 */
import {
  isSuccess,
  resultMeaning,
  resultName,
  settableStatuses,
  MISTATUS,
  phaseOf,
  statusMeaning,
} from '../../../machines/index.js';
import type { ConsoleNews, Stage, Wanted } from '../console/protocol.js';
import { AccountDialog } from './account.js';
import { byId, h, setText, type Child } from './dom.js';
import type { View } from './store.js';
import { clockTime, spoken, tone } from './words.js';

type Ask = (wanted: Wanted) => number | undefined;
type Answer = Extract<ConsoleNews, { readonly type: 'console.answer' }>;
type FaultName = keyof Stage['server']['faults'];

interface Toggle {
  readonly element: HTMLButtonElement;
  readonly isOn: (view: View) => boolean;
}

const toggles: readonly (readonly [text: string, name: FaultName, value: string | number, title: string])[] = [
  ['Refuse', 'connection', 'reset', 'Connections are cut at once'],
  ['Down (503)', 'connection', 503, 'Connections are answered with HTTP 503'],
  ['Too busy', 'stream', 'resource-constraint', 'The server says that it is overloaded'],
  ['Wrong password', 'auth', 'not-authorized', 'Every logon is refused'],
  ['Old version', 'version', 'unsupported', 'The server speaks another version of the protocol'],
  ['Reject status', 'presence', 'not-acceptable', 'The server refuses every status'],
];
const silences = ['upgrade', 'open', 'auth', 'bind', 'roster', 'presence', 'ping', 'close'] as const;
const latencies: readonly (readonly [ms: number, text: string])[] = [
  [0, 'no latency'],
  [250, '250 ms latency'],
  [1_000, '1 s latency'],
  [4_000, '4 s latency'],
];
const spans: readonly (readonly [ms: number, text: string])[] = [
  [0, 'until I change it'],
  [10_000, 'for 10 s'],
  [60_000, 'for 1 min'],
  [600_000, 'for 10 min'],
  [3_600_000, 'for 1 h'],
];

export class Controls {
  readonly #root = byId('controls');
  readonly #ask: Ask;
  readonly #account: AccountDialog;
  readonly #toggles: Toggle[] = [];
  readonly #calls = new Map<number, string>();

  readonly #who = h('p', { class: 'account-name' });
  readonly #as = h(
    'select',
    { attrs: { 'aria-label': 'Status to sign in with' } },
    h('option', { attrs: { value: '' } }, 'as I was'),
    ...settableStatuses.map((status) => h('option', { attrs: { value: status } }, `as ${spoken(status)}`)),
  );
  readonly #signin = this.#button('Sign in', 'service.signin()', () => this.#doSignin(), 'primary');
  readonly #cancel = this.#button('Cancel', 'service.signout() while an attempt runs or waits', () =>
    this.#do({ do: 'signout' }),
  );
  readonly #signout = this.#button('Sign out', 'service.signout()', () => this.#do({ do: 'signout' }));
  readonly #note = h('input', {
    attrs: {
      type: 'text',
      placeholder: 'Note, like: in a meeting',
      'aria-label': 'Note',
      maxlength: 1_024,
      autocomplete: 'off',
    },
  });
  readonly #span = select('How long the status lasts', spans);
  readonly #statuses = new Map<number, HTMLButtonElement>();
  readonly #latency = select('Latency of the server', latencies);
  readonly #silent = h(
    'select',
    { attrs: { 'aria-label': 'Where the server falls silent' } },
    h('option', { attrs: { value: '' } }, 'answers always'),
    ...silences.map((step) => h('option', { attrs: { value: step } }, `silent at ${step}`)),
  );
  readonly #time = h('output', { class: 'time', attrs: { 'aria-label': 'Time of the clock' } });
  readonly #steps = h('span', { class: 'row steps' });
  readonly #answer = h('p', { class: 'answer', attrs: { role: 'status' } });
  readonly #server = h('fieldset', { class: 'card group server' });
  readonly #speeds: HTMLElement;

  constructor(ask: Ask) {
    this.#ask = ask;
    this.#account = new AccountDialog((wanted) => this.#do(wanted));
    this.#note.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Enter' && !isComposing) this.#doStatus(MISTATUS.BUSY);
    });
    this.#latency.addEventListener('change', () => this.#fault('latency', Number(this.#latency.value)));
    this.#silent.addEventListener('change', () => this.#fault('silent', this.#silent.value === '' ? false : this.#silent.value));
    this.#speeds = h('div', { class: 'segments', attrs: { role: 'group', 'aria-label': 'Speed of the clock' } });
    this.#build();
  }

  show(view: View): void {
    const { situation, stage, mode } = view;
    const isLive = mode === 'live';
    this.#root.inert = !isLive;
    this.#root.classList.toggle('is-past', !isLive);
    byId('clock').inert = !isLive;
    byId('clock').classList.toggle('is-past', !isLive);
    for (const { element, isOn } of this.#toggles) element.setAttribute('aria-pressed', String(isOn(view)));
    const phase = phaseOf(view.leaf);
    this.#signin.classList.toggle('primary', phase === 'signedOut' || phase === 'waiting');
    this.#cancel.classList.toggle('primary', phase === 'attempt');
    for (const [status, element] of this.#statuses) {
      element.setAttribute('aria-pressed', String(isLive && situation?.status === status));
      element.disabled = stage !== undefined && !stage.statuses.includes(status);
    }
    if (stage === undefined) return;
    const { account, server, isAsking } = stage;
    setText(this.#who, isAsking ? `${account.name}: the password is asked for in the terminal` : account.name);
    this.#who.title = account.embedded ? `embedded server, ${server.url}` : (account.url ?? 'a real server, found by DNS');
    this.#server.hidden = !account.embedded;
    this.#speeds.parentElement?.classList.toggle('is-real', !account.embedded);
    choose(this.#latency, String(server.faults.latency), (ms) => `${ms} ms latency`);
    const silent = server.faults.silent === false ? '' : String(server.faults.silent);
    choose(this.#silent, silent, (step) => `silent at ${step}`);
    this.#silent.classList.toggle('is-on', silent !== '');
    this.#steps.hidden = stage.speed !== 0;
    if (Number(this.#note.maxLength) !== stage.noteLimit) this.#note.maxLength = stage.noteLimit;
    this.#account.know(stage);
  }

  tick(now: number): void {
    setText(this.#time, clockTime(now));
  }

  answer({ request, call, hr, error }: Answer): void {
    const what = this.#calls.get(request) ?? call;
    this.#calls.delete(request);
    this.#answer.classList.toggle('is-bad', error !== undefined || (hr !== undefined && !isSuccess(hr)));
    if (error !== undefined) return setText(this.#answer, `${what}: ${error}`);
    if (hr === undefined) return setText(this.#answer, `${what}: done`);
    setText(this.#answer, `${what} → ${resultName(hr)}, ${resultMeaning(hr)}`);
  }

  #do(wanted: Wanted, says?: string): void {
    const request = this.#ask(wanted);
    if (request === undefined) {
      this.#answer.classList.add('is-bad');
      return setText(this.#answer, 'There is no line to the program at the moment.');
    }
    if (says !== undefined) this.#calls.set(request, says);
  }

  #doSignin(): void {
    const status = this.#as.value === '' ? {} : { status: Number(this.#as.value) };
    const wish = this.#as.value === '' ? {} : this.#wish();
    this.#do({ do: 'signin', ...status, ...wish });
  }
  #doStatus(status: number): void {
    this.#do({ do: 'status', status, ...this.#wish() }, `setStatus(${spoken(status)})`);
  }
  #wish(): { note?: string; for?: number } {
    const note = this.#note.value.trim();
    const ms = Number(this.#span.value);
    return { ...(note === '' ? {} : { note }), ...(ms > 0 ? { for: ms } : {}) };
  }
  #fault(name: FaultName, value: string | number | false): void {
    this.#do({ do: 'fault', name, value });
  }

  #build(): void {
    const statuses = settableStatuses.map((status) => {
      const element = this.#button(spoken(status), statusMeaning(status), () => this.#doStatus(status), `status ${tone(status)}`);
      element.prepend(h('span', { class: `dot ${tone(status)}`, attrs: { 'aria-hidden': 'true' } }));
      this.#statuses.set(status, element);
      return element;
    });
    this.#root.append(
      group(
        'Sign-in',
        h(
          'div',
          { class: 'row title-row' },
          this.#who,
          this.#button('Change…', 'Use another account', () => this.#account.open(), 'quiet'),
        ),
        h('div', { class: 'row' }, this.#signin, this.#as, this.#cancel, this.#signout),
      ),
      group('Status', h('div', { class: 'statuses' }, ...statuses), h('div', { class: 'row' }, this.#note, this.#span)),
      this.#serverGroup(),
      h(
        'div',
        { class: 'card group device', attrs: { role: 'group', 'aria-label': 'Device' } },
        this.#toggle(
          'Network',
          'Whether this device has a network',
          ({ situation }) => situation?.network !== false,
          (network) => ({ do: 'environment', network }),
        ),
        this.#toggle(
          'Awake',
          'Off: this device goes to sleep',
          ({ situation }) => situation?.awake !== false,
          (awake) => ({ do: 'environment', awake }),
        ),
        this.#toggle(
          'Input',
          'Off: nobody touches this device; idle follows',
          ({ situation }) => (situation?.user ?? 'active') === 'active',
          (userActive) => ({
            do: 'environment',
            userActive,
          }),
        ),
      ),
      this.#answer,
    );
    byId('clock').append(...this.#clock());
  }

  #clock(): readonly HTMLElement[] {
    const speeds = [
      [1, '1×'],
      [10, '10×'],
      [60, '60×'],
      [0, 'Step'],
    ] as const;
    for (const [speed, text] of speeds) {
      const title = speed === 0 ? 'The clock stands still and goes on by steps' : `The clock runs ${speed} times as fast`;
      const element = this.#button(text, title, () => this.#do({ do: 'speed', speed }));
      this.#toggles.push({ element, isOn: ({ stage }) => stage?.speed === speed });
      this.#speeds.append(element);
    }
    this.#steps.append(
      this.#button('+1 s', 'One second on', () => this.#do({ do: 'step', ms: 1_000 })),
      this.#button('Next', 'To the next timer, of the client or of the server', () => this.#do({ do: 'step' })),
    );
    return [this.#time, this.#speeds, this.#steps];
  }

  #serverGroup(): HTMLElement {
    const chips = toggles.map(([text, name, value, title]) => {
      const isOn = ({ stage }: View): boolean => stage?.server.faults[name] === value;
      return this.#toggle(text, title, isOn, (on) => ({ do: 'fault', name, value: on ? value : false }), 'fault');
    });
    const strike = (text: string, title: string, what: 'drop' | 'kick' | 'shutdown'): HTMLElement =>
      this.#button(text, title, () => this.#do({ do: 'strike', what }), 'strike');
    this.#server.append(
      h('legend', {}, 'Server faults'),
      h(
        'div',
        { class: 'row title-row' },
        this.#button('All well', 'All faults off', () => this.#do({ do: 'calm' }), 'quiet'),
      ),
      h('div', { class: 'chips' }, ...chips),
      h('div', { class: 'row' }, this.#latency, this.#silent),
      h(
        'div',
        { class: 'row' },
        strike('Drop the line', 'Cuts the connection without a word', 'drop'),
        strike('Kick', 'Throws the user out: signed in elsewhere', 'kick'),
        strike('Shut down', 'Ends every session; the server comes back at once', 'shutdown'),
      ),
    );
    return this.#server;
  }

  #button(text: string, title: string, act: () => void, classes = ''): HTMLButtonElement {
    return h('button', { class: classes, attrs: { type: 'button', title }, on: { click: act } }, text);
  }

  #toggle(
    text: string,
    title: string,
    isOn: (view: View) => boolean,
    wanted: (on: boolean) => Wanted,
    kind = 'switch',
  ): HTMLButtonElement {
    const element = this.#button(text, title, () => this.#do(wanted(element.getAttribute('aria-pressed') !== 'true')), kind);
    element.setAttribute('aria-pressed', 'false');
    this.#toggles.push({ element, isOn });
    return element;
  }
}

/** What the process says, also if it is none of the choices; not under the hand of somebody who is just choosing. */
function choose(select: HTMLSelectElement, value: string, textOf: (value: string) => string): void {
  if (document.activeElement === select || select.value === value) return;
  const isKnown = [...select.options].some((option) => option.value === value);
  if (!isKnown) select.append(h('option', { attrs: { value } }, textOf(value)));
  select.value = value;
}

function group(title: string, ...children: readonly Child[]): HTMLElement {
  return h('fieldset', { class: 'card group' }, h('legend', {}, title), ...children);
}

function select(label: string, options: readonly (readonly [value: number, text: string])[]): HTMLSelectElement {
  const items = options.map(([value, text]) => h('option', { attrs: { value } }, text));
  return h('select', { attrs: { 'aria-label': label } }, ...items);
}
