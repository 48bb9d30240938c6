/**
 * The statechart on the page: the state that is active and the transition that led there are lit; hover and focus tell what a state is. It shows what it is
 * given and asks for nothing.
 */
import { statusName, type Leaf } from '../../../machines/index.js';
import type { LaidEdge, LaidState, Layout } from '../../draw/index.js';
import type { StepRecord } from '../../record.js';
import { Camera } from './camera.js';
import { byId, h, setAttr } from './dom.js';
import { draw, placePill, type Drawing } from './drawing.js';

type Trigger = LaidState['stays'][number];
export type Detail = 'overview' | 'full';

export class Chart {
  readonly #svg = byId('chart') as unknown as SVGSVGElement;
  readonly #host = byId('chart-host');
  readonly #tip = byId('tip');
  readonly #camera: Camera;
  readonly #layouts: Partial<Record<Detail, Layout>> = {};
  readonly #load: (detail: Detail) => Promise<Layout>;
  #detail: Detail = 'overview';
  #layout: Layout | undefined;
  #drawing: Drawing | undefined;
  #leaf: Leaf = 'signedOut';
  #record: StepRecord | undefined;
  /** The step that was lit last, so that a light runs once. */
  #lit = '';
  /** The state whose description is shown, and whether it stays when the pointer leaves. */
  #told: string | undefined;
  #isPinned = false;
  /** The state that Tab leads to. */
  #current: string | undefined;

  constructor(load: (detail: Detail) => Promise<Layout>) {
    this.#load = load;
    this.#camera = new Camera(this.#svg, () => this.#place());
    this.#listen();
  }

  get detail(): Detail {
    return this.#detail;
  }

  async draw(detail: Detail): Promise<void> {
    const layout = (this.#layouts[detail] ??= await this.#load(detail));
    this.#detail = detail;
    this.#layout = layout;
    this.#drawing = draw(layout);
    this.#svg.replaceChildren(this.#drawing.root);
    this.#host.dataset['detail'] = detail;
    this.#hide();
    this.#camera.frame(layout.width, layout.height);
    const state = layout.states.find(({ name }) => name === this.#leaf);
    // Small print is of no use unread: as large as it is meant, around where the machine is.
    if (detail === 'full' && state) this.#camera.closeUp(state);
    this.#lit = '';
    this.#current = undefined;
    this.#light(false);
    performance.mark('chart-drawn');
  }

  /** @param isLive whether the light runs along the arrow: it did just happen */
  show(leaf: Leaf, record: StepRecord | undefined, isLive: boolean): void {
    this.#leaf = leaf;
    this.#record = record;
    this.#light(isLive);
  }

  zoomBy(factor: number): void {
    this.#camera.zoomBy(factor);
  }
  fit(): void {
    this.#camera.fit();
  }

  #light(isLive: boolean): void {
    const { states, edges, comet, pill } = this.#drawing ?? {};
    const layout = this.#layout;
    if (!states || !edges || !comet || !pill || !layout) return;
    const key = `${this.#leaf} ${this.#record?.n ?? 0} ${this.#record?.at ?? 0}`;
    if (key === this.#lit) return;
    const isNew = this.#lit !== '';
    this.#lit = key;
    const around = selfAndParents(layout, this.#leaf).map(({ name }) => name);
    const record = this.#record;
    const edge = record && edgeOf(layout, record);
    const handler = record && !edge ? handlerOf(layout, record)?.name : undefined;
    for (const [name, element] of states) {
      const isHere = name === this.#leaf;
      element.classList.toggle('here', isHere);
      element.classList.toggle('around', !isHere && around.includes(name));
      element.classList.toggle('handled', name === handler);
      setAttr(element, 'aria-current', isHere ? 'true' : undefined);
    }
    for (const [id, element] of edges) element.classList.toggle('taken', id === edge?.id);
    for (const label of this.#svg.querySelectorAll('.label'))
      label.classList.toggle('taken', label.getAttribute('data-label') === edge?.id);
    placePill(pill, layout, this.#detail === 'overview' ? edge : undefined, record?.message.type ?? '');
    comet.setAttribute('class', `comet to-${layout.states.find(({ name }) => name === edge?.target)?.phase ?? ''}`);
    if (this.#current === undefined || !this.#host.contains(document.activeElement)) this.#makeCurrent(this.#leaf);
    this.#describeSvg();
    const state = layout.states.find(({ name }) => name === this.#leaf);
    if (state && this.#camera.isZoomed) this.#camera.reveal(state);
    if (isLive && isNew) this.#animate(edge, comet, states.get(handler ?? this.#leaf));
  }

  #animate(edge: LaidEdge | undefined, comet: SVGPathElement, element: SVGGElement | undefined): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const halo = element?.querySelector('.halo');
    for (const animation of [...(halo?.getAnimations() ?? []), ...comet.getAnimations()]) animation.cancel();
    halo?.animate(
      [
        { opacity: 0.9, offset: 0 },
        { opacity: 0, offset: 1 },
      ],
      { duration: 900, delay: edge ? 260 : 0, easing: 'ease-out' },
    );
    const route = edge && this.#drawing?.edges.get(edge.id)?.querySelector('.route')?.getAttribute('d');
    if (!route) return;
    comet.setAttribute('d', route);
    comet.animate(
      [
        { strokeDashoffset: 0.18, opacity: 1 },
        { strokeDashoffset: -0.9, opacity: 1, offset: 0.92 },
        { strokeDashoffset: -1, opacity: 0 },
      ],
      { duration: 520, easing: 'ease-in-out' },
    );
  }

  /** What a screen reader hears of the whole. */
  #describeSvg(): void {
    const around = selfAndParents(this.#layout, this.#leaf).map(({ name }) => name);
    setAttr(this.#svg, 'aria-label', `Statechart. Active: ${around.join(', in ')}. Arrow keys move between states.`);
  }

  #makeCurrent(name: string): void {
    const { states } = this.#drawing ?? {};
    if (this.#current !== undefined) states?.get(this.#current)?.setAttribute('tabindex', '-1');
    this.#current = name;
    states?.get(name)?.setAttribute('tabindex', '0');
  }

  #listen(): void {
    const stateAt = (event: Event): string | undefined =>
      (event.target as Element | null)?.closest('[data-state]')?.getAttribute('data-state') ?? undefined;
    this.#svg.addEventListener('pointerover', (event) => {
      const edge = (event.target as Element).closest('[data-edge]')?.getAttribute('data-edge');
      for (const label of this.#svg.querySelectorAll('.label'))
        label.classList.toggle('wanted', label.getAttribute('data-label') === edge);
      const name = stateAt(event);
      if (event.pointerType !== 'mouse' || this.#isPinned) return;
      if (name === undefined) this.#hide();
      else this.#tell(name);
    });
    this.#svg.addEventListener('pointerleave', () => {
      if (!this.#isPinned) this.#hide();
      for (const label of this.#svg.querySelectorAll('.wanted')) label.classList.remove('wanted');
    });
    this.#svg.addEventListener('click', (event) => {
      if (this.#camera.wasDragged) return;
      const name = stateAt(event);
      if (name === undefined || (this.#isPinned && name === this.#told)) return this.#hide();
      this.#makeCurrent(name);
      this.#pin(true);
      this.#tell(name);
    });
    this.#svg.addEventListener('focusin', (event) => {
      const name = stateAt(event);
      if (name === undefined) return;
      this.#makeCurrent(name);
      if (!this.#isPinned) this.#tell(name);
      const state = this.#layout?.states.find((one) => one.name === name);
      if (state && this.#camera.isZoomed) this.#camera.reveal(state);
    });
    this.#svg.addEventListener('focusout', () => {
      if (!this.#isPinned) this.#hide();
    });
    this.#svg.addEventListener('keydown', (event) => {
      if (this.#onKey(event)) event.preventDefault();
    });
    byId('tip-close').addEventListener('click', () => this.#hide());
  }

  #onKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const ways: Readonly<Record<string, readonly [number, number]>> = {
      ArrowRight: [1, 0],
      ArrowLeft: [-1, 0],
      ArrowDown: [0, 1],
      ArrowUp: [0, -1],
    };
    const way = ways[key];
    if (way) this.#focus(this.#neighbour(way));
    else if (key === 'Home') this.#focus(this.#layout?.states[0]?.name);
    else if (key === 'End') this.#focus(this.#layout?.states.at(-1)?.name);
    else if (key === 'Enter' || key === ' ') this.#pinCurrent();
    else if (key === 'Escape') this.#hide();
    else if (key === '+' || key === '=') this.#camera.zoomBy(1.3);
    else if (key === '-') this.#camera.zoomBy(1 / 1.3);
    else if (key === '0') this.#camera.fit();
    else return false;
    return true;
  }

  #pinCurrent(): void {
    if (this.#isPinned && this.#told === this.#current) return this.#hide();
    if (this.#current === undefined) return;
    this.#pin(true);
    this.#tell(this.#current);
  }

  #focus(name: string | undefined): void {
    if (name === undefined) return;
    this.#pin(false);
    this.#drawing?.states.get(name)?.focus();
  }

  /** The nearest box in a direction; where there is none, the next or the one before in the chart's order. */
  #neighbour([dx, dy]: readonly [number, number]): string | undefined {
    const { states = [] } = this.#layout ?? {};
    const here = states.find(({ name }) => name === this.#current);
    if (!here) return states[0]?.name;
    const middle = ({ x, y, width, height }: LaidState): [number, number] => [x + width / 2, y + height / 2];
    const [x, y] = middle(here);
    const ahead = states.flatMap((state) => {
      const [toX, toY] = middle(state);
      const along = (toX - x) * dx + (toY - y) * dy;
      const aside = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
      return state === here || along < 8 ? [] : [{ name: state.name, cost: along + 2.5 * aside }];
    });
    const nearest = ahead.sort((a, b) => a.cost - b.cost)[0]?.name;
    return nearest ?? states[(states.indexOf(here) + (dx + dy) + states.length) % states.length]?.name;
  }

  #tell(name: string): void {
    const state = this.#layout?.states.find((one) => one.name === name);
    if (!state || !this.#layout) return;
    this.#told = name;
    const body = byId('tip-body');
    body.replaceChildren(...describe(this.#layout, state, this.#isPinned));
    this.#tip.hidden = false;
    this.#tip.className = `tip ${state.phase ?? ''}`;
    this.#pin(this.#isPinned);
    this.#place();
  }
  #pin(isPinned: boolean): void {
    this.#isPinned = isPinned;
    this.#tip.classList.toggle('is-pinned', isPinned);
  }
  #hide(): void {
    this.#told = undefined;
    this.#pin(false);
    this.#tip.hidden = true;
  }

  /** Beside the box, inside the frame. */
  #place(): void {
    const element = this.#told === undefined ? undefined : this.#drawing?.states.get(this.#told);
    const frame = element?.querySelector('.frame')?.getBoundingClientRect();
    if (frame === undefined) return;
    const host = this.#host.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const gap = 10;
    const right = frame.right - host.left + gap;
    const left = frame.left - host.left - gap - width;
    const x = right + width <= host.width - gap ? right : left >= gap ? left : Math.max(gap, (host.width - width) / 2);
    const isBeside = right + width <= host.width - gap || left >= gap;
    const below = frame.bottom - host.top + gap;
    const above = frame.top - host.top - gap - height;
    const y = isBeside
      ? frame.top - host.top
      : below + height <= host.height - gap
        ? below
        : above >= gap
          ? above
          : host.height - height - gap;
    this.#tip.style.translate = `${Math.round(x)}px ${Math.round(Math.max(gap, Math.min(y, host.height - height - gap)))}px`;
  }
}

/** The state and everything around it, innermost first. */
function selfAndParents(layout: Layout | undefined, name: string): LaidState[] {
  const state = layout?.states.find((one) => one.name === name);
  return state ? [state, ...(state.parent === undefined ? [] : selfAndParents(layout, state.parent))] : [];
}

/** The arrow that a step took: the innermost one that carries the message from where it was to where it is. */
export function edgeOf(layout: Layout, { from, to, message, unheard }: StepRecord): LaidEdge | undefined {
  if (unheard) return undefined;
  const ends = selfAndParents(layout, to).map(({ name }) => name);
  for (const { name } of selfAndParents(layout, from)) {
    const edge = layout.edges.find(
      ({ source, target, triggers }) =>
        source === name && ends.includes(target) && triggers.some(({ type }) => type === message.type),
    );
    if (edge) return edge;
  }
  return undefined;
}

/** The box that handled a step without an arrow. */
function handlerOf(layout: Layout, { from, message }: StepRecord): LaidState | undefined {
  return selfAndParents(layout, from).find(({ stays, again, within }) =>
    [...stays, ...again, ...within].some(({ type }) => type === message.type),
  );
}

const triggerText = ({ type, guard }: Trigger): string => (guard === undefined ? type : `${type} [${guard}]`);

/** In short, or with everything that it does. */
function describe(layout: Layout, state: LaidState, isWhole: boolean): Node[] {
  const { name, status, description, stays, again, within } = state;
  const code =
    status === undefined ? undefined : h('span', { class: 'tip-code' }, `${statusName(status)} 0x${status.toString(16)}`);
  const leads = layout.edges.filter(({ source }) => source === name);
  const short = [h('p', { class: 'tip-name' }, h('strong', {}, name), code), h('p', { class: 'tip-says' }, description)];
  if (!isWhole) {
    const targets = [...new Set(leads.map(({ target }) => target))].join(', ');
    return [
      ...short,
      ...(targets === '' ? [] : [h('p', { class: 'tip-more' }, `leads to ${targets}`)]),
      h('p', { class: 'tip-more' }, 'Enter or a click: all messages'),
    ];
  }
  const rows = [
    ...leads.map(({ target, triggers }) => [`→ ${target}`, triggers] as const),
    ['stays', stays] as const,
    ['again', again] as const,
    ['inside', within] as const,
  ].filter(([, triggers]) => triggers.length > 0);
  const list = h(
    'dl',
    {},
    ...rows.flatMap(([what, triggers]) => [h('dt', {}, what), h('dd', {}, triggers.map(triggerText).join(', '))]),
  );
  return [...short, ...(rows.length > 0 ? [list] : [])];
}
