/**
 * Statuses along time, the own one above what the other account sees. Time is compressed, so that a phase of a quarter of a second and an hour of quiet are
 * both seen. It shows and lets one jump; where one looks is the store's.
 */
import { byId, h, setText } from './dom.js';
import type { View } from './store.js';
import { stretchesOf, type Stretch } from './story.js';
import { clockTime, span, spoken, tone } from './words.js';

interface Bars {
  readonly list: HTMLElement;
  readonly title: HTMLElement;
}

export class Timeline {
  readonly #own: Bars;
  readonly #seen: Bars;
  readonly #goTo: (step: number) => void;
  #drawn = '';

  constructor(goTo: (step: number) => void) {
    this.#goTo = goTo;
    const row = (title: string): Bars => ({ title: h('span', { class: 'bars-title' }, title), list: h('ol', { class: 'bars' }) });
    this.#own = row('You');
    this.#seen = row('Bob sees');
    for (const { title, list } of [this.#own, this.#seen]) byId('timeline').append(h('div', { class: 'bars-row' }, title, list));
  }

  show({ records, sights, stage, mode }: View, now: number): void {
    const stretches = stretchesOf(records.slice(-2_000), sights.slice(-500));
    const key =
      stretches.map(({ step, from, own, seen }) => `${step}.${from}.${own}.${seen}`).join() + String(stage?.account.embedded);
    const end = mode === 'live' ? now : (records.at(-1)?.at ?? 0);
    if (key === this.#drawn) return this.#grow(stretches, end);
    this.#drawn = key;
    const isSeen = stage?.account.embedded !== false;
    this.#own.list.replaceChildren(...runs(stretches, ({ own }) => own).map((run) => this.#bar(run)));
    this.#seen.list.replaceChildren(...(isSeen ? runs(stretches, ({ seen }) => seen).map((run) => this.#bar(run)) : []));
    setText(this.#seen.title, isSeen ? 'Bob sees' : 'Others');
    this.#grow(stretches, end);
  }

  /** Only the last stretch gets longer; widths follow from those of the stretches that a bar covers. */
  #grow(stretches: readonly Stretch[], end: number): void {
    const weights = stretches.map(({ from }, at) => weight((stretches[at + 1]?.from ?? end) - from));
    for (const { list } of [this.#own, this.#seen]) {
      for (const bar of list.children) {
        if (!(bar instanceof HTMLElement)) continue;
        const [first = 0, last = 0] = (bar.dataset['covers'] ?? '').split(' ').map(Number);
        const sum = weights.slice(first, last + 1).reduce((total, one) => total + one, 0);
        const grow = sum.toFixed(2);
        if (bar.style.flexGrow !== grow) bar.style.flexGrow = grow;
        const from = stretches[first]?.from ?? end;
        const until = stretches[last + 1]?.from ?? end;
        bar.title = `${bar.dataset['status'] ?? ''} for ${span(Math.max(0, until - from))}, from ${clockTime(from)}`;
      }
    }
  }

  #bar({ status, first, last, step }: Run): HTMLElement {
    const name = spoken(status);
    const bar = h(
      'li',
      { class: `bar ${status === 0 ? 'unknown' : tone(status)}`, on: { click: () => this.#goTo(step) } },
      h('span', {}, status === 0 ? '?' : status >= 0x100 ? name.replace(/ .*/, '') : name),
    );
    bar.dataset['covers'] = `${first} ${last}`;
    bar.dataset['status'] = name;
    return bar;
  }
}

/** Ten times as long is about three widths more. */
const weight = (ms: number): number => Math.log2(2 + Math.max(0, ms) / 120);

interface Run {
  readonly status: number;
  /** Indexes of the first and last stretch. */
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Neighbours with the same status are one bar. */
function runs(stretches: readonly Stretch[], statusOf: (stretch: Stretch) => number): Run[] {
  const found: Run[] = [];
  for (const [at, stretch] of stretches.entries()) {
    const status = statusOf(stretch);
    const last = found.at(-1);
    if (last?.status === status) found[found.length - 1] = { ...last, last: at };
    else found.push({ status, first: at, last: at, step: stretch.step });
  }
  return found;
}
