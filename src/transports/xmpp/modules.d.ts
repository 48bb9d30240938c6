/**
 * The types of the two XMPP packages, as far as they are used here: neither brings its own. It declares what was read in version 0.14.0 and
 * must never grow members that nothing uses.
 */

declare module '@xmpp/xml' {
  export type Attributes = Record<string, string | number | undefined>;
  type Node = Element | string | undefined;

  export class Element {
    name: string;
    parent: Element | null;
    children: (Element | string)[];
    attrs: Record<string, string | undefined>;
    constructor(name: string, attrs?: Attributes);
    /** Local name, and namespace if given. */
    is(name: string, namespace?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, namespace?: string): Element | undefined;
    getChildren(name: string, namespace?: string): Element[];
    getChildText(name: string, namespace?: string): string | null;
    getChildElements(): Element[];
    text(): string;
    append(...nodes: (Element | string)[]): void;
    toString(): string;
  }

  export class Parser {
    cursor: Element | null;
    root: Element | null;
    on(event: 'start' | 'element' | 'end', listener: (element: Element) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    onStartElement(name: string, attrs: Attributes): void;
    onEndElement(name: string): void;
    onText(text: string): void;
    write(data: string): void;
  }

  export function xml(name: string, attrs?: Attributes | string | null, ...children: (Node | readonly Node[])[]): Element;
}

declare module '@xmpp/client' {
  import { type Element, type Parser } from '@xmpp/xml';

  /** A way to connect: the client uses the prototype only, and makes no instance. */
  export interface ConnectionClass {
    readonly prototype: { Socket: unknown; Parser: new () => Parser; socketParameters(service: string): unknown };
  }

  export interface Mechanism {
    readonly name: string;
    readonly clientFirst: boolean;
    response(credentials: { readonly username: string; readonly password: string }): string | Promise<string>;
    challenge(text: string): unknown;
  }

  export interface ClientOptions {
    readonly service: string;
    readonly domain: string;
    readonly resource?: string;
    readonly userAgent: Element;
    readonly credentials: (
      authenticate: (credentials: { readonly username: string; readonly password: string }, mechanism: string) => Promise<void>,
      mechanisms: readonly string[],
    ) => Promise<void>;
  }

  export interface Client {
    readonly options: { readonly service: string };
    readonly jid: { toString(): string } | null;
    /** Milliseconds that the library waits by itself; 0: for ever, without a timer. */
    timeout: number;
    transports: ConnectionClass[];
    readonly reconnect: { stop(): void };
    readonly iqCaller: { request(stanza: Element): Promise<Element> };
    readonly saslFactory: { _mechs: unknown[]; use(name: string, constructor: unknown): void };
    on(event: 'open', listener: (header: Element) => void): void;
    on(event: 'error', listener: (error: unknown) => void): void;
    on(event: 'online' | 'close', listener: () => void): void;
    connect(service: string): Promise<void>;
    open(options: { readonly domain: string }): Promise<unknown>;
    restart(): Promise<unknown>;
    disconnect(): Promise<unknown>;
    send(stanza: Element): Promise<void>;
    _onElement(element: Element): void;
  }

  export function client(options: ClientOptions): Client;
}
