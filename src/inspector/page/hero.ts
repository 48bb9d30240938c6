/**
 * The status now, large: what the user is, and beside it what the other account sees. It shows and asks for nothing.
 */
import { MISTATUS, statusMeaning, statusName } from '../../../machines/index.js';
import { byId, h, setAttr, setText } from './dom.js';
import type { View } from './store.js';
import { spoken, tone } from './words.js';

interface Card {
  readonly root: HTMLElement;
  readonly dot: HTMLElement;
  readonly who: HTMLElement;
  readonly status: HTMLElement;
  readonly code: HTMLElement;
  readonly says: HTMLElement;
}

function makeCard(kind: string): Card {
  const [dot, who, status, code, says] = [
    h('span', { class: 'dot', attrs: { 'aria-hidden': 'true' } }),
    h('span', {}),
    h('strong', {}),
    h('code', {}),
    h('p', { class: 'says' }),
  ];
  const root = h(
    'article',
    { class: `card person ${kind}` },
    dot,
    h('div', {}, h('p', { class: 'who' }, who, code), h('p', { class: 'is' }, status), says),
  );
  return { root, dot, who, status, code, says };
}

export class Hero {
  readonly #own = makeCard('own');
  readonly #seen = makeCard('seen');

  constructor() {
    byId('hero').append(this.#own.root, this.#seen.root);
  }

  show(view: View): void {
    const { situation, stage, status, sights, mode } = view;
    const name = view.actor?.app.name ?? situation?.name ?? (mode === 'file' ? 'The recorded user' : stage?.account.name) ?? '';
    const note = situation?.note;
    fill(this.#own, status, `${name} ${mode === 'live' ? 'is' : 'was'}`, note, leafHint(view));
    const sight = sights.at(-1);
    const { name: who = 'bob', isThere = true } = stage?.onlooker ?? {};
    const isEmbedded = mode === 'file' || stage?.account.embedded !== false;
    if (!isEmbedded)
      return fill(this.#seen, MISTATUS.UNKNOWN, 'What others see', undefined, 'nobody of ours looks on at a real server');
    const isSeen = mode !== 'live' || isThere;
    const seen = isSeen ? (sight?.status ?? MISTATUS.OFFLINE) : MISTATUS.UNKNOWN;
    const hint = seen === MISTATUS.UNKNOWN ? 'the other account is not connected' : '';
    fill(this.#seen, seen, `${who} ${mode === 'live' ? 'sees' : 'saw'}`, sight?.note, hint);
  }
}

/** What the status alone does not say. */
function leafHint({ leaf, status, situation }: View): string {
  if (situation !== undefined && situation.pending > 0) return `${situation.pending} change waits for the server's answer`;
  if (leaf === 'waitingToRetry') return 'waits, and tries again by itself';
  if (leaf === 'held') {
    if (situation === undefined) return 'held: no network, or asleep';
    return situation.network ? 'held: this device sleeps' : 'held: this device has no network';
  }
  return statusMeaning(status);
}

function fill(
  { root, dot, who, status, code, says }: Card,
  value: number,
  whose: string,
  note: string | undefined,
  hint: string,
): void {
  const look = value === MISTATUS.UNKNOWN ? 'unknown' : tone(value);
  if (dot.className !== `dot ${look}`) dot.className = `dot ${look}`;
  root.dataset['tone'] = look;
  setText(who, whose);
  setText(status, value === MISTATUS.UNKNOWN ? 'Not known' : spoken(value));
  setText(code, `${statusName(value)} 0x${value.toString(16)}`);
  // Long names are cut where there is no room.
  setAttr(code, 'title', code.textContent);
  setText(says, note === undefined ? hint : `“${note}”`);
  says.classList.toggle('is-note', note !== undefined);
}
