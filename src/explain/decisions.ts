/**
 * The paragraphs of the contract that are laws without a number, as predicates over rows like the numbered ones: holds, reaching online, what
 * is wanted, and the renewal of a token. They say what a step must remember, where it says nothing yet. Each returns what is wrong, or nothing.
 */
import { leafOf, MISTATUS, phaseOf, type Law, type Leaf, type Row } from '../../machines/index.js';

type Judge = NonNullable<Law['row']>;

/** A decision, by the title of its paragraph. */
export interface Decision {
  readonly id: 'Holds' | 'Wanted' | 'Reaching online' | 'Renewal';
  readonly says: string;
  readonly row: Judge;
}

const expect = (isTrue: boolean, otherwise: string) => (isTrue ? undefined : otherwise);
const has = (outputs: Row['outputs'], type: string): boolean => outputs.some((output) => output.type === type);
const hasTimer = (outputs: Row['outputs'], type: 'timer.start' | 'timer.stop'): boolean =>
  outputs.some((output) => output.type === type && output.timer === 'check');
/** Where somebody wants to be signed in. */
const isWanting = (leaf: Leaf): boolean => leaf !== 'signedOut' && leaf !== 'disconnecting';

function isHeldRight({ from, message, to, outputs }: Row): string | undefined {
  const [before, after] = [leafOf(from), leafOf(to)];
  const { network, awake } = to.context;
  const told = outputs.find((output) => output.type === 'OnMyStatusChange' && output.hr === 0);
  const reason = told && 'reason' in told ? told.reason : undefined;
  switch (message.type) {
    case 'network.lost':
    case 'power.suspended': {
      const isKnown = message.type === 'network.lost' ? !network : !awake;
      const goes = isWanting(before) ? 'held' : 'signedOut';
      const says = message.type === 'network.lost' ? 'networkOff' : 'asleep';
      if (!isKnown || after !== goes) return `${message.type} led from ${before} to ${after}`;
      return expect(!isWanting(before) || reason === says, `held with ${String(reason)}`);
    }
    case 'network.restored':
    case 'power.resumed': {
      const isKnown = message.type === 'network.restored' ? network : awake;
      const goes = before === 'held' && network && awake ? 'waitingToRetry' : before;
      return expect(isKnown && after === goes, `${message.type} led from ${before} to ${after}`);
    }
    case 'signin.request': {
      if (before !== 'signedOut' && before !== 'held') return undefined;
      const goes = network && awake ? 'findingServer' : 'held';
      return expect(after === goes && (goes !== 'held' || reason !== undefined), `a sign-in led to ${after}`);
    }
    case 'clock.jumped':
      return expect(has(outputs, 'link.check') && hasTimer(outputs, 'timer.start'), 'a jump of the clock and no limited check');
    case 'link.verified':
      return expect(hasTimer(outputs, 'timer.stop'), 'a sign of life, and the check goes on');
    default:
      return undefined;
  }
}

function isWantedKept({ from, message, to }: Row): string | undefined {
  const { context } = to;
  const [before, after] = [phaseOf(leafOf(from)), phaseOf(leafOf(to))];
  switch (message.type) {
    case 'status.request':
      return expect(
        before === 'online' ? context.wished === from.context.wished : context.wished === message.status,
        `asked for ${message.status}, wants ${context.wished}`,
      );
    case 'signin.request':
      return expect(message.status === undefined || context.wished === message.status, `wants ${context.wished}`);
    case 'status.expired':
      return expect(context.wished === message.status, `the time is over, and wants ${context.wished}`);
    case 'status.published':
      if (message.by !== 'user' || before !== 'online') return undefined;
      return expect(context.wished === message.status, `confirmed ${message.status}, wants ${context.wished}`);
    case 'status.refused':
    case 'publish.expired':
      if (before !== 'online') return undefined;
      return expect(
        context.wished === from.context.wished && !(context.by === from.context.by && from.context.by !== 'user'),
        'what was refused is tried again',
      );
    case 'input.ceased':
      return expect(context.user === 'inactive', `the person is ${context.user}`);
    case 'input.resumed':
      return expect(context.user === 'active', `the person is ${context.user}`);
    case 'idle.due':
    case 'away.due':
      return expect(context.user === (message.type === 'idle.due' ? 'idle' : 'away'), `the person is ${context.user}`);
    case 'session.restored':
      return expect(after === 'waiting' && context.tries === 'retry' && context.changed, 'a restart has forgotten something');
    default:
      return undefined;
  }
}

function isReachedRight({ from, message, to, outputs }: Row): string | undefined {
  if (message.type === 'link.opened') return expect(to.context.tries === 'retry', 'accepted, and a failure would end it');
  if (leafOf(from) !== 'synchronizing') return undefined;
  const isOnline = phaseOf(leafOf(to)) === 'online';
  const published = outputs.find((output) => output.type === 'presence.publish');
  switch (message.type) {
    case 'session.synchronized':
      return expect(isOnline !== (published !== undefined), 'online before the first publication, or none of both');
    case 'status.published':
      return expect(isOnline === !from.context.changed && isOnline !== (published !== undefined), 'a wish was left out');
    case 'status.refused': {
      const isOnce = message.reason === 'statusRejected' && from.context.offered !== MISTATUS.ONLINE;
      return expect(!isOnline && (published === undefined || isOnce || from.context.changed), 'tried more than once as ONLINE');
    }
    default:
      return undefined;
  }
}

function isRenewedOnce({ from, message, to, outputs }: Row): string | undefined {
  if (message.type !== 'link.refused' || message.reason !== 'tokenExpired' || from.context.renewed) return undefined;
  const isRenewing = outputs.length === 1 && outputs.some((output) => output.type === 'link.open' && output.renew);
  return expect(isRenewing && to.context.renewed && leafOf(to) === 'connecting', 'an expired token was not renewed once');
}

/** The paragraphs, in the order of the contract. */
export const decisions: readonly Decision[] = [
  {
    id: 'Holds',
    says: 'network off or asleep ends whatever runs at once, the wish stays, and an attempt begins when no hold is left; a clock jump has the line checked',
    row: isHeldRight,
  },
  {
    id: 'Reaching online',
    says: 'the first publication belongs to synchronizing; online is announced when it has succeeded',
    row: isReachedRight,
  },
  {
    id: 'Wanted',
    says: 'what was confirmed is wanted, what was refused is not; what was wished and what is known of the person is remembered',
    row: isWantedKept,
  },
  {
    id: 'Renewal',
    says: 'the first token of an attempt that has expired is renewed once, within the limit of connecting and without a word',
    row: isRenewedOnce,
  },
];
