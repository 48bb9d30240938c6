/**
 * The page: puts its parts together, draws at most once a frame whatever comes in, and tells screen readers what happened. It must never ask the process for
 * anything that nobody clicked.
 */
import type { ConsoleNews } from '../console/protocol.js';
import type { Layout } from '../../draw/index.js';
import { Apps } from './apps.js';
import { Channel } from './channel.js';
import { Chart, type Detail } from './chart.js';
import { Controls } from './controls.js';
import { byId, eachFrame, h, setAttr, setText } from './dom.js';
import { Hero } from './hero.js';
import { Lists } from './lists.js';
import { noticesOf, tour } from './story.js';
import { Store } from './store.js';
import { Timeline } from './timeline.js';
import { TimerChips } from './timers.js';
import { Travel } from './travel.js';
import { Watch } from './watch.js';
import { noticeWords } from './words.js';

const store = new Store(eachFrame(draw));
const chart = new Chart(loadLayout);
const hero = new Hero();
const lists = new Lists((step) => store.goTo(step));
const timeline = new Timeline((step) => store.goTo(step));
const timers = new TimerChips();
const travel = new Travel(store);
const apps = new Apps();
let watched: string | undefined;
const watch = new Watch((key) => {
  watched = key;
  look();
});
const look = eachFrame(() => store.watch(apps.actor(watched) ?? (store.hasSession ? undefined : apps.actors.at(0))));
const channel = new Channel({
  message: (message) => {
    if (apps.take(message)) look();
    else if (message.type.startsWith('console.')) take(message as unknown as ConsoleNews);
    else if (message.type === 'error') setText(byId('line'), `The program did not understand: ${String(message['message'])}`);
  },
  state(state) {
    byId('line').classList.toggle('is-lost', state === 'lost');
    setText(byId('line'), state === 'lost' ? 'The program cannot be reached; trying again' : 'Live');
  },
});
const controls = new Controls((wanted) => {
  store.goLive();
  return channel.ask(wanted);
});

function take(message: ConsoleNews): void {
  if (message.type === 'console.answer') controls.answer(message);
  else store.take(message, performance.now());
}

async function loadLayout(detail: Detail): Promise<Layout> {
  const response = await fetch(`/${detail}.json`);
  if (!response.ok) throw new Error(`${detail}.json: ${response.status}`);
  return (await response.json()) as Layout;
}

function draw(): void {
  const { view } = store;
  // First: what is shown at all decides how much room the rest has.
  watch.show(apps.actors, view.actor, store.hasSession ? (view.stage?.account.name ?? '') : undefined);
  chart.show(view.leaf, view.record, view.mode === 'live');
  hero.show(view);
  controls.show(view);
  timers.show(view);
  travel.show(view);
  showTour();
  announce();
  for (const part of parts) part.isDue = true;
  tellBusy();
  tick();
}

/** What costs more to draw waits for its turn: one of them a frame, each some ten times a second. */
interface Part {
  /** @returns whether it wants another turn though nothing is new */
  readonly draw: () => boolean;
  isDue: boolean;
  drawnAt: number;
}
const part = (draw: Part['draw']): Part => ({ draw, isDue: true, drawnAt: -Infinity });
const betweenTurns = 100;
const parts: readonly Part[] = [
  part(() => lists.showNotices(store.view)),
  part(() => lists.showSequence(store.view)),
  part(() => {
    timeline.show(store.view, store.now(performance.now()));
    // The present gets longer.
    return store.view.mode === 'live';
  }),
];
function takeTurn(): void {
  const at = performance.now();
  const next = parts
    .filter(({ isDue, drawnAt }) => isDue && at - drawnAt >= betweenTurns)
    .sort((a, b) => a.drawnAt - b.drawnAt)[0];
  if (next === undefined) return;
  next.drawnAt = at;
  next.isDue = next.draw();
  tellBusy();
}
/** Readers of the screen, and tests, are told when the lists say what the rest of the page says. */
function tellBusy(): void {
  const [notices, sequence] = parts;
  setAttr(byId('lists'), 'aria-busy', String(notices?.isDue === true || sequence?.isDue === true));
}

/** What only time changes: a few times a second, and not at all in a page that nobody sees. */
let lastTick = 0;
function tick(): void {
  const at = performance.now();
  if (at - lastTick < 90) return;
  lastTick = at;
  const now = store.now(at);
  controls.tick(now);
  timers.tick(now);
}
function everyFrame(): void {
  tick();
  takeTurn();
  requestAnimationFrame(everyFrame);
}

/** The steps of the tour, told done by what happened in this page's session. */
let toured = { session: -2, n: 0, done: 0, statuses: [] as number[] };
function showTour(): void {
  const { view } = store;
  if (view.mode !== 'live' || view.actor !== undefined) return;
  if (view.session !== toured.session) toured = { ...toured, session: view.session, n: 0, statuses: [] };
  const { done } = toured;
  const fresh = view.records.slice(-500).filter(({ n }) => n > toured.n);
  toured.n = view.records.at(-1)?.n ?? toured.n;
  for (const { notice } of noticesOf(fresh)) {
    if (tour[toured.done]?.isDone(notice, toured.statuses) === true) toured.done += 1;
    if (notice.type === 'OnMyStatusChange') toured.statuses.push(notice.mMyStatus);
    toured.statuses = toured.statuses.slice(-8);
  }
  const list = byId('tour');
  if (list.childElementCount > 0 && done === toured.done) return;
  list.replaceChildren(
    ...tour.map(({ title, hint }, at) => {
      const state = at < toured.done ? 'is-done' : at === toured.done ? 'is-next' : '';
      const item = h(
        'li',
        { class: state, attrs: { title: hint } },
        title,
        at < toured.done && h('span', { class: 'unseen' }, ' (done)'),
      );
      if (at === toured.done) item.append(h('span', { class: 'hint' }, hint));
      return item;
    }),
  );
}

/** Notices aloud: all that came since the last word, but not more than one can listen to. */
const mostAloud = 3;
const betweenWords = 700;
let aloud = { session: -2, n: 0, at: -Infinity, waiting: [] as string[], timer: 0 };
function announce(): void {
  const { view } = store;
  if (view.mode !== 'live') return;
  const isFirst = view.session !== aloud.session;
  const fresh = isFirst ? [] : view.records.slice(-200).filter(({ n }) => n > aloud.n);
  aloud = { ...aloud, session: view.session, n: view.records.at(-1)?.n ?? 0 };
  for (const { notice, at } of noticesOf(fresh)) {
    const { type, code, status, meaning, isSuccess } = noticeWords(notice, at);
    aloud.waiting.push([type, isSuccess ? '' : code, status, meaning].filter((word) => word !== '').join(', '));
  }
  if (aloud.waiting.length > 0 && aloud.timer === 0) {
    aloud.timer = window.setTimeout(speak, Math.max(0, aloud.at + betweenWords - performance.now()));
  }
}
function speak(): void {
  const left = aloud.waiting.length - mostAloud;
  const words = aloud.waiting.slice(-mostAloud);
  byId('live').replaceChildren(
    ...(left > 0 ? [h('p', {}, `${left} notices before`)] : []),
    ...words.map((text) => h('p', {}, text)),
  );
  aloud = { ...aloud, waiting: [], timer: 0, at: performance.now() };
}

const themes = ['auto', 'light', 'dark'] as const;
function setTheme(theme: (typeof themes)[number]): void {
  document.documentElement.dataset['theme'] = theme;
  setText(byId('theme'), theme === 'auto' ? 'Theme: auto' : theme === 'light' ? 'Theme: light' : 'Theme: dark');
}
byId('theme').addEventListener('click', () => {
  const now = document.documentElement.dataset['theme'] ?? 'auto';
  const next = themes[(themes.findIndex((theme) => theme === now) + 1) % themes.length] ?? 'auto';
  localStorage.setItem('theme', next);
  setTheme(next);
});
setTheme(themes.find((theme) => theme === localStorage.getItem('theme')) ?? 'auto');

byId('zoom-in').addEventListener('click', () => chart.zoomBy(1.35));
byId('zoom-out').addEventListener('click', () => chart.zoomBy(1 / 1.35));
byId('zoom-fit').addEventListener('click', () => chart.fit());
byId('detail').addEventListener('click', () => {
  const detail = chart.detail === 'overview' ? 'full' : 'overview';
  byId('detail').setAttribute('aria-pressed', String(detail === 'full'));
  void chart.draw(detail);
});

draw();
void chart.draw('overview');
everyFrame();
