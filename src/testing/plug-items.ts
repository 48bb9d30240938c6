/** The part of the transport exam that is about the plug itself: late answers, limits, second publications, dropped links. */
import { isOnline } from '../../machines/index.js';
import type { Link } from '../transport.js';
import { othersSee, type Item, type Stand } from './stand.js';

/** What the chart cannot ask, because it is about the plug itself. */
export const plugItems: readonly Item[] = [
  {
    id: 'L11: a wrong password is one answer',
    needs: ['wrongAccount'],
    async run(stand) {
      stand.signin({ wish: undefined }, stand.examinee.wrongAccount);
      await stand.until(
        'L11: a wrong password ends signed out',
        () => stand.leaf === 'signedOut' && stand.service.myStatus === 1,
      );
      const told = stand.eye.seen.flatMap((entry) =>
        entry.seen === 'notice' && entry.notice.type === 'OnSignin' ? [entry.notice] : [],
      );
      if (told.length !== 1 || told[0]?.reason !== 'invalidPassword') {
        throw new Error(`L11: expected one OnSignin with invalidPassword, got ${JSON.stringify(told)}; ${stand.story()}`);
      }
      stand.judge();
    },
  },
  {
    id: 'L21: a connect that was given up while the server is silent ends, and leaves no line',
    needs: ['silence'],
    async run(stand) {
      await stand.examinee.silence?.(true);
      const isBegun = (verb: string) => stand.eye.seen.some((entry) => entry.seen === 'verb' && entry.verb === verb);
      stand.signin({ wish: undefined });
      await stand.until('L08: connect is asked', () => isBegun('connect') || stand.leaf !== 'findingServer');
      // Time to come to where the server's word is waited for.
      await stand.pause(Math.min(500, stand.patience / 4));
      stand.service.signout();
      await stand.until('L10: giving up ends signed out', () => stand.leaf === 'signedOut');
      await stand.until(
        'L21: connect settles once it was given up (it waits for ever: no limit, or the signal is not heard)',
        () => stand.eye.seen.some((entry) => entry.seen === 'verb' && entry.verb === 'connect' && entry.change === 'late'),
      );
      await stand.examinee.silence?.(false);
      noLateLink(stand);
      stand.judge();
    },
  },
  {
    id: 'L21: a connect that was given up opens no link later',
    async run(stand) {
      // At once, and at moments up to the time that a connect takes: a slip may be in any of its steps.
      await giveUpConnect(stand, 0);
      const began = performance.now();
      stand.signin({ wish: undefined });
      await stand.service.ready();
      const takes = Math.ceil(performance.now() - began);
      await signOut(stand);
      // As many as it takes to meet a short step, also where timers come late.
      const moments = Array.from({ length: 24 }, (_, count) => Math.ceil((takes * (count + 1)) / 20));
      for (const moment of [...new Set(moments)].reverse()) await giveUpConnect(stand, moment);
      stand.judge();
    },
  },
  {
    id: 'L08: a publication that the server does not answer can be given up',
    needs: ['silence'],
    run: (stand) =>
      withLink(stand, async (link) => {
        await stand.examinee.silence?.(true);
        const controller = new AbortController();
        const published = link.publish(
          { status: stand.service.actor.getSnapshot().context.rules.statuses[0] ?? 2 },
          controller.signal,
        );
        let isOver = false;
        published.then(
          () => (isOver = true),
          () => (isOver = true),
        );
        controller.abort();
        await stand.until('L08: publish settles at its abort', () => isOver);
        await stand.examinee.silence?.(false);
      }),
  },
  {
    id: 'L23: every status is published once, and so seen by others once',
    needs: ['seenByOthers'],
    async run(stand) {
      const { examinee, service } = stand;
      const before = examinee.seenByOthers?.().length ?? 0;
      stand.signin({ wish: undefined });
      await service.ready();
      await othersSee(stand, service.myStatus);
      if (examinee.breakLine) {
        await examinee.breakLine();
        await stand.until('L20: the loss is noticed', () => !isOnline(service.myStatus));
        await service.ready();
        await othersSee(stand, service.myStatus);
      }
      // Another status, so that whoever sees it has seen a second publication of the one before.
      const other = service.actor.getSnapshot().context.rules.statuses.find((status) => status !== service.myStatus);
      service.setStatus(other ?? service.myStatus);
      await stand.until('L03: the change is answered', () => service.actor.getSnapshot().context.by === 'none');
      await othersSee(stand, service.myStatus);
      const online = (examinee.seenByOthers?.() ?? []).slice(before).filter(({ status }) => isOnline(status)).length;
      const published = stand.eye.seen.filter(
        (entry) => entry.seen === 'verb' && entry.verb === 'publish' && entry.change === 'begins',
      ).length;
      if (online > published) throw new Error(`L23: published ${published} times, seen ${online} times; ${stand.story()}`);
      stand.judge();
    },
  },
  {
    id: 'L26: drop() is at once, silent, and harmless twice',
    run: (stand) =>
      withLink(stand, async (link, heard) => {
        link.drop();
        link.drop();
        await stand.pause(20);
        if (heard.length > 0) throw new Error(`L26: after drop() the link still told ${heard.join(', ')}; ${stand.story()}`);
      }),
  },
];

function linksOpened(stand: Stand): number {
  return stand.eye.seen.filter((entry) => entry.seen === 'link' && entry.change === 'opened').length;
}

function noLateLink(stand: Stand, before = 0, since = 0): void {
  if (linksOpened(stand) > before)
    throw new Error(`L21 L26: connect resolved with a link after it was given up; ${stand.story(since)}`);
}

async function signOut(stand: Stand): Promise<void> {
  stand.service.signout();
  await stand.until('L10 L17: giving up ends signed out', () => stand.leaf === 'signedOut');
}

/** Gives up a connect some milliseconds after it began; one that is faster is a sign-in, which is signed out. */
async function giveUpConnect(stand: Stand, after: number): Promise<void> {
  const since = stand.eye.seen.length;
  const late = () =>
    stand.eye.seen.filter((entry) => entry.seen === 'verb' && entry.verb === 'connect' && entry.change === 'late');
  const lateBefore = late().length;
  let isGivenUp = false;
  const signout = () => {
    isGivenUp = stand.leaf === 'connecting';
    stand.service.signout();
  };
  const reached = stand.whenAt('connecting', () => after === 0 && signout());
  stand.signin({ wish: undefined });
  await reached;
  if (after > 0) {
    await new Promise((turn) => setTimeout(turn, after));
    signout();
  }
  // A link that existed at the moment of giving up may still come, in the same turn.
  await new Promise((turn) => setTimeout(turn, 0));
  const before = linksOpened(stand);
  await stand.until('L10 L17: giving up ends signed out', () => stand.leaf === 'signedOut');
  if (!isGivenUp) return;
  await stand.until('L21: connect settles once it was given up', () => late().length > lateBefore);
  noLateLink(stand, before, since);
}

/** Puts a question to a link without a service before it. */
async function withLink(stand: Stand, ask: (link: Link, heard: string[]) => Promise<void>): Promise<void> {
  const { account } = stand.examinee;
  const { transport } = stand.eye;
  const { signal } = new AbortController();
  const heard: string[] = [];
  const tell = (what: string) => () => void heard.push(what);
  const { name, server } = account;
  const found = await transport.findServer(server === undefined ? { name } : { name, server }, signal);
  const link = await transport.connect(
    found,
    account,
    { lost: tell('lost'), contact: tell('contact'), own: tell('own') },
    signal,
  );
  try {
    await link.synchronize(signal);
    heard.length = 0;
    await ask(link, heard);
  } finally {
    link.drop();
  }
}
