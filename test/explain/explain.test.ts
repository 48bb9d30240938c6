/** The explainer (B21): every cell has its sentences, they are exact, and they say what the table of answers and the laws say. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { answerTable, fullRules, leaves, phaseOf, resultName, type Leaf } from '../../machines/index.js';
import {
  clausesWithoutEdge,
  events,
  explain,
  explainAll,
  rowClauses,
  type ExplainedEvent,
  type Explanation,
} from '../../src/explain/index.js';

const all = new Map<string, Explanation[]>();
const cell = (state: Leaf, event: ExplainedEvent): readonly Explanation[] => all.get(`${state} ${event}`) ?? [];
const sentences = (state: Leaf, event: ExplainedEvent): string[] => cell(state, event).map(({ sentence }) => sentence);

beforeAll(() => {
  for (const explanation of explainAll()) {
    const key = `${explanation.state} ${explanation.event}`;
    all.set(key, [...(all.get(key) ?? []), explanation]);
  }
}, 120_000);

describe('B21 Every cell', () => {
  it('has a sentence, for each state with each call and message (L25)', () => {
    const empty = leaves.flatMap((state) =>
      events.filter((event) => cell(state, event).length === 0).map((event) => `${state} ${event}`),
    );
    expect(empty).toEqual([]);
    expect(all.size).toBe(leaves.length * events.length);
    process.stdout.write(`  ${all.size} cells, ${[...all.values()].flat().length} sentences\n`);
  });

  it('begins with its state and its event, names a clause, and is one sentence', () => {
    for (const { state, event, sentence, clauses } of [...all.values()].flat()) {
      expect(sentence).toMatch(new RegExp(`^In ${state}, ${event.replace('.', '\\.')} `));
      expect(sentence).toMatch(/; by [A-Z][^.]*\.$/);
      expect(sentence).not.toMatch(/undefined|\[object|NaN| {2}|\.\.|\(\)/);
      expect([sentence, clauses.length > 0]).toEqual([sentence, true]);
    }
  });

  it('names only clauses that there are', () => {
    const known = new Set([...rowClauses.map(({ id }) => id), ...Object.keys(clausesWithoutEdge)]);
    const named = new Set([...all.values()].flat().flatMap(({ clauses }) => clauses));
    expect([...named].filter((id) => !known.has(id) && !/^T\d+$/.test(id))).toEqual([]);
  });

  it('has conditions exactly where it has more than one outcome', () => {
    for (const group of all.values()) {
      const possible = group.filter(({ kind }) => kind !== 'impossible');
      for (const { onlyIf, sentence } of possible) expect([sentence, onlyIf !== '']).toEqual([sentence, possible.length > 1]);
      expect(new Set(group.map(({ sentence }) => sentence)).size).toBe(group.length);
    }
  });

  it('has a reason where nothing happens', () => {
    for (const { kind, because, hr, sentence } of [...all.values()].flat()) {
      if (kind === 'impossible' || kind === 'ignored') expect([sentence, (because ?? '').length > 10]).toEqual([sentence, true]);
      if (kind === 'refused') expect(hr).toMatch(/^(?:MSGR_)?E_/);
      if (kind === 'joined') expect(hr).toBe('S_FALSE');
    }
  });

  it.each(leaves)('says of each call in %s what the table of answers says (L16)', (state) => {
    const phase = phaseOf(state);
    const codes = (event: ExplainedEvent) => new Set(cell(state, event).map(({ hr }) => hr));
    for (const call of ['signin, same name', 'signin, other name', 'autoSignin', 'signout', 'setStatus'] as const) {
      const event = call.replace(/,.*/, '') as ExplainedEvent;
      const expected = call === 'setStatus' && phase === 'signedOut' ? 'S_FALSE' : resultName(answerTable[call][phase][0]);
      expect([call, codes(event).has(expected)]).toEqual([call, true]);
    }
  });
});

describe('A sentence', () => {
  it('tells notices with code names, in order, and why (T6)', () => {
    expect(sentences('connecting', 'signout')).toEqual([
      'In connecting, signout leads to signedOut: the call returns S_OK and the app is told OnSignin MSGR_E_CANCEL (cancelled), ' +
        'then OnMyStatusChange S_OK OFFLINE (cancelled); by L05 (an attempt begins with 0x100 and is answered by exactly one OnSignin), ' +
        'and by L06, L10, T6.',
    ]);
  });

  it('tells conditions apart where the context decides', () => {
    expect(cell('held', 'network.restored').map(({ onlyIf, to }) => [onlyIf, to])).toEqual(
      expect.arrayContaining([
        ['the device is awake', 'waitingToRetry'],
        ['the device sleeps', 'held'],
      ]),
    );
    expect(cell('findingServer', 'server.failed').map(({ onlyIf, to }) => [to, onlyIf])).toEqual(
      expect.arrayContaining([
        ['signedOut', expect.stringContaining('its reason is final')],
        ['waitingToRetry', 'its reason is not final and the sign-in is retried'],
      ]),
    );
  });

  it('tells the codes that depend on the reason (L07)', () => {
    const [ends] = cell('findingServer', 'server.failed').filter(({ to }) => to === 'signedOut');
    expect(ends?.codes).toMatchObject({ MSGR_E_INVALID_SERVER_NAME: ['serverNotFound'] });
    expect(ends?.sentence).toContain('MSGR_E_INVALID_SERVER_NAME');
  });

  it.each<[Leaf, ExplainedEvent, RegExp]>([
    [
      'signedOut',
      'signout',
      /^In signedOut, signout is refused with MSGR_E_NOT_LOGGED_ON \(not possible while signed out\): nothing changes/,
    ],
    ['signedOut', 'clock.jumped', /is ignored: there is no session to doubt; .*; by L25/],
    ['online', 'server.found', /cannot come: it answers a search, and none runs; by L25 .*, and by L21\./],
    ['online', 'network.restored', /cannot come: only a change of the network is reported/],
    ['connecting', 'autoSignin', /joins what runs already: the call returns S_FALSE/],
    ['busy', 'setStatus', /is refused with E_INVALIDARG \(an argument is wrong\), only if the status is none that can be set/],
    ['busy', 'setStatus', /is refused with MSGR_E_SERVER_TOO_BUSY/],
    [
      'idle',
      'link.lost',
      /MSGR_E_DISCONNECTED for each change that is not answered \(its reason\), then OnMyStatusChange S_OK OFFLINE/,
    ],
    ['online', 'status.published', /cannot come at other times: it answers the change at the server/],
    ['synchronizing', 'status.refused', /neither ONLINE nor INVISIBLE: ONLINE goes in its place/],
  ])('says of %s and %s %s', (state, event, pattern) => {
    expect(sentences(state, event).some((sentence) => pattern.test(sentence))).toBe(true);
  });

  it.each<[Leaf, ExplainedEvent]>([
    ['signedOut', 'signin'],
    ['synchronizing', 'session.synchronized'],
    ['synchronizing', 'status.refused'],
    ['synchronizing', 'status.published'],
    ['waitingToRetry', 'status.request'],
  ])(
    'is the same for %s and %s when it is asked of all statuses',
    (state, event) => {
      const some = cell(state, event).map(({ sentence }) => sentence);
      expect(
        explain(state, event, fullRules)
          .map(({ sentence }) => sentence)
          .sort(),
      ).toEqual([...some].sort());
    },
    120_000,
  );
});
