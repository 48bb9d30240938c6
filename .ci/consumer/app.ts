/**
 * An app as a stranger would write it, compiled and run against the packed package in both module kinds: every `hr` union narrows to
 * nothing when all of its values are handled. It must use only what the doors offer.
 */
import {
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_SERVER_VERSION,
  MSGR_E_UNEXPECTED,
  S_OK,
  createPresenceService,
  isSuccess,
  resultName,
  statusName,
} from 'presence-machine';
import { createMemoryServer } from 'presence-machine/memory';

function never(value: never): never {
  throw new Error(`not handled: ${String(value)}`);
}

const server = createMemoryServer();
const service = createPresenceService({ transport: server.transport() });
const seen: string[] = [];

service.on('OnSignin', (notice) => {
  switch (notice.hr) {
    case S_OK:
      seen.push('accepted');
      break;
    case MSGR_E_INVALID_SERVER_NAME:
    case MSGR_E_CONNECT:
    case MSGR_E_CANCEL:
    case MSGR_E_LOGON_TIMEOUT:
    case MSGR_E_SERVER_VERSION:
    case MSGR_E_INVALID_PASSWORD:
    case MSGR_E_SERVER_TOO_BUSY:
    case MSGR_E_SERVER_UNAVAILABLE:
    case MSGR_E_UNEXPECTED:
      throw new Error(`${resultName(notice.hr)} ${notice.reason} ${notice.attempt}`);
    default:
      never(notice.hr);
  }
  // @ts-expect-error: a sign-in is never answered with it
  void (notice.hr === MSGR_E_DISCONNECTED);
});

service.on('OnMyStatusChange', (notice) => {
  switch (notice.hr) {
    case S_OK:
      seen.push(statusName(notice.mMyStatus));
      break;
    case MSGR_E_DISCONNECTED:
    case MSGR_E_UNEXPECTED:
    case MSGR_E_SERVER_TOO_BUSY:
    case MSGR_E_SERVER_UNAVAILABLE:
      throw new Error(`${resultName(notice.hr)} ${notice.reason}`);
    default:
      never(notice.hr);
  }
  // @ts-expect-error: a change of status never carries it
  void (notice.hr === MSGR_E_INVALID_PASSWORD);
  const retryAt: number | undefined = notice.retryAt;
  void retryAt;
});

const stop = service.on('*', (notice) => {
  const type: string = notice.type;
  void type;
});

async function main(): Promise<void> {
  if (!isSuccess(service.signin({ name: 'ada@example.org', password: 'secret' }))) throw new Error('the sign-in was refused');
  await service.ready();
  if (service.myStatus !== MISTATUS.ONLINE) throw new Error(`online as ${statusName(service.myStatus)}`);
  stop();
  await service.dispose();
  const told = seen.join();
  const expected = 'LOCAL_FINDING_SERVER,LOCAL_CONNECTING_TO_SERVER,accepted,LOCAL_SYNCHRONIZING_WITH_SERVER,ONLINE';
  if (told !== expected) throw new Error(`expected ${expected}, got ${told}`);
}

void main();
