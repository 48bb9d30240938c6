/**
 * The exam finds the three bugs of the naive transport of `examples/`, each by an item that names the law and tells the path, and passes the
 * one that README shows; and what a list of deviations does to it.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { jsonTransport } from '../../examples/websocket-transport.js';
import { naiveTransport } from '../../examples/naive-transport.js';
import { MISTATUS, type Transport } from '../../src/index.js';
import { transportConformance, type Examinee } from '../../src/testing/index.js';
import { bundle } from '../support/bundle.js';
import { gather, type Outcome } from '../support/gather.js';
import { startJsonServer } from '../support/json-server.js';

const examineeOf = (make: () => Transport) => async (): Promise<Examinee> => {
  const server = await startJsonServer({ loginTakes: 12, refused: [MISTATUS.IDLE] });
  return {
    transport: make(),
    account: { name: 'alice@chat', password: 'secret', server: server.url },
    wrongAccount: { name: 'alice@chat', password: 'wrong', server: server.url },
    breakLine: () => server.breakLines(),
    silence: (isSilent) => server.silence(isSilent),
    seenByOthers: () => server.seen,
    openLines: () => server.lines,
    close: () => server.close(),
  };
};

interface Examination {
  readonly patience: number;
  readonly deviations?: Record<string, string>;
  /** Leaves out what the chart asks, which is asked in full elsewhere. */
  readonly isShort?: boolean;
}
async function examine(make: () => Transport, { isShort = false, ...options }: Examination) {
  const { describe, it, run } = gather();
  transportConformance(examineeOf(make), { describe, it, ...options });
  return run(undefined, (name) => !isShort || !/^[a-z]\w+: /.test(name));
}

const failed = (outcomes: readonly Outcome[]) => outcomes.filter(({ error }) => error).map(({ name }) => name);

/** Each bug with the items that find it, the law that they name, and what mends it. */
const bugs = [
  {
    items: [
      'L21: a connect that was given up while the server is silent ends, and leaves no line',
      'L21: a connect that was given up opens no link later',
    ],
    law: 'L21',
    from: "await ask('login', { name, password });",
    to: "await ask('login', { name, password }, signal);",
  },
  {
    items: ['L08: a publication that the server does not answer can be given up'],
    law: 'L08',
    from: "publish: (presence) => (shown.set(link, presence), ask('publish', presence)),",
    to: "publish: (presence, signal) => (shown.set(link, presence), ask('publish', presence, signal)),",
  },
  {
    items: ['L23: every status is published once, and so seen by others once'],
    law: 'L23',
    from: "if (before) await ask('publish', before, signal);",
    to: '',
  },
];

/** The naive transport with some of its bugs mended. */
async function mended(some: readonly (typeof bugs)[number][]): Promise<() => Transport> {
  let text = await readFile('examples/naive-transport.ts', 'utf8');
  for (const { from, to } of some) {
    expect(text.split(from)).toHaveLength(2);
    text = text.replace(from, to);
  }
  const folder = await mkdtemp(resolve('.tmp-naive-'));
  try {
    await writeFile(join(folder, 'mended.ts'), text);
    const file = join(folder, 'mended.mjs');
    await writeFile(file, await bundle(join(folder, 'mended.ts')));
    return ((await import(pathToFileURL(file).href)) as { naiveTransport: () => Transport }).naiveTransport;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('The exam of a transport written on the first day', () => {
  let outcomes: Outcome[] = [];

  it('fails in exactly the items of its three bugs', async () => {
    outcomes = await examine(naiveTransport, { patience: 2_000 });
    expect(outcomes.length).toBeGreaterThan(100);
    expect(failed(outcomes).sort()).toEqual(bugs.flatMap(({ items }) => items).sort());
  }, 60_000);

  it.each(bugs)('says $law and the path that led there', ({ items, law }) => {
    for (const item of items) {
      const { error } = outcomes.find(({ name }) => name === item) ?? {};
      expect(error?.message).toMatch(new RegExp(`\\b${law}\\b.*; path: \\S+`));
    }
  });

  it.each([
    ['L21', /path: findServer begins › .*connect begins › .*OnSignin › OFFLINE\(cancelled\)/],
    ['L08', /path: findServer begins › .* › publish begins › publish ends$/],
    ['L23', /published 3 times, seen 4 times; path: .*OFFLINE\(lineLost\).*ONLINE\(progress\)/],
  ])('tells for %s the shortest path: what it takes to see it and nothing before', (law, path) => {
    const messages = outcomes.flatMap(({ name, error }) => (error && name.startsWith(law) ? [error.message] : []));
    for (const message of messages) {
      expect(message).toMatch(path);
      expect(message.split(' › ').length).toBeLessThan(law === 'L23' ? 50 : 18);
    }
  });

  it.each(bugs)(
    'is better by exactly the items of $law where that bug is mended',
    async (bug) => {
      const others = bugs.filter((other) => other !== bug).flatMap(({ items }) => items);
      expect(failed(await examine(await mended([bug]), { patience: 1_200, isShort: true })).sort()).toEqual(others.sort());
    },
    60_000,
  );

  it('is passed where all three are mended', async () => {
    expect(failed(await examine(await mended(bugs), { patience: 5_000 }))).toEqual([]);
  }, 60_000);

  it('is passed by the transport that README shows', async () => {
    const passed = await examine(() => jsonTransport, { patience: 5_000 });
    expect(passed.filter(({ error }) => error)).toEqual([]);
    expect(passed.length).toBe(outcomes.length);
  }, 60_000);
});

describe('A list of deviations', () => {
  const reason = 'written on the first day';
  const listed = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, reason]));
  const known = bugs.flatMap(({ items }) => items);

  it('lets items fail that stand in it, and says why', async () => {
    const outcomes = await examine(naiveTransport, { patience: 1_200, isShort: true, deviations: listed(known) });
    expect(failed(outcomes)).toEqual([]);
    expect(outcomes.filter(({ name }) => name.endsWith(`(deviates: ${reason})`))).toHaveLength(known.length);
  }, 60_000);

  it('fails at a stale line and at an unknown one, and names them', async () => {
    const stale = 'L11: a wrong password is one answer';
    const outcomes = await examine(() => jsonTransport, {
      patience: 5_000,
      isShort: true,
      deviations: listed([stale, 'no such item']),
    });
    const errors = outcomes.flatMap(({ error }) => (error ? [error.message] : []));
    expect(errors).toEqual([`${stale} passes: take it off the list of deviations`, 'no item of the exam is called no such item']);
  }, 60_000);
});
