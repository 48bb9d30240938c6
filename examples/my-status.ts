/**
 * Watches the own status, as the sample of the origin's OnMyStatusChange page does: one line for each event, with the status and the
 * availability that the presence properties report beside it. The server is the embedded one, in this very process.
 *
 *     npx tsx examples/my-status.ts
 *
 * In a clone the name `presence-machine` leads to dist/, which `npm ci` has built; `npm run build` makes it anew.
 */
import { createPresenceService, isSuccess, MISTATUS, PRESENCE_PROPERTY, resultName, statusName } from 'presence-machine';
import { createMemoryServer } from 'presence-machine/memory';

const server = createMemoryServer({ users: { 'alice@example.com': { password: 'a well-kept secret' } } });
const messenger = createPresenceService({ transport: server.transport() });

messenger.on('OnMyStatusChange', ({ hr, mMyStatus }) => {
  const properties = messenger.presenceProperties;
  const availability = properties[PRESENCE_PROPERTY.AVAILABILITY];
  const note = properties[PRESENCE_PROPERTY.PRESENCE_NOTE];
  const text = `EVENT my Status Changed - Current Status: ${statusName(mMyStatus)}, Availability: ${availability}`;
  console.log(note ? `${text}, Note: ${note}` : text);
  // The status is the current one all the same: the change did not happen.
  if (!isSuccess(hr)) console.log(`  a change failed: ${resultName(hr)}`);
});

/** Calls return before their events come, so whoever listens right after a call misses nothing. */
const nextStatus = () =>
  new Promise<void>((resolve) => {
    const off = messenger.on('OnMyStatusChange', () => {
      off();
      resolve();
    });
  });

messenger.signin({ name: 'alice@example.com', password: 'a well-kept secret' });
await messenger.ready();

messenger.setStatus(MISTATUS.BE_RIGHT_BACK);
await nextStatus();
messenger.setStatus(MISTATUS.BUSY, { note: 'writing' });
await nextStatus();

messenger.signout();
while (messenger.myStatus !== MISTATUS.OFFLINE) await nextStatus();
await messenger.dispose();
