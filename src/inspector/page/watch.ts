/**
 * Chooses whom one looks at, and shows what an inspected app tells beyond the chart: its context, its events and outputs, and for a machine that is not ours
 * its states as nested boxes. It shows and asks for nothing.
 */
import type { Actor, LogEntry } from './apps.js';
import { byId, h, setText } from './dom.js';
import { clockTime } from './words.js';

const rows = 120;
/** Deeper is cut: a picture of more says nothing. */
const deepest = 12;
const longestContext = 20_000;

export class Watch {
  readonly #select = h('select', { attrs: { 'aria-label': 'Whom to look at' } });
  readonly #panel = byId('app-panel');
  readonly #states = byId('foreign');
  readonly #about = h('p', { class: 'app-about' });
  readonly #context = h('pre', { attrs: { tabindex: 0, 'aria-label': 'Context' } });
  readonly #log = h('ol', { class: 'log' });
  #options = '';
  #shown: { readonly definition: unknown; readonly value: unknown } | undefined;
  #last: LogEntry | undefined;

  constructor(choose: (key: string | undefined) => void) {
    this.#select.addEventListener('change', () => choose(this.#select.value === '' ? undefined : this.#select.value));
    byId('watch').append(this.#select);
    const scroll = h(
      'div',
      { class: 'scroll', attrs: { tabindex: 0, role: 'group', 'aria-label': 'Events and outputs' } },
      this.#log,
    );
    this.#panel.append(
      h('article', { class: 'card list-card' }, h('h2', {}, 'App'), this.#about, this.#context),
      h('article', { class: 'card list-card' }, h('h2', {}, 'Events ', h('small', {}, 'received, taken, emitted')), scroll),
    );
  }

  /** @param console what the console's own session is called; undefined: there is none */
  show(actors: readonly Actor[], chosen: Actor | undefined, console: string | undefined): void {
    const options = [
      ...(console === undefined ? [] : [['', console] as const]),
      ...actors.map(({ key, app, id, isThere }) => [key, `${app.name} · ${id}${isThere ? '' : ' (gone)'}`] as const),
    ];
    const told = JSON.stringify(options);
    if (told !== this.#options) {
      this.#options = told;
      this.#select.replaceChildren(...options.map(([value, text]) => h('option', { attrs: { value } }, text)));
    }
    this.#select.value = chosen?.key ?? '';
    byId('watch').hidden = actors.length === 0;
    document.body.dataset['watch'] = chosen !== undefined ? 'app' : console === undefined ? 'nobody' : 'console';
    document.body.dataset['chart'] = chosen !== undefined && !chosen.isPresence ? 'foreign' : 'own';
    if (chosen !== undefined) this.#show(chosen);
  }

  #show({ app, id, isThere, isPresence, definition, snapshot, log }: Actor): void {
    const pid = app.pid === undefined ? '' : `, process ${app.pid}`;
    setText(this.#about, `${app.name} (${app.kind}${pid}), actor ${id}: ${isThere ? snapshot.status : 'gone'}`);
    setText(this.#context, pretty(snapshot.context ?? null).slice(0, longestContext));
    if (log.at(-1) !== this.#last) {
      this.#last = log.at(-1);
      this.#log.replaceChildren(...log.slice(-rows).map(logRow));
      const scroll = this.#log.parentElement;
      if (scroll) scroll.scrollTop = scroll.scrollHeight;
    }
    if (isPresence || (this.#shown?.definition === definition && this.#shown?.value === snapshot.value)) return;
    this.#shown = { definition, value: snapshot.value };
    this.#states.replaceChildren(
      h('p', { class: 'foreign-name' }, id),
      statesOf(definition, snapshot.value, 0) ?? h('p', {}, 'no machine'),
    );
  }
}

function logRow({ at, kind, text }: LogEntry): HTMLElement {
  return h('li', { class: `log-${kind}` }, h('time', {}, clockTime(at)), h('b', {}, kind), h('span', {}, text));
}

/** JSON with a line for each field, but a list of plain values, however long, in one. */
function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/\[[^[\]{}]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '));
}

/** The states of any machine, those that are active marked. */
function statesOf(definition: unknown, value: unknown, depth: number): HTMLElement | undefined {
  const states = field(definition, 'states');
  if (typeof states !== 'object' || states === null || depth > deepest) return undefined;
  const items = Object.entries(states as Readonly<Record<string, unknown>>)
    .slice(0, 200)
    .map(([name, state]) => {
      const isActive = value === name || (typeof value === 'object' && value !== null && Object.hasOwn(value, name));
      const description = field(state, 'description');
      const says = typeof description === 'string' ? h('small', {}, description) : undefined;
      const inner = statesOf(state, isActive ? field(value, name) : undefined, depth + 1);
      return h(
        'li',
        { class: isActive ? 'is-active' : '', attrs: { 'aria-current': isActive ? 'true' : undefined } },
        h('b', {}, name),
        says,
        inner,
      );
    });
  return h('ul', { class: 'boxes' }, ...items);
}

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
