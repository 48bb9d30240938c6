/**
 * The two lists: notices with code and meaning, and the sequence of messages between app, chart, transport and server. Each holds a bounded number of rows and
 * adds only what is new, so that a thousand notices a second cost no more than a screenful.
 */
import { byId, h } from './dom.js';
import { arrowsOf, noticesOf, parties, type Arrow, type NoticeItem } from './story.js';
import type { View } from './store.js';
import { clockTime, noticeWords, tone } from './words.js';

/** Rows in the page; what is older is found by going back in time. */
const most = 150;
/** Rows while more comes than anybody could read: the rest is filled in when it is quiet again. */
const mostInFlood = 30;

/** Rows by key, oldest first, in an element that scrolls. */
class Rows<T extends { readonly key: string }> {
  readonly #list: HTMLElement;
  readonly #scroll: HTMLElement;
  readonly #make: (item: T) => HTMLElement;
  #keys: string[] = [];
  /** Kept by the scroll event: to ask the element would have it laid out at once. */
  #isAtEnd = true;

  constructor(scroll: HTMLElement, list: HTMLElement, make: (item: T) => HTMLElement) {
    this.#scroll = scroll;
    this.#list = list;
    this.#make = make;
    const look = (): void => {
      this.#isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
    };
    scroll.addEventListener('scroll', look, { passive: true });
    // A list that gets lower still shows its end.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.#toEnd();
    }).observe(scroll);
  }

  /** @returns whether there is more to show when it is quiet */
  show(items: readonly T[]): boolean {
    const last = this.#keys.at(-1);
    const known = last === undefined ? -1 : items.findLastIndex(({ key }) => key === last);
    const isFlood = last !== undefined && items.length - 1 - known > mostInFlood;
    const wanted = items.slice(isFlood ? -mostInFlood : -most);
    const keys = wanted.map(({ key }) => key);
    // What stays is a stretch of what was there; everything else is made anew.
    const start = this.#keys.indexOf(keys[0] ?? '');
    const stays = start < 0 ? 0 : Math.min(this.#keys.length - start, keys.length);
    const isStretch = start >= 0 && keys.slice(0, stays).every((key, at) => key === this.#keys[start + at]);
    if (isStretch && stays === keys.length && start === 0 && keys.length === this.#keys.length) return false;
    if (!isStretch) this.#list.replaceChildren(...wanted.map(this.#make));
    else {
      for (let at = 0; at < start; at++) this.#list.firstElementChild?.remove();
      while (this.#list.childElementCount > stays) this.#list.lastElementChild?.remove();
      this.#list.append(...wanted.slice(stays).map(this.#make));
    }
    this.#keys = keys;
    if (this.#isAtEnd || !isStretch) this.#toEnd();
    return isFlood && items.length > wanted.length;
  }

  #toEnd(): void {
    this.#isAtEnd = true;
    this.#scroll.scrollTop = 1e7;
  }
}

export class Lists {
  readonly #notices: Rows<NoticeItem>;
  readonly #arrows: Rows<Arrow>;
  readonly #goTo: (step: number) => void;

  constructor(goTo: (step: number) => void) {
    this.#goTo = goTo;
    const notices = h('ol', { class: 'notices' });
    const arrows = h('ol', { class: 'arrows' });
    const heads = parties.map((party) => h('span', {}, party));
    byId('notices').append(notices);
    byId('sequence').append(h('div', { class: 'lanes', attrs: { 'aria-hidden': 'true' } }, ...heads), arrows);
    this.#notices = new Rows(byId('notices'), notices, (item) => this.#notice(item));
    this.#arrows = new Rows(byId('sequence'), arrows, (item) => this.#arrow(item));
  }

  // A record has at most a handful of notices and messages: the last ones are enough to fill the lists.
  /** @returns whether there is more to show when it is quiet */
  showNotices({ records }: View): boolean {
    return this.#notices.show(noticesOf(records.slice(-most)));
  }
  /** @returns whether there is more to show when it is quiet */
  showSequence({ records, wire }: View): boolean {
    const last = records.slice(-most);
    const since = last[0]?.n ?? 0;
    return this.#arrows.show(
      arrowsOf(
        last,
        wire.slice(-2 * most).filter(({ step }) => step >= since - 1),
      ),
    );
  }

  #notice({ step, at, notice }: NoticeItem): HTMLElement {
    const { type, code, status, reason, meaning, isSuccess } = noticeWords(notice, at);
    const look = notice.type === 'OnMyStatusChange' ? tone(notice.mMyStatus) : '';
    return h(
      'li',
      { class: `notice ${isSuccess ? '' : 'is-bad'}`, on: { click: () => this.#goTo(step) } },
      h('time', {}, clockTime(at)),
      h(
        'div',
        {},
        h(
          'p',
          { class: 'notice-head' },
          h('b', {}, type),
          status !== '' && h('span', { class: `chip ${look}` }, status),
          code !== '' && h('code', {}, code),
        ),
        h('p', { class: 'notice-says' }, h('em', {}, reason), ` · ${meaning}`),
      ),
    );
  }

  #arrow({ step, from, to, kind, text, detail }: Arrow): HTMLElement {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    const isOwn = from === to;
    const way = isOwn ? 'own' : to > from ? 'right' : 'left';
    const says = `${parties[from] ?? ''} to ${parties[to] ?? ''}: `;
    return h(
      'li',
      { class: `arrow is-${kind} ${way} lane-${left}${isOwn ? '' : right}`, on: { click: () => this.#goTo(step) } },
      h('span', { class: 'unseen' }, isOwn ? 'Timer: ' : says),
      h('span', { class: 'arrow-text' }, text, detail !== '' && h('small', {}, ` ${detail}`)),
    );
  }
}
