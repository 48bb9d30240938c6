/**
 * The console played by clicks in a browser: the story of the README, every fault, every control. What is expected is what a real service says against
 * the embedded server.
 */
import { expect, it } from '@jest/globals';
import { MISTATUS } from '../../src/index.js';
import { button, describePage, drawn, eventually, inState, noticed, seen } from './page-browser.js';

/** Long waits and limits: a phase stays until the test has seen it, however busy the machine, and is over soon when the clock runs. */
const patient = {
  retry: { firstSpread: 60_000 },
  findServerTimeout: 600_000,
  connectTimeout: 600_000,
  synchronizeTimeout: 600_000,
  publishTimeout: 600_000,
};

describePage('The page of the console', { policy: patient }, (bench) => {
  it('plays the story of the README by clicks', async () => {
    const { page } = bench.open;
    const own = page.locator('.person.own');
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await seen(page, 'Online');
    await page.getByLabel('Note', { exact: true }).fill('in a meeting');
    await button(page, 'Busy').click();
    await inState(page, 'busy');
    await seen(page, '“in a meeting”');
    await button(page, 'Drop the line').click();
    await inState(page, 'waitingToRetry');
    await noticed(page, 'OFFLINE', 'lineLost');
    await seen(page, 'Offline');
    await page.locator('.timer.retry').waitFor();
    await button(page, '60×').click();
    await inState(page, 'busy');
    await own.filter({ hasText: '“in a meeting”' }).waitFor();
    await seen(page, '“in a meeting”');
    await button(page, '1×').click();
    await button(page, 'Sign out').click();
    await inState(page, 'signedOut');
    await noticed(page, 'OnSignout', 'userRequest');
    await button(page, 'Wrong password').click();
    await button(page, 'Sign in').click();
    await noticed(page, 'OnSignin', 'MSGR_E_INVALID_PASSWORD');
    await button(page, 'All well').click();
    await page.getByLabel('Where the server falls silent').selectOption('auth');
    await button(page, 'Sign in').click();
    await inState(page, 'connecting');
    await button(page, 'Cancel').click();
    await noticed(page, 'OnSignin', 'MSGR_E_CANCEL', 'cancelled');
    await inState(page, 'signedOut');
    expect(await page.locator('#tour .is-done').count()).toBe(5);
  });

  it.each([
    ['Refuse', 'MSGR_E_CONNECT', 'connectFailed'],
    ['Down (503)', 'MSGR_E_SERVER_TOO_BUSY', 'serverTooBusy'],
    ['Too busy', 'MSGR_E_SERVER_TOO_BUSY', 'serverTooBusy'],
    ['Wrong password', 'MSGR_E_INVALID_PASSWORD', 'invalidPassword'],
    ['Old version', 'MSGR_E_SERVER_VERSION', 'versionMismatch'],
  ])('fails a sign-in by the fault “%s” with %s', async (fault, code, reason) => {
    const { page } = bench.open;
    await button(page, fault).click();
    await page.locator('.fault[aria-pressed="true"]', { hasText: fault }).waitFor();
    await button(page, 'Sign in').click();
    await noticed(page, 'OnSignin', code, reason);
    await inState(page, 'signedOut');
    await button(page, fault).click();
    await page.locator('.fault[aria-pressed="false"]', { hasText: fault }).waitFor();
    await button(page, 'Sign in').click();
    await inState(page, 'online');
  });

  it.each([
    ['auth', 'MSGR_E_LOGON_TIMEOUT'],
    ['roster', 'timedOut'],
  ])('runs into the limit of the phase when the server is silent at %s', async (step, words) => {
    const { page } = await bench.another({});
    await page.getByLabel('Where the server falls silent').selectOption(step);
    await button(page, 'Sign in').click();
    await inState(page, step === 'auth' ? 'connecting' : 'synchronizing');
    await page.locator(step === 'auth' ? '.timer.logon' : '.timer.synchronizing').waitFor();
    await button(page, '60×').click();
    await noticed(page, words);
  });

  it('is slow when the server is', async () => {
    const { page, console } = await bench.another({});
    await page.getByLabel('Latency of the server').selectOption('4000');
    await button(page, 'Sign in').click();
    await inState(page, 'connecting');
    expect(console.stage.server.faults.latency).toBe(4_000);
    await button(page, '10×').click();
    await noticed(page, 'MSGR_E_LOGON_TIMEOUT');
  });

  it('keeps the status when the server rejects another', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'Reject status').click();
    await button(page, 'Away').click();
    await noticed(page, 'MSGR_E_UNEXPECTED', 'statusRejected');
    await inState(page, 'online');
  });

  it.each([
    ['Kick', 'signedInElsewhere', 'signedOut'],
    ['Shut down', 'serverShutdown', 'waitingToRetry'],
    ['Drop the line', 'lineLost', 'waitingToRetry'],
  ])('loses the session by “%s”: %s', async (blow, reason, state) => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, blow).click();
    await noticed(page, 'OFFLINE', reason);
    await inState(page, state);
  });

  it('shows each status that can be set, to the other account too', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    for (const [name, state, sight] of [
      ['Busy', 'busy', 'Busy'],
      ['Be right back', 'beRightBack', 'Be right back'],
      ['Away', 'away', 'Away'],
      ['On the phone', 'onThePhone', 'On the phone'],
      ['Out to lunch', 'outToLunch', 'Out to lunch'],
      ['Online', 'online', 'Online'],
    ] as const) {
      await button(page, name).click();
      await inState(page, state);
      await seen(page, sight);
      expect(await button(page, name).getAttribute('aria-pressed')).toBe('true');
    }
  });

  it('disables what the transport cannot show', async () => {
    const { page } = bench.open;
    const statuses = bench.open.console.stage.view().statuses;
    expect(await button(page, 'Invisible').isDisabled()).toBe(!statuses.includes(MISTATUS.INVISIBLE));
    expect(await button(page, 'Busy').isDisabled()).toBe(false);
  });

  it('signs in with a status, and lets it end by itself', async () => {
    const { page } = bench.open;
    await page.getByLabel('Status to sign in with').selectOption({ label: 'as On the phone' });
    await page.getByLabel('How long the status lasts').selectOption('60000');
    await button(page, 'Sign in').click();
    await inState(page, 'onThePhone');
    await page.locator('.timer.expiry').waitFor();
    await button(page, '60×').click();
    await noticed(page, 'statusExpired');
  });

  it('holds without a network and in sleep, and comes back', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'Network').click();
    await inState(page, 'held');
    await noticed(page, 'OFFLINE', 'networkOff');
    await page.locator('.person.own', { hasText: 'no network' }).waitFor();
    await button(page, 'Awake').click();
    await button(page, 'Network').click();
    await page.locator('.person.own', { hasText: 'sleeps' }).waitFor();
    await button(page, 'Awake').click();
    await inState(page, 'online');
  });

  it('goes idle and away without input, and is back as if nothing had happened', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'Input').click();
    await page.locator('.timer.idle').waitFor();
    await button(page, '60×').click();
    await noticed(page, 'IDLE', 'userIdle');
    await inState(page, 'away');
    await button(page, 'Input').click();
    await inState(page, 'online');
  });

  it('goes by single steps when the clock stands still', async () => {
    const { page } = bench.open;
    await button(page, 'Step').click();
    await page.getByLabel('Latency of the server').selectOption('1000');
    await button(page, 'Sign in').click();
    await inState(page, 'connecting');
    const { stage } = bench.open.console;
    const before = stage.clock.now();
    await button(page, 'Next').click();
    await page.locator('.answer', { hasText: 'step: done' }).waitFor();
    expect(stage.clock.now()).toBe(before + 1_000);
    const { now } = stage.clock;
    await button(page, '+1 s').click();
    await eventually('one second on', () => now() === before + 2_000);
    await button(page, '60×').click();
    await inState(page, 'online');
  });

  it('says what each call answered', async () => {
    const { page } = bench.open;
    await button(page, 'Busy').click();
    await page.locator('.answer.is-bad', { hasText: 'setStatus(Busy) → MSGR_E_NOT_LOGGED_ON' }).waitFor();
    await button(page, 'Sign in').click();
    await page.locator('.answer:not(.is-bad)', { hasText: 'signin() → S_OK' }).waitFor();
  });

  it('shows the sequence between the four parties', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await drawn(bench.open);
    const rows = (await page.locator('#sequence li').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
    expect(rows.slice(0, 7)).toEqual([
      'App to Chart: signin.request once',
      'Chart to Transport: server.find',
      'Chart to App: OnMyStatusChange LOCAL_FINDING_SERVER progress',
      'Transport to Server: findServer',
      'Server to Transport: findServer: done',
      'Transport to Chart: server.found',
      'Chart to Transport: link.open',
    ]);
  });

  it('lights the state and the transition that led there, and says so to a screen reader', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    expect(await page.locator('#chart .here').getAttribute('data-state')).toBe('online');
    expect(await page.locator('#chart .around').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')))).toEqual([
      'session',
      'signedIn',
    ]);
    expect(await page.locator('#chart .edge.taken').getAttribute('data-edge')).toBe('synchronizing-signedIn');
    await page.locator('#live', { hasText: 'OnMyStatusChange, ONLINE, connected and available' }).waitFor({ state: 'attached' });
    expect(await page.locator('#chart').getAttribute('aria-label')).toContain('Active: online, in signedIn, in session');
  });

  it('shows the same after a reload, and in a second tab', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await page.reload();
    await inState(page, 'online');
    await drawn(bench.open);
    expect(await page.locator('#notices li').count()).toBe(5);
    const second = await bench.another({ on: bench.open.console, leaf: 'online' });
    await button(second.page, 'Busy').click();
    await inState(page, 'busy');
  });

  it('says that the program is gone, and that nothing was asked of it', async () => {
    const { page } = bench.open;
    await bench.open.console.close();
    await page.locator('#line.is-lost', { hasText: 'cannot be reached' }).waitFor();
    await button(page, 'Sign in').click();
    await page.locator('.answer', { hasText: 'no line to the program' }).waitFor();
    // The browser itself complains of each try that fails.
    await page.close();
    bench.open.errors.length = 0;
  });

  it('chooses another account, whose password is asked for elsewhere', async () => {
    const { page } = bench.open;
    await button(page, 'Change…').click();
    expect(await page.locator('dialog input[type="password"]').count()).toBe(0);
    await page.getByLabel('Address on a real server').fill('bob@localhost');
    await page.getByLabel('Address of the server, if it is not found by name').fill(bench.open.console.stage.server.url);
    await button(page, 'Use this account').click();
    await page.locator('.account-name', { hasText: 'bob@localhost' }).waitFor();
    await page.locator('.server').waitFor({ state: 'hidden' });
    await button(page, 'Sign in').click();
    await page.locator('.answer.is-bad', { hasText: 'no password was given for bob@localhost' }).waitFor();
    await button(page, 'Change…').click();
    await button(page, 'Use the embedded account').click();
    await page.locator('.server').waitFor();
  });
});
