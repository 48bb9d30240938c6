/**
 * The traces T1 to T18 of the origin as what happens and what is told, so that each can be walked on the chart: which steps it goes through
 * is found by walking, and nothing else says so. It must never hold more than the origin's tables and the contract say.
 */
import { MISTATUS, type Message, type SettableStatus } from '../../machines/index.js';

export interface Trace {
  readonly id: `T${number}`;
  /** What it is about, for a heading. */
  readonly says: string;
  /** What happens, from the state in which a service begins. */
  readonly messages: readonly Message[];
  /** How many of them only lead there. */
  readonly before: number;
  /** What is told after those, in short: `I(code) reason`, `S(code, status) reason`, `O`. */
  readonly tells: readonly string[];
}

const { ONLINE, BUSY, IDLE, AWAY } = MISTATUS;
const asked: Message = { type: 'signin.request', tries: 'once' };
const found: Message = { type: 'server.found' };
const opened: Message = { type: 'link.opened' };
const fresh: Message = { type: 'session.synchronized', resumed: false };
const published = (by: 'signin' | 'user' | 'return', status: SettableStatus): Message => ({
  type: 'status.published',
  by,
  status,
});
const signedIn: readonly Message[] = [asked, found, opened, fresh, published('signin', ONLINE)];
const set = (status: SettableStatus): Message => ({ type: 'status.request', status });

const finding = 'S(S_OK, LOCAL_FINDING_SERVER) progress';
const connecting = 'S(S_OK, LOCAL_CONNECTING_TO_SERVER) progress';
const accepted = ['I(S_OK) progress', 'S(S_OK, LOCAL_SYNCHRONIZING_WITH_SERVER) progress'] as const;
const failed = (code: string, reason: string): string[] => [`I(${code}) ${reason}`, `S(S_OK, OFFLINE) ${reason}`];

/** Those that apply; why the others do not stands with the clauses. */
export const traces: readonly Trace[] = [
  {
    id: 'T1',
    says: 'a sign-in that goes well',
    messages: signedIn,
    before: 0,
    tells: [finding, connecting, ...accepted, 'S(S_OK, ONLINE) progress'],
  },
  {
    id: 'T2',
    says: 'a wrong password',
    messages: [asked, found, { type: 'link.refused', reason: 'invalidPassword' }],
    before: 0,
    tells: [finding, connecting, ...failed('MSGR_E_INVALID_PASSWORD', 'invalidPassword')],
  },
  {
    id: 'T3',
    says: 'a server name that leads nowhere',
    messages: [asked, { type: 'server.failed', reason: 'serverNotFound' }],
    before: 0,
    tells: [finding, ...failed('MSGR_E_INVALID_SERVER_NAME', 'serverNotFound')],
  },
  {
    id: 'T4',
    says: 'no connection',
    messages: [asked, found, { type: 'link.refused', reason: 'connectFailed' }],
    before: 0,
    tells: [finding, connecting, ...failed('MSGR_E_CONNECT', 'connectFailed')],
  },
  {
    id: 'T5',
    says: 'a server that says nothing for 15 s',
    messages: [asked, found, { type: 'logon.expired' }],
    before: 0,
    tells: [finding, connecting, ...failed('MSGR_E_LOGON_TIMEOUT', 'logonTimeout')],
  },
  {
    id: 'T6',
    says: 'giving up before the server has accepted',
    messages: [asked, found, { type: 'signout.request' }],
    before: 0,
    tells: [finding, connecting, ...failed('MSGR_E_CANCEL', 'cancelled')],
  },
  {
    id: 'T7',
    says: 'a server that is too busy',
    messages: [asked, found, { type: 'link.refused', reason: 'serverTooBusy' }],
    before: 0,
    tells: [finding, connecting, ...failed('MSGR_E_SERVER_TOO_BUSY', 'serverTooBusy')],
  },
  {
    id: 'T8',
    says: 'accepted, and then the synchronization fails; tried again, since it was accepted once',
    messages: [asked, found, opened, { type: 'session.failed', reason: 'serverUnavailable' }],
    before: 0,
    tells: [
      finding,
      connecting,
      ...accepted,
      'S(MSGR_E_SERVER_UNAVAILABLE, LOCAL_SYNCHRONIZING_WITH_SERVER) serverUnavailable',
      'S(S_OK, OFFLINE) serverUnavailable',
    ],
  },
  {
    id: 'T11',
    says: 'another status',
    messages: [...signedIn, set(BUSY), published('user', BUSY)],
    before: signedIn.length,
    tells: ['S(S_OK, BUSY) userRequest'],
  },
  {
    id: 'T12',
    says: 'the same status once more, told once more',
    messages: [...signedIn, set(ONLINE), published('user', ONLINE)],
    before: signedIn.length,
    tells: ['S(S_OK, ONLINE) userRequest'],
  },
  {
    id: 'T13',
    says: 'a change that the server refuses; the status stays',
    messages: [...signedIn, set(BUSY), { type: 'status.refused', by: 'user', reason: 'serverTooBusy' }],
    before: signedIn.length,
    tells: ['S(MSGR_E_SERVER_TOO_BUSY, ONLINE) serverTooBusy'],
  },
  {
    id: 'T14',
    says: 'a sign-out before a change is answered: the change first',
    messages: [...signedIn, set(BUSY), { type: 'signout.request' }],
    before: signedIn.length,
    tells: ['S(MSGR_E_DISCONNECTED, ONLINE) userRequest', 'O', 'S(S_OK, LOCAL_DISCONNECTING_FROM_SERVER) userRequest'],
  },
  {
    id: 'T15',
    says: 'a sign-out',
    messages: [...signedIn, { type: 'signout.request' }, { type: 'link.closed' }],
    before: signedIn.length,
    tells: ['O', 'S(S_OK, LOCAL_DISCONNECTING_FROM_SERVER) userRequest', 'S(S_OK, OFFLINE) userRequest'],
  },
  {
    id: 'T16',
    says: 'a line that is lost with a change under way, and the attempt that follows by itself',
    messages: [...signedIn, set(BUSY), { type: 'link.lost', reason: 'lineLost' }, { type: 'retry.due' }],
    before: signedIn.length,
    tells: ['S(MSGR_E_DISCONNECTED, ONLINE) lineLost', 'S(S_OK, OFFLINE) lineLost', finding],
  },
  {
    id: 'T18',
    says: 'idle, idle for longer, and back as if nothing had happened',
    messages: [
      ...signedIn,
      { type: 'input.ceased' },
      { type: 'idle.due' },
      { type: 'status.published', by: 'idle', status: IDLE },
      { type: 'away.due' },
      { type: 'status.published', by: 'away', status: AWAY },
      { type: 'input.resumed' },
      published('return', ONLINE),
    ],
    before: signedIn.length,
    tells: ['S(S_OK, IDLE) userIdle', 'S(S_OK, AWAY) userIdle', 'S(S_OK, ONLINE) userActive'],
  },
];
