/**
 * Makes elements. Texts become text nodes and attributes are set by name, so that nothing that came as data is ever read as HTML; there is no other way
 * to make an element in this folder.
 */

export type Child = Node | string | undefined | false;
export interface Props {
  readonly class?: string;
  readonly id?: string;
  /** Attributes as they stand; undefined and false leave one out, true is the empty one. */
  readonly attrs?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return dress(document.createElement(tag), props, children);
}

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return dress(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function dress<E extends Element>(element: E, { class: classes, id, attrs = {}, on = {} }: Props, children: readonly Child[]): E {
  if (classes !== undefined) element.setAttribute('class', classes);
  if (id !== undefined) element.id = id;
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener as EventListener);
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/** The element with this id; the page's HTML has it. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

/** Changes the text only if it is another: what has not changed is not drawn again, nor read aloud again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
export function setAttr(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Calls `draw` once in the next frame, however often it was asked for. */
export function eachFrame(draw: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}
