/**
 * Ways through the machine that the outside world can go: what a path of the model leaves open is planned here (what a confirmed change had asked
 * for, until when a status stands, what stood before), and ways are found for states to which a model's shortest path cannot be gone.
 */
import {
  effective,
  initialState,
  judge,
  MISTATUS,
  step,
  type Message,
  type Output,
  type Rules,
  type SettableStatus,
  type State,
} from '../../machines/index.js';
import { askOf, cellOf, keyOf, type Cell } from '../../src/table/explore.js';
import { Wants, type StackedWish } from '../../src/wants.js';

/** One step as the model has it. */
export interface Expected {
  readonly message: Message;
  readonly before: State;
  readonly after: State;
  readonly outputs: readonly Output[];
}

export interface Plan {
  readonly steps: readonly Expected[];
  /** Until when the wish of a step stands, by the step's number. */
  readonly until: ReadonlyMap<number, number>;
  /** What was wanted before the path begins; as after a restart of somebody signed out. */
  readonly base: StackedWish | undefined;
  readonly firstTry: 'auto' | 'retry';
}

function follow(messages: readonly Message[], rules: Rules): Expected[] {
  let before = initialState(rules);
  return messages.map((message) => {
    const [after, outputs] = step(before, message);
    const expected = { message, before, after, outputs };
    before = after;
    return expected;
  });
}

/** A check of the line has to be running before it can end. */
function withChecks(messages: readonly Message[], rules: Rules): Message[] {
  let isChecking = false;
  return follow(messages, rules).flatMap(({ message, outputs }) => {
    const isEnd = message.type === 'link.verified' || message.type === 'check.expired';
    const lacks = isEnd && !isChecking;
    for (const output of outputs) {
      if ('timer' in output && output.timer === 'check') isChecking = output.type === 'timer.start';
    }
    if (message.type === 'check.expired') isChecking = false;
    return lacks ? [{ type: 'clock.jumped' }, message] : [message];
  });
}

/** The chart counts the user's changes and does not look at them, so a path may confirm what was never asked for: ask for it. */
function withRequests(messages: readonly Message[], rules: Rules): Message[] {
  const planned = [...messages];
  let asked: number[] = [];
  follow(messages, rules).forEach(({ message, before, outputs }, index) => {
    if (message.type === 'status.request' && judge(before, askOf(message))[1] === 'accepted') asked.push(index);
    const isAnswer =
      message.type === 'status.published' || message.type === 'status.refused' || message.type === 'publish.expired';
    if (isAnswer && before.context.by === 'user') {
      const request = asked.shift();
      if (request !== undefined && message.type === 'status.published') {
        planned[request] = { type: 'status.request', status: message.status as SettableStatus };
      }
    }
    if (outputs.some(({ type }) => type === 'link.close' || type === 'link.drop')) asked = [];
  });
  return planned;
}

/** Signed out, `autoSignin()` retries and `signin()` does not; anywhere else only a policy makes a difference, and then for the whole path. */
function withOnePolicy(messages: readonly Message[], rules: Rules): { messages: readonly Message[]; firstTry: Plan['firstTry'] } {
  const isLate = ({ message, before }: Expected) =>
    message.type === 'signin.request' && message.tries === 'retry' && !before.matches({ offline: 'signedOut' });
  if (!follow(messages, rules).some(isLate)) return { messages, firstTry: 'auto' };
  const alike = messages.map((message) =>
    message.type === 'signin.request' ? { ...message, tries: 'retry' as const } : message,
  );
  return { messages: alike, firstTry: 'retry' };
}

/** When every way begins. */
export const start = 1_000_000;
const soon = 100_000_000;
const apart = 1_000_000;

/** Plays what the service keeps of wishes, and says whether every expiry leads where the path says. */
function isKept(steps: readonly Expected[], until: ReadonlyMap<number, number>, base: StackedWish | undefined): boolean {
  const wants = new Wants();
  if (base) wants.wanted = base;
  let now = start;
  return steps.every(({ message, before, outputs }, index) => {
    const end = until.get(index);
    if (end !== undefined && end <= now) return false;
    const wishFor = (status: SettableStatus) => ({ status, ...(end === undefined ? {} : { until: end }) });
    if (message.type === 'signin.request' && message.status !== undefined) wants.want(wishFor(message.status));
    if (message.type === 'status.request') {
      if (judge(before, askOf(message))[1] === 'kept') wants.want(wishFor(message.status));
      else wants.ask(wishFor(message.status));
    }
    if (message.type === 'status.published' && message.by === 'user') wants.confirm();
    else if (message.type === 'status.published' && wants.wanted.status !== before.context.wished) {
      wants.want({ status: before.context.wished });
    }
    if ((message.type === 'status.refused' || message.type === 'publish.expired') && before.context.by === 'user') wants.refuse();
    for (const { type } of outputs) {
      if (type === 'link.close' || type === 'session.forget') wants.forget();
      else if (type === 'link.drop') wants.refuseAll();
    }
    if (message.type !== 'status.expired') return true;
    if (wants.wanted.until === undefined) return false;
    now = Math.max(now, wants.wanted.until);
    wants.expire(now);
    return wants.wanted.status === message.status;
  });
}

/** Until when the wishes have to stand, and what has to be wanted before, so that every expiry of the path comes true. */
function planExpiries(steps: readonly Expected[], rules: Rules): Pick<Plan, 'until' | 'base'> | undefined {
  const none = { until: new Map<number, number>(), base: undefined };
  const last = steps.map(({ message }) => message.type).lastIndexOf('status.expired');
  if (last < 0) return none;
  const wishes = steps.flatMap(({ message }, index) =>
    index < last && ((message.type === 'signin.request' && message.status !== undefined) || message.type === 'status.request')
      ? [index]
      : [],
  );
  // What was wanted before runs out before everything else, or after it.
  const ends = [start + soon, start + soon + 100 * apart];
  const bases: (StackedWish | undefined)[] = [
    undefined,
    ...ends.flatMap((until) => rules.statuses.map((status) => ({ status: MISTATUS.ONLINE, until, before: { status } }))),
    ...ends.flatMap((until) =>
      rules.statuses.flatMap((status) =>
        rules.statuses.map((lasting) => ({
          status: MISTATUS.ONLINE,
          until,
          before: { status, until: until + 200 * apart, before: { status: lasting } },
        })),
      ),
    ),
  ];
  for (const base of bases) {
    for (let choice = 0; choice < 3 ** wishes.length; choice++) {
      // Each wish lasts, or ends later than the one before it, or sooner.
      let end = start + soon + 50 * apart;
      const until = new Map<number, number>();
      wishes.forEach((index, place) => {
        const kind = Math.floor(choice / 3 ** place) % 3;
        if (kind > 0) until.set(index, (end += kind === 1 ? apart : -apart));
      });
      if (isKept(steps, until, base)) return { until, base };
    }
  }
  return undefined;
}

/** The model lets the time of a wish end at any time, and into any status. */
export const tooManyEnds = 'a wish stands before one other, so its end cannot be followed by so many, or into that status';

/** How to make a path happen, or why nobody can. */
export function planOf(path: readonly Message[], rules: Rules): Plan | string {
  const { messages, firstTry } = withOnePolicy(path, rules);
  const steps = follow(withRequests(withChecks(messages, rules), rules), rules);
  for (const { message, before } of steps) {
    if (cellOf(before, message, step).kind !== 'handled') return `${message.type} cannot come there`;
    const { user, changed, shown } = before.context;
    if (message.type === 'input.resumed' && user === 'active' && !changed && effective(before.context) === shown) {
      return 'input.resumed says nothing new, and the service only hands on what is new';
    }
  }
  const meant = follow(path, rules).at(-1);
  if (meant && keyOf(meant.after) !== keyOf(steps.at(-1)?.after ?? meant.before)) return 'the plan leads elsewhere';

  const expiries = planExpiries(steps, rules);
  return expiries ? { steps, firstTry, ...expiries } : tooManyEnds;
}

interface Wished {
  readonly status: number;
  readonly ends: boolean;
}
/** What is wanted, and what it stands before, down to the one that lasts. */
type Stack = readonly Wished[];
const nothing: Wished = { status: MISTATUS.ONLINE, ends: false };

function withWish(stack: Stack, status: number, ends: boolean): Stack {
  const [top = nothing, ...below] = stack;
  const lasting = below.find((wish) => !wish.ends) ?? nothing;
  return ends ? [{ status, ends }, ...(top.ends ? [top, lasting] : [top])] : [{ status, ends }];
}
/** What may be wanted when the time of the first is over: those below may be over as well. */
function afterEnd([top, ...below]: Stack): Stack[] {
  const stacks: Stack[] = [];
  if (!top?.ends) return stacks;
  for (let rest: Stack = below.length > 0 ? below : [nothing]; rest.length > 0; rest = rest.slice(1)) {
    stacks.push(rest);
    if (!rest[0]?.ends) break;
  }
  return stacks;
}

interface Place {
  readonly state: State;
  readonly stack: Stack;
  readonly asked: Stack;
  readonly from?: Place;
  readonly message?: Message;
}

/** Where a message leads, by all the choices that the outside world has. */
function follows({ state, stack, asked }: Place, { message, to, outputs }: Cell): Pick<Place, 'stack' | 'asked'>[] {
  const { by, wished, user, changed, shown } = state.context;
  const wishes = (status: number): Wished[] => [true, false].map((ends) => ({ status, ends }));
  let next: Pick<Place, 'stack' | 'asked'>[] = [{ stack, asked }];
  switch (message.type) {
    case 'signin.request':
      if (message.tries === 'retry' && !state.matches({ offline: 'signedOut' })) return [];
      if (message.status !== undefined)
        next = wishes(message.status).map(({ status, ends }) => ({ stack: withWish(stack, status, ends), asked }));
      break;
    case 'status.request':
      next = wishes(message.status).map((wish) =>
        judge(state, askOf(message))[1] === 'kept'
          ? { stack: withWish(stack, wish.status, wish.ends), asked }
          : { stack, asked: [...asked, wish] },
      );
      break;
    case 'status.published': {
      const [first, ...others] = asked;
      if (by === 'user' && first?.status !== message.status) return [];
      if (by === 'user' && first) next = [{ stack: withWish(stack, first.status, first.ends), asked: others }];
      else if (stack[0]?.status !== wished) next = [{ stack: withWish(stack, wished, false), asked }];
      break;
    }
    case 'status.refused':
    case 'publish.expired':
      if (by === 'user') next = [{ stack, asked: asked.slice(1) }];
      break;
    case 'status.expired':
      next = afterEnd(stack).flatMap((rest) => (rest[0]?.status === message.status ? [{ stack: rest, asked }] : []));
      break;
    case 'input.resumed':
      if (user === 'active' && !changed && effective(state.context) === shown) return [];
      break;
    case 'link.verified':
    case 'check.expired':
      return [];
    default:
  }
  for (const { type } of outputs) {
    if (type === 'link.close' || type === 'session.forget') next = [{ stack: [nothing], asked: [] }];
    else if (type === 'link.drop') next = next.map((place) => ({ ...place, asked: [] }));
  }
  return to === state ? [] : next;
}

/** A shortest way that the outside world can go to each state that it can reach, with every choice of what is wanted and for how long. */
export function waysOf(rules: Rules, handled: readonly Cell[]): ReadonlyMap<string, readonly Message[]> {
  const byState = new Map<string, Cell[]>();
  for (const cell of handled) {
    const key = keyOf(cell.from);
    const list = byState.get(key);
    if (list) list.push(cell);
    else byState.set(key, [cell]);
  }
  const state = initialState(rules);
  const places = basesOf(rules).map((stack): Place => ({ state, stack, asked: [] }));
  const seen = new Set<string>();
  const ways = new Map<string, readonly Message[]>([[keyOf(state), []]]);
  for (const place of places) {
    for (const cell of byState.get(keyOf(place.state)) ?? []) {
      for (const next of follows(place, cell)) {
        const key = keyOf(cell.to);
        const full = `${key} ${JSON.stringify(next)}`;
        if (seen.has(full)) continue;
        seen.add(full);
        const reached: Place = { state: cell.to, ...next, from: place, message: cell.message };
        places.push(reached);
        if (!ways.has(key)) ways.set(key, messagesTo(reached));
      }
    }
  }
  return ways;
}

const messagesTo = ({ from, message }: Place): Message[] => (from && message ? [...messagesTo(from), message] : []);

/** What may have been wanted before. */
function basesOf({ statuses }: Rules): Stack[] {
  const lasting = statuses.map((status): Wished => ({ status, ends: false }));
  const top: Wished = { status: MISTATUS.ONLINE, ends: true };
  return [
    [nothing],
    ...lasting.map((last) => [top, last]),
    ...statuses.flatMap((status) => lasting.map((last) => [top, { status, ends: true }, last])),
  ];
}
