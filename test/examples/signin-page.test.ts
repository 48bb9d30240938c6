/**
 * The sign-in page of `examples/`, driven in Chromium by clicks along the questions that the chart asks: come to a state, do something that
 * the page offers there, and see whether the page, the server and the laws say what the chart says. The server is slow on demand, so
 * that a state on the way stays until something was done in it.
 */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import {
  breachesOfTrace,
  isOnline,
  isReason,
  MISTATUS,
  phaseOf,
  results,
  smallRules,
  statusName,
  statusOfLeaf,
  type SeenNotice,
} from '../../machines/index.js';
import { nameOf, questionsFor, type Push, type Question } from '../../src/testing/exam.js';
import { startLoopbackServer, type LoopbackServer } from '../../src/transports/loopback/index.js';
import { ownDoors } from '../support/bundle.js';
import { chromiumAvailable, startChromium, type OwnChromium } from '../support/chromium.js';
import { describeWith } from '../support/prosody.js';

const password = 'a well-kept secret';
const rules = {
  ...smallRules,
  statuses: [MISTATUS.ONLINE, MISTATUS.INVISIBLE],
  idle: false,
  away: false,
  idleFrom: [],
  remember: false,
};

/** Where the page has no way to do it, or nobody can see it come to that state; each with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  'findingServer: ': 'an address was given, so there is no search that could take long',
  ': awake': 'a page is not told that the device will sleep',
  ': network on': 'what is on already is not reported',
  'connecting: signin': 'the page offers Cancel there, not Sign in',
  'synchronizing: signin': 'the page offers Sign out there, not Sign in',
};
const whyLeftOut = ({ id }: Question) => Object.keys(leftOut).find((part) => id.includes(part));

async function bundlePage(): Promise<string> {
  const empty = './examples/signin-page/empty.ts';
  const { outputFiles } = await build({
    entryPoints: ['examples/signin-page/page.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    alias: { 'node:dns': empty, 'node:dns/promises': empty },
    plugins: [ownDoors],
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** What the page has told, read from what it shows. */
function noticeOf(line: string): SeenNotice {
  const [type = '', ...words] = line.split(' ');
  const reason = words.at(-1) ?? '';
  if (!isReason(reason)) throw new Error(`no reason in ${line}`);
  if (type === 'OnSignout') return { type, reason };
  const hr = results[words[0] as keyof typeof results];
  if (type === 'OnSignin') return { type, hr, reason };
  return { type: 'OnMyStatusChange', hr, mMyStatus: MISTATUS[words[1] as keyof typeof MISTATUS], reason };
}

describeWith(chromiumAvailable)('The sign-in page', () => {
  let browser: OwnChromium;
  let web: Server;
  let server: LoopbackServer;
  let page: Page;
  let origin = '';
  /** What the server would do next, while it is slow. */
  let held: (() => void)[] = [];

  beforeAll(async () => {
    const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
      '/': ['text/html; charset=utf-8', await readFile('examples/signin-page/index.html', 'utf8')],
      '/page.js': ['text/javascript; charset=utf-8', await bundlePage()],
    };
    web = createServer((request, response) => {
      const [type, text] = files[new URL(request.url ?? '/', 'http://localhost').pathname] ?? [];
      if (type === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': type }).end(text);
    });
    await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    server = await startLoopbackServer({
      users: { alice: password },
      clock: {
        now: () => Date.now(),
        setTimeout: (fn) => held.push(fn) && fn,
        clearTimeout: (fn) => void (held = held.filter((one) => one !== fn)),
      },
    });
    browser = await startChromium();
    page = await browser.context.newPage();
    page.setDefaultTimeout(5_000);
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await new Promise((closed) => web?.close(closed) ?? closed(undefined));
  }, 20_000);

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const shown = async () => (await page.getByRole('status').textContent()) ?? '';
  async function told(): Promise<SeenNotice[]> {
    return (await page.getByRole('list', { name: 'What was told' }).getByRole('listitem').allTextContents()).map(noticeOf);
  }
  async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 5_000; !(await isTrue());) {
      if (Date.now() > end)
        throw new Error(`not within 5 s: ${what}; shown: ${await shown()}; told: ${JSON.stringify(await told())}`);
      await new Promise((turn) => setTimeout(turn, 5));
    }
  }

  async function open(): Promise<void> {
    await browser.context.setOffline(false);
    server.calm();
    server.drop();
    held = [];
    await page.goto(`${origin}/?hasty&service=${encodeURIComponent(server.url)}`);
  }
  async function signIn(status: MISTATUS = MISTATUS.ONLINE, secret = password): Promise<void> {
    await page.getByLabel('Name').fill('alice@localhost');
    await page.getByLabel('Password').fill(secret);
    await page.getByLabel('Status').selectOption(statusName(status));
    await button('Sign in').click();
  }

  /** From now on the server does a thing only when it is let. */
  const slow = () => void (server.faults.latency = 1);
  function release(): void {
    server.faults.latency = 0;
    for (const act of held.splice(0)) act();
  }
  /** Lets the server go on until the page shows a status. */
  async function letUntil(status: MISTATUS): Promise<void> {
    await until(statusName(status), async () => {
      if ((await shown()) === statusName(status)) return true;
      held.shift()?.();
      return false;
    });
  }

  async function arrange({ at, wish }: Question): Promise<void> {
    await open();
    if (at === 'signedOut') return;
    if (at === 'held') await browser.context.setOffline(true);
    if (at === 'connecting' || at === 'synchronizing') slow();
    await signIn(wish);
    if (at === 'held') return until('a hold is told', async () => (await told()).length > 0);
    if (at !== 'disconnecting') return letUntil(statusOfLeaf(at));
    await letUntil(wish ?? MISTATUS.ONLINE);
    slow();
    await button('Sign out').click();
    await letUntil(MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER);
  }

  async function act(push: Push): Promise<void> {
    switch (push.push) {
      case 'signin':
        return signIn(push.status ?? MISTATUS.ONLINE);
      case 'signout':
        return (await button('Cancel').isVisible()) ? button('Cancel').click() : button('Sign out').click();
      case 'setStatus':
        await page.getByLabel('Status').selectOption(statusName(push.status));
        return button('Set status').click();
      case 'network':
        return browser.context.setOffline(!push.on);
      case 'breakLine':
        return void server.drop();
      case 'awake':
        throw new Error('a page is not told that the device will sleep');
    }
  }

  async function assert({ at, push, ends, shows }: Question, before: number): Promise<void> {
    // A wish during a hold is kept (L16), and surroundings are noted at rest, without a word.
    const isSilent = (at === 'held' && push.push === 'setStatus') || (at === 'signedOut' && push.push === 'network');
    const least = isSilent ? before : before + 1;
    await until(`the page shows ${statusName(shows)} at the end`, async () => {
      const all = await told();
      const last = all.at(-1);
      const isTold = last === undefined ? isSilent : last.type === 'OnMyStatusChange' && last.mMyStatus === shows;
      return all.length >= least && isTold && (await shown()) === statusName(shows);
    });
    const isSeen = isOnline(shows) && shows !== MISTATUS.INVISIBLE;
    await until(`others see ${isSeen ? statusName(shows) : 'nothing'}`, () => {
      const [session] = server.sessions();
      if (!isSeen) return session?.available !== true;
      return session?.available === true && session.show === '';
    });
    if (phaseOf(ends) === 'signedOut') {
      // Where the network is off the last word of a line does not come through; it does when it is on again.
      await browser.context.setOffline(false);
      await until('no line is left', () => server.connections() === 0);
    }
    const seen = (await told()).map((notice) => ({ seen: 'notice', at: 0, notice }) as const);
    expect(breachesOfTrace({ seen, secrets: [password] })).toEqual([]);
  }

  const questions = questionsFor(rules);
  const asked = questions.filter((question) => whyLeftOut(question) === undefined);

  it('is asked every question but those left out with a reason', () => {
    expect(asked.length).toBeGreaterThan(25);
    const used = new Set(questions.map(whyLeftOut));
    process.stdout.write(`  ${asked.length} questions asked, ${questions.length - asked.length} left out:\n`);
    for (const [part, why] of Object.entries(leftOut)) {
      process.stdout.write(`    ${part.trim()}: ${why}\n`);
    }
    expect(Object.keys(leftOut).filter((part) => !used.has(part))).toEqual([]);
  });

  it.each(asked.map((question) => ({ ...question, name: `${question.at}: ${nameOf(question.push)}` })))(
    '$name',
    async (question) => {
      await arrange(question);
      const before = (await told()).length;
      await act(question.push);
      release();
      await assert(question, before);
    },
    15_000,
  );

  it('says why a sign-in failed, and asks for the password again (T2)', async () => {
    await open();
    await signIn(MISTATUS.ONLINE, 'a guess');
    await until('an alert', async () => (await page.getByRole('alert').textContent()) !== '');
    expect(await page.getByRole('alert').textContent()).toBe('MSGR_E_INVALID_PASSWORD (invalidPassword)');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    expect(await shown()).toBe('OFFLINE');
    expect(await button('Sign in').isVisible()).toBe(true);
  }, 15_000);

  it('tells others the note', async () => {
    await open();
    await page.getByLabel('Note').fill('back at five');
    await signIn(MISTATUS.AWAY);
    await until('the note is seen', () => server.sessions()[0]?.note === 'back at five');
    expect(server.sessions()[0]).toMatchObject({ user: 'alice@localhost', available: true, show: 'away' });
  }, 15_000);

  it('names every control, by label or text', async () => {
    await open();
    for (const label of ['Name', 'Password', 'Status', 'Note'])
      expect([label, await page.getByLabel(label).count()]).toEqual([label, 1]);
    expect(await page.getByRole('button').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
  }, 15_000);
});
