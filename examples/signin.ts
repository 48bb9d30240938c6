/**
 * Signs in and says whether that was possible, as the sample of the origin's OnSignin page does: first with a wrong password, then with the
 * right one, over XMPP to the loopback server. Success is an `hr` that is not
 * negative; it means that the server has accepted the sign-in, and being online follows.
 *
 *     npx tsx examples/signin.ts
 *
 * In a clone the name `presence-machine` leads to dist/, which `npm ci` has built; `npm run build` makes it anew.
 */
import { createPresenceService, isSuccess, MessengerError, resultName } from 'presence-machine';
import { startLoopbackServer } from 'presence-machine/loopback';
import { xmppTransport } from 'presence-machine/xmpp';

const name = 'alice@localhost';
const server = await startLoopbackServer({ users: { [name]: 'a well-kept secret' } });
const messenger = createPresenceService({ transport: xmppTransport({ service: server.url }) });

messenger.on('OnSignin', ({ hr, reason }) => {
  if (isSuccess(hr)) console.log('Signin successful');
  else console.log(`Signin failed: ${resultName(hr)} (${reason})`);
});

for (const password of ['a guess', 'a well-kept secret']) {
  // The call only says that the attempt begins; the event says how it ended.
  console.log(`Signin called: ${resultName(messenger.signin({ name, password }))}`);
  try {
    await messenger.ready();
    console.log(`Online as ${messenger.mySigninName}`);
  } catch (error) {
    if (!MessengerError.is(error)) throw error;
    console.log(`Not online: ${error.reason}`);
  }
}

await messenger.dispose();
await server.close();
