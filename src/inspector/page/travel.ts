/**
 * Time travel: a slider over the steps, buttons to go by one, and the record as a file and as a link. A file that cannot be read changes nothing but the line
 * that says why.
 */
import {
  fromFragment,
  lastOf,
  most,
  readRecordFile,
  RecordFileError,
  toFragment,
  writeRecordFile,
} from '../console/record-file.js';
import { byId, h, setAttr, setText } from './dom.js';
import type { Store, View } from './store.js';

/** Longer addresses are cut by programs through which a link is sent. */
const longestLink = 60_000;

export class Travel {
  readonly #store: Store;
  /** Mode and step of the last drawing. */
  #looked = 'live';
  #fading = 0;
  readonly #range = h('input', { attrs: { type: 'range', min: 0, max: 0, value: 0, step: 1, 'aria-label': 'Step' } });
  readonly #where = h('output', { class: 'where' });
  readonly #says = h('p', { class: 'travel-says', attrs: { role: 'status' } });
  readonly #back = button('‹', 'One step back', () => this.#store.goBy(-1));
  readonly #forth = button('›', 'One step forward', () => this.#store.goBy(1));
  readonly #now = button('Now', 'Back to now', () => this.#return());
  readonly #picker = h('input', {
    class: 'unseen',
    attrs: { type: 'file', accept: '.json,.jsonl,application/json', tabindex: -1, 'aria-hidden': 'true' },
  });

  constructor(store: Store) {
    this.#store = store;
    this.#now.classList.add('now');
    this.#range.addEventListener('input', () => {
      const { value, max } = this.#range;
      // The end means the present, also when a step has come since the slider was drawn.
      store.goTo(value === max ? Infinity : Number(value));
    });
    this.#picker.addEventListener('change', () => void this.#load());
    byId('travel').append(
      this.#back,
      this.#range,
      this.#forth,
      this.#where,
      this.#now,
      h(
        'div',
        { class: 'travel-files' },
        button('Save', 'Save the record as a file', () => this.#save()),
        button('Load', 'Look at a record file', () => this.#picker.click()),
        button('Link', 'Copy a link that leads to this very step', () => void this.#link()),
        this.#picker,
      ),
      this.#says,
    );
    addEventListener('hashchange', () => void this.#readAddress());
    void this.#readAddress();
  }

  show({ mode, first, last, step, record, fileName }: View): void {
    this.#range.min = String(first - 1);
    this.#range.max = String(last);
    this.#range.value = String(step);
    this.#range.disabled = last === 0;
    this.#range.style.setProperty('--part', `${last === first - 1 ? 0 : ((step - first + 1) / (last - first + 1)) * 100}%`);
    this.#back.disabled = step <= first - 1;
    this.#forth.disabled = step >= last;
    const what = record === undefined ? 'before the first step' : `${record.message.type}: ${record.from} → ${record.to}`;
    setAttr(this.#range, 'aria-valuetext', `step ${step} of ${last}, ${what}`);
    setText(this.#where, `${step} / ${last} · ${record === undefined ? 'start' : record.message.type}`);
    this.#now.hidden = mode === 'live';
    setText(this.#now, mode === 'file' ? 'Close file' : 'Back to now');
    document.body.dataset['mode'] = mode;
    // What was said of a file stays until something else is looked at.
    const looked = mode === 'live' ? mode : `${mode} ${step}`;
    if (this.#looked !== looked) {
      const past = mode === 'file' ? `Record from ${fileName ?? ''}` : 'You look at the past; the session goes on.';
      this.#say(mode === 'live' ? '' : past);
    }
    this.#looked = looked;
  }

  #return(): void {
    this.#say('');
    if (/^#?record=/.test(location.hash)) history.replaceState(null, '', location.pathname);
    if (this.#store.view.mode === 'file') this.#store.closeFile();
    else this.#store.goLive();
  }

  #save(): void {
    const file = this.#store.toFile();
    if (file === undefined) return this.#say('There is nothing here that could be saved.', 'error');
    const url = URL.createObjectURL(new Blob([writeRecordFile(file)], { type: 'application/jsonl' }));
    const link = h('a', { attrs: { href: url, download: `presence-recording-${file.recording.records.at(-1)?.n ?? 0}.jsonl` } });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.#say('Saved.', 'done');
  }

  async #load(): Promise<void> {
    const file = this.#picker.files?.[0];
    this.#picker.value = '';
    if (file === undefined) return;
    await this.#open(file.name, async () => {
      if (file.size > most.characters) throw new RecordFileError('the file is too large to be a record');
      return readRecordFile(await file.text());
    });
  }

  async #readAddress(): Promise<void> {
    const { hash } = location;
    if (/^#?record=/.test(hash)) await this.#open('the link', () => fromFragment(hash));
  }

  async #open(name: string, read: () => Promise<Awaited<ReturnType<typeof fromFragment>>>): Promise<void> {
    try {
      const content = await read();
      if (content === undefined) return;
      this.#say('');
      this.#store.open(name, content);
    } catch (error) {
      // What is wrong with a file is in its error; anything else is ours, and no less a reason to leave all as it is.
      const why = error instanceof RecordFileError ? error.message : 'it could not be read';
      this.#say(`${name} was not opened: ${why}`, 'error');
    }
  }

  async #link(): Promise<void> {
    const file = this.#store.toFile();
    if (file === undefined) return this.#say('There is nothing here that could be saved.', 'error');
    let fragment = await toFragment(file);
    // The last steps say most; a link has to stay short enough to be sent.
    for (let keep = 1_000; fragment.length > longestLink && keep > 10; keep = Math.floor(keep / 2)) {
      fragment = await toFragment(lastOf(file, keep));
    }
    const link = `${location.origin}${location.pathname}#${fragment}`;
    try {
      await navigator.clipboard.writeText(link);
      this.#say('The link is in the clipboard.', 'done');
    } catch {
      // Without the clipboard the address bar is where a link can be taken from.
      history.replaceState(null, '', `#${fragment}`);
      this.#say('The link is in the address bar.', 'done');
    }
  }

  #say(text: string, kind: '' | 'done' | 'error' = ''): void {
    clearTimeout(this.#fading);
    this.#says.dataset['kind'] = kind;
    setText(this.#says, text);
    if (kind !== '') this.#fading = window.setTimeout(() => this.#say(''), kind === 'done' ? 4_000 : 20_000);
  }
}

function button(text: string, title: string, act: () => void): HTMLButtonElement {
  // A sign has no name of its own; a word is one.
  const name = /\w/.test(text) ? {} : { 'aria-label': title };
  return h('button', { attrs: { type: 'button', title, ...name }, on: { click: act } }, text);
}
