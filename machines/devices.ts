/**
 * Several devices, one person: what others are to see of somebody who says something on each of them. A pure fold, the same whatever the order
 * and however often a device is heard, so that nothing flickers between two devices that speak in turn. It must never look at a clock.
 */
import { MISTATUS } from './codes.js';

/** Who said a status: the person, a call, the calendar, or the machine by itself from the input that it sees. */
export type PresenceSource = 'wanted' | 'call' | 'calendar' | 'idle';

/** What one device says. */
export interface DevicePresence {
  readonly device?: string;
  readonly status: MISTATUS;
  readonly note?: string;
  /** Time of the last input, ms since the epoch. */
  readonly idleSince?: number;
  /** Who said so; taken from the status unless given. */
  readonly source?: PresenceSource;
  /** When this is worth nothing any more, ms since the epoch. */
  readonly until?: number;
}

const { OFFLINE, ONLINE, IDLE, AWAY, UNKNOWN } = MISTATUS;
const none: DevicePresence = Object.freeze({ status: OFFLINE });

const sources: readonly PresenceSource[] = ['idle', 'calendar', 'call', 'wanted'];

/** Busy beats available beats away; what is further back wins. Those that are not here show nothing of a person. */
const ranks: readonly MISTATUS[] = [
  UNKNOWN,
  MISTATUS.OUT_OF_OFFICE,
  AWAY,
  MISTATUS.OUT_TO_LUNCH,
  MISTATUS.BE_RIGHT_BACK,
  IDLE,
  MISTATUS.MAY_BE_AVAILABLE,
  ONLINE,
  MISTATUS.CUSTOM,
  MISTATUS.BUSY,
  MISTATUS.IN_A_MEETING,
  MISTATUS.ON_THE_PHONE,
  MISTATUS.IN_A_CONFERENCE,
  MISTATUS.ALLOW_URGENT_INTERRUPTIONS,
  MISTATUS.DO_NOT_DISTURB,
];

/**
 * Who is taken to have said a status. ONLINE is what a machine says of itself; away beside a time of the last input was set by the machine,
 * without one by the person.
 */
export function sourceOf({ status, idleSince, source }: DevicePresence): PresenceSource {
  if (source !== undefined) return source;
  switch (status) {
    case MISTATUS.IN_A_CONFERENCE:
      return 'call';
    case MISTATUS.IN_A_MEETING:
    case MISTATUS.OUT_OF_OFFICE:
      return 'calendar';
    case UNKNOWN:
    case ONLINE:
    case IDLE:
    case MISTATUS.MAY_BE_AVAILABLE:
      return 'idle';
    default:
      return status === AWAY && idleSince !== undefined ? 'idle' : 'wanted';
  }
}

type Weight = readonly (number | string)[];

/** Everything that can differ, weightiest first: a total order, on which all the laws of the fold rest. */
function weightOf(presence: DevicePresence): Weight {
  const { status, idleSince = Infinity, until = Infinity, note = '', device = '', source } = presence;
  const rank = ranks.indexOf(status);
  return [
    // A device of which nothing is known says less than any other.
    rank <= 0 ? rank : sources.indexOf(sourceOf(presence)) + 1,
    rank,
    idleSince,
    until,
    device,
    note,
    source ?? '',
    // INVISIBLE and OFFLINE are alike to others, and still two words.
    status,
    Number('note' in presence) + 2 * Number('device' in presence),
  ];
}

/** The one of two that others are to see. Commutative, associative, idempotent. */
export function joinPresence(one: DevicePresence, other: DevicePresence): DevicePresence {
  const weight = weightOf(one);
  const others = weightOf(other);
  for (const [place, mine] of weight.entries()) {
    const theirs = others[place] as typeof mine;
    if (mine !== theirs) return mine > theirs ? one : other;
  }
  return one;
}

/**
 * What others are to see of somebody: wanted before call before calendar before idle, and of equals busy before available before away. INVISIBLE
 * devices and those whose time is over say nothing; where nobody says anything, OFFLINE.
 * @param now ms since the epoch; left out, no device's time is over
 */
export function foldDevices(presences: Iterable<DevicePresence>, now = -Infinity): DevicePresence {
  let best = none;
  for (const presence of presences) {
    const { status, until = Infinity } = presence;
    if (until > now && ranks.includes(status)) best = best === none ? presence : joinPresence(best, presence);
  }
  return best;
}
