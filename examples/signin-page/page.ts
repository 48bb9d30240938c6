/**
 * A sign-in page: name, password, status and note; a line that says what one is, and everything that was told. It signs in over XMPP to the
 * server given as `?service=ws://...`. Bundle it for browsers with the modules of Node.js replaced by an empty one:
 *
 *     npx esbuild examples/signin-page/page.ts --bundle --format=esm --outfile=page.js \
 *       --alias:node:dns=./examples/signin-page/empty.ts --alias:node:dns/promises=./examples/signin-page/empty.ts
 */
import {
  createPresenceService,
  isOnline,
  isSuccess,
  MISTATUS,
  resultName,
  statusName,
  type SettableStatus,
  type Notice,
} from 'presence-machine';
import { xmppTransport } from 'presence-machine/xmpp';

function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} called ${id}`);
  return element;
}
const form = find('form', HTMLFormElement);
const name = find('name', HTMLInputElement);
const password = find('password', HTMLInputElement);
const wish = find('wish', HTMLSelectElement);
const note = find('note', HTMLInputElement);
const status = find('status', HTMLOutputElement);
const alert = find('alert', HTMLElement);
const notices = find('notices', HTMLOListElement);
const buttons = {
  signin: find('signin', HTMLButtonElement),
  set: find('set', HTMLButtonElement),
  cancel: find('cancel', HTMLButtonElement),
  signout: find('signout', HTMLButtonElement),
};

const parameters = new URLSearchParams(location.search);
const service = parameters.get('service');
const transport = xmppTransport(service === null ? {} : { service });
const patient = { base: 1_000, firstSpread: 1_000 };
const hasty = { base: 0, firstSpread: 0, cap: 0, slowCap: 0 };
const messenger = createPresenceService({
  transport,
  policy: parameters.has('hasty') ? { retry: hasty, backOnlineSpread: 0, firstTry: 'retry' } : { retry: patient },
});

for (const settable of transport.capabilities.statuses.filter((known) => known !== MISTATUS.IDLE)) {
  wish.append(new Option(statusName(settable), String(settable)));
}
const wished = () => Number(wish.value) as SettableStatus;
const options = () => (note.value === '' ? {} : { note: note.value });

/** Whether somebody wants to be signed in: then a loss or a hold is waited out. */
let isWaiting = false;

/** Shows what the call returned at once; what comes of it is told later. */
function answered(call: string, hr: number): void {
  alert.textContent = isSuccess(hr) ? '' : `${call}: ${resultName(hr)}`;
}

function show(notice: Notice): void {
  const words = [
    notice.type,
    'hr' in notice ? resultName(notice.hr) : '',
    'mMyStatus' in notice ? statusName(notice.mMyStatus) : '',
  ];
  const item = document.createElement('li');
  item.textContent = [...words.filter((word) => word !== ''), notice.reason].join(' ');
  notices.append(item);
  if ('hr' in notice && !isSuccess(notice.hr)) alert.textContent = `${resultName(notice.hr)} (${notice.reason})`;
  if (notice.type === 'OnSignin' && notice.reason === 'invalidPassword') password.focus();
  if (notice.type !== 'OnMyStatusChange') return;

  const { mMyStatus, retryAt, reason } = notice;
  isWaiting = mMyStatus === MISTATUS.OFFLINE && (retryAt !== undefined || reason === 'networkOff');
  status.value = statusName(mMyStatus);
  const isOut = mMyStatus === MISTATUS.OFFLINE;
  const isTrying = mMyStatus === MISTATUS.LOCAL_FINDING_SERVER || mMyStatus === MISTATUS.LOCAL_CONNECTING_TO_SERVER;
  const isIn = isOnline(mMyStatus) || mMyStatus === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER;
  buttons.signin.hidden = !isOut;
  buttons.set.hidden = !isIn && !isTrying && !isWaiting;
  buttons.cancel.hidden = !isTrying && !isWaiting;
  buttons.signout.hidden = !isIn;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (!buttons.set.hidden && buttons.signin.hidden) return setStatus();
  const typed = password.value === '' ? {} : { password: password.value };
  answered('Sign in', messenger.signin({ name: name.value, ...typed }, { status: wished(), ...options() }));
});
function setStatus(): void {
  answered('Set status', messenger.setStatus(wished(), options()));
}
buttons.set.addEventListener('click', setStatus);
for (const button of [buttons.cancel, buttons.signout]) {
  button.addEventListener('click', () => answered(button.textContent, messenger.signout()));
}
for (const event of ['online', 'offline'] as const) {
  addEventListener(event, () => messenger.environment({ network: event === 'online' }));
}
messenger.environment({ network: navigator.onLine });
messenger.on('*', show);
