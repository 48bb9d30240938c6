/**
 * Zoom and pan of a drawing: wheel, drag, pinch, keys and buttons move the `viewBox`. It knows nothing of what is drawn.
 */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const mostZoom = 6;
const room = 10;
const gliding = 320;

export class Camera {
  readonly #svg: SVGSVGElement;
  #size: Box = { x: 0, y: 0, width: 1, height: 1 };
  /** Middle of what is seen, and how many px of the screen one unit takes, as a multiple of what fits. */
  #x = 0;
  #y = 0;
  #zoom = 1;
  #isFitted = true;
  #glide = 0;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #hasMoved = false;
  readonly #moved: () => void;

  constructor(svg: SVGSVGElement, moved: () => void) {
    this.#svg = svg;
    this.#moved = moved;
    svg.addEventListener('wheel', this.#wheel, { passive: false });
    svg.addEventListener('pointerdown', this.#down);
    svg.addEventListener('pointermove', this.#drag);
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) svg.addEventListener(end, this.#up);
    new ResizeObserver(() => (this.#isFitted ? this.fit(false) : this.#apply())).observe(svg);
  }

  /** The drawing is now of this size; all of it is seen. */
  frame(width: number, height: number): void {
    this.#size = { x: 0, y: 0, width, height };
    this.fit(false);
  }

  /** All of it. */
  fit(isSmooth = true): void {
    this.#isFitted = true;
    this.#go(this.#size.width / 2, this.#size.height / 2, 1, isSmooth);
  }

  /** As large as it was drawn, or as near as it gets, around this. */
  closeUp({ x, y, width, height }: Box): void {
    const zoom = Math.max(1, 0.95 / this.#fitScale());
    this.#isFitted = zoom <= 1;
    this.#go(x + width / 2, y + height / 2, zoom, false);
  }

  zoomBy(factor: number): void {
    this.#isFitted = false;
    this.#go(this.#x, this.#y, this.#zoom * factor, true);
  }
  panBy(dx: number, dy: number): void {
    const [wide, high] = this.#seen(this.#zoom);
    this.#isFitted = false;
    this.#go(this.#x + dx * wide, this.#y + dy * high, this.#zoom, true);
  }

  /** Moves no more than is needed to see this. */
  reveal({ x, y, width, height }: Box): void {
    const [wide, high] = this.#seen(this.#zoom);
    const margin = Math.min(40 / this.#zoom, wide / 8);
    const within = (middle: number, half: number, from: number, to: number): number =>
      to - from > 2 * half ? (from + to) / 2 : Math.min(Math.max(middle, to - half), from + half);
    const toX = within(this.#x, wide / 2, x - margin, x + width + margin);
    const toY = within(this.#y, high / 2, y - margin, y + height + margin);
    if (Math.abs(toX - this.#x) > 1 || Math.abs(toY - this.#y) > 1) this.#go(toX, toY, this.#zoom, true);
  }

  /** True once after a drag: the click that ends it means nothing. */
  get wasDragged(): boolean {
    const was = this.#hasMoved;
    this.#hasMoved = false;
    return was;
  }
  get isZoomed(): boolean {
    return this.#zoom > 1.01;
  }

  /** Units that are seen at this zoom. */
  #seen(zoom: number): [width: number, height: number] {
    const { clientWidth, clientHeight } = this.#svg;
    const scale = this.#fitScale() * zoom;
    return [Math.max(1, clientWidth) / scale, Math.max(1, clientHeight) / scale];
  }
  #fitScale(): number {
    const { clientWidth, clientHeight } = this.#svg;
    return Math.max(0.01, Math.min((clientWidth - 2 * room) / this.#size.width, (clientHeight - 2 * room) / this.#size.height));
  }
  #go(x: number, y: number, zoom: number, isSmooth: boolean): void {
    cancelAnimationFrame(this.#glide);
    const to = { ...this.#bounded(x, y, zoom) };
    const from = { x: this.#x, y: this.#y, zoom: this.#zoom };
    if (!isSmooth || matchMedia('(prefers-reduced-motion: reduce)').matches) return this.#set(to.x, to.y, to.zoom);
    const begin = performance.now();
    const frame = (now: number): void => {
      const part = Math.min(1, (now - begin) / gliding);
      const eased = 1 - (1 - part) ** 3;
      const between = (a: number, b: number): number => a + (b - a) * eased;
      this.#set(between(from.x, to.x), between(from.y, to.y), between(from.zoom, to.zoom));
      if (part < 1) this.#glide = requestAnimationFrame(frame);
    };
    this.#glide = requestAnimationFrame(frame);
  }

  /** Something of the drawing stays in sight. */
  #bounded(x: number, y: number, zoom: number): { x: number; y: number; zoom: number } {
    const bounded = Math.max(1, Math.min(zoom, mostZoom));
    if (bounded <= 1) return { x: this.#size.width / 2, y: this.#size.height / 2, zoom: 1 };
    const [wide, high] = this.#seen(bounded);
    const clamp = (middle: number, seen: number, whole: number): number =>
      seen >= whole ? whole / 2 : Math.min(Math.max(middle, seen / 2 - 40), whole - seen / 2 + 40);
    return { x: clamp(x, wide, this.#size.width), y: clamp(y, high, this.#size.height), zoom: bounded };
  }

  #set(x: number, y: number, zoom: number): void {
    this.#x = x;
    this.#y = y;
    this.#zoom = zoom;
    this.#apply();
  }
  #apply(): void {
    const [wide, high] = this.#seen(this.#zoom);
    const round = (value: number): number => Math.round(value * 100) / 100;
    this.#svg.setAttribute('viewBox', [this.#x - wide / 2, this.#y - high / 2, wide, high].map(round).join(' '));
    // While all of it is seen, a finger scrolls the page; zoomed in, it moves the drawing.
    this.#svg.classList.toggle('is-zoomed', this.isZoomed);
    this.#moved();
  }

  #unitsPerPixel(): number {
    return 1 / (this.#fitScale() * this.#zoom);
  }
  #zoomAt(clientX: number, clientY: number, factor: number): void {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    const before = this.#unitsPerPixel();
    const zoom = Math.max(1, Math.min(this.#zoom * factor, mostZoom));
    const after = before * (this.#zoom / zoom);
    const [offX, offY] = [clientX - left - width / 2, clientY - top - height / 2];
    this.#isFitted = zoom <= 1;
    this.#go(this.#x + offX * (before - after), this.#y + offY * (before - after), zoom, false);
  }

  readonly #wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.#zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)));
  };
  readonly #down = (event: PointerEvent): void => {
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#pointers.size === 1) this.#hasMoved = false;
  };
  readonly #drag = (event: PointerEvent): void => {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...this.#pointers].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    if (other !== undefined) {
      const distance = (a: { x: number; y: number }): number => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
      this.#zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, distance(now) / distance(before));
      this.#hasMoved = true;
    } else {
      const [dx, dy] = [now.x - before.x, now.y - before.y];
      if (!this.#hasMoved && Math.hypot(dx, dy) < 4) return;
      if (!this.isZoomed) return;
      if (!this.#svg.hasPointerCapture(event.pointerId)) this.#svg.setPointerCapture(event.pointerId);
      this.#hasMoved = true;
      const units = this.#unitsPerPixel();
      this.#go(this.#x - dx * units, this.#y - dy * units, this.#zoom, false);
    }
    this.#pointers.set(event.pointerId, now);
  };
  readonly #up = (event: PointerEvent): void => {
    this.#pointers.delete(event.pointerId);
  };
}
