/**
 * The timers that run now, each with what is left of it: why something is about to happen by itself.
 */
import type { TimerName } from '../../../machines/index.js';
import { byId, h, setText } from './dom.js';
import type { View } from './store.js';
import { timersAfter, type Running } from './story.js';
import { span } from './words.js';

const names: Readonly<Record<TimerName | 'expiry', string>> = {
  finding: 'gives up finding in',
  logon: 'gives up connecting in',
  synchronizing: 'gives up synchronizing in',
  publish: 'gives up the change in',
  signout: 'goodbye ends in',
  check: 'link must answer in',
  retry: 'tries again in',
  idle: 'idle in',
  away: 'away in',
  expiry: 'status ends in',
};

interface Shown {
  readonly running: Omit<Running, 'name'> & { readonly name: keyof typeof names };
  readonly element: HTMLElement;
  readonly text: HTMLElement;
}

export class TimerChips {
  readonly #list = byId('timers');
  #shown: readonly Shown[] = [];
  #key = '';

  show({ mode, records, situation }: View): void {
    const running: Shown['running'][] = mode === 'live' ? timersAfter(records.slice(-500)) : [];
    if (mode === 'live' && situation?.until !== undefined) {
      running.push({ name: 'expiry', from: records.at(-1)?.at ?? situation.until, until: situation.until });
    }
    const key = running.map(({ name, until }) => `${name} ${until}`).join();
    if (key === this.#key) return;
    this.#key = key;
    this.#shown = running.map((timer) => {
      const text = h('span', {});
      const element = h('li', { class: `timer ${timer.name}` }, text);
      return { running: timer, element, text };
    });
    this.#list.replaceChildren(...this.#shown.map(({ element }) => element));
  }

  /** @returns whether any is left to be counted down */
  tick(now: number): boolean {
    for (const { running, element, text } of this.#shown) {
      const { name, from, until } = running;
      const left = Math.max(0, until - now);
      setText(text, `${names[name]} ${span(left)}`);
      element.style.setProperty('--left', `${until > from ? Math.min(100, (left / (until - from)) * 100) : 0}%`);
    }
    return this.#shown.length > 0;
  }
}
