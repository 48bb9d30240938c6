/**
 * Who is here, and who hears whose presence: everybody is everybody's contact. It knows sessions by their stanzas only; it must never touch a
 * socket.
 */
import { type Element, xml } from '@xmpp/xml';
import { namespaces, readdress } from './frames.js';

/** A session that has been bound, as the others see it. */
export interface Guest {
  /** `alice@localhost`. */
  readonly user: string;
  /** `alice@localhost/phone`. */
  readonly address: string;
  /** The presence that others see; undefined: none yet, or unavailable. */
  presence: Element | undefined;
  /** Whom it has sent presence directly, and must tell of its end (RFC 6121 §4.6.3). */
  readonly directed: Set<string>;
  send(stanza: Element): void;
  /** Throws it out with a stream error. */
  end(condition: string, text?: string): void;
}

export interface Hall {
  guests(): readonly Guest[];
  /** The guest with this full address. */
  find(address: string): Guest | undefined;
  enter(guest: Guest): void;
  /** Gone, however: the others see it unavailable. */
  leave(guest: Guest): void;
  /** A presence to everybody, of type none or `unavailable`. */
  broadcast(guest: Guest, stanza: Element): void;
  /** A presence to one address. */
  direct(guest: Guest, stanza: Element, to: string): void;
}

export function createHall(): Hall {
  const present = new Set<Guest>();

  const audience = (guest: Guest): Guest[] => [...present].filter((other) => other !== guest && other.presence !== undefined);
  const at = (address: string): Guest[] => [...present].filter(({ user, address: full }) => address === full || address === user);

  function tellEnd(guest: Guest, stanza: Element): void {
    const told = new Set(audience(guest));
    for (const other of [...guest.directed].flatMap(at)) if (other !== guest) told.add(other);
    for (const other of told) other.send(readdress(stanza, { from: guest.address, to: other.address }));
    guest.presence = undefined;
    guest.directed.clear();
  }

  return {
    guests: () => [...present],
    find: (address) => [...present].find((guest) => guest.address === address),
    enter: (guest) => void present.add(guest),
    leave(guest) {
      if (!present.delete(guest)) return;
      if (guest.presence !== undefined || guest.directed.size > 0) {
        tellEnd(guest, xml('presence', { xmlns: namespaces.client, type: 'unavailable' }));
      }
    },
    broadcast(guest, stanza) {
      const initial = guest.presence === undefined;
      // Reflected first, with its id, as Prosody does.
      guest.send(readdress(stanza, { from: guest.address, to: guest.address }));
      if (stanza.attrs['type'] === 'unavailable') return tellEnd(guest, stanza);
      guest.presence = stanza;
      const others = audience(guest);
      for (const other of others) other.send(readdress(stanza, { from: guest.address, to: other.address }));
      if (!initial) return;
      // The probe of RFC 6121 §4.3: what the others are, to the one who came.
      for (const { presence, address } of others) {
        if (presence !== undefined) guest.send(readdress(presence, { from: address, to: guest.address, id: undefined }));
      }
    },
    direct(guest, stanza, to) {
      if (stanza.attrs['type'] === 'unavailable') guest.directed.delete(to);
      else guest.directed.add(to);
      for (const other of at(to)) other.send(readdress(stanza, { from: guest.address, to: other.address }));
    },
  };
}
