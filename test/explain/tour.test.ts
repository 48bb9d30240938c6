/** The tour: what it tells happens so on the chart, no path is longer than it must be, and each trace tells what the origin says. */
import { describe, expect, it } from '@jest/globals';
import {
  fullRules,
  initialState,
  isNotice,
  leafOf,
  leaves,
  resultName,
  statusName,
  step,
  type ChartNotice,
} from '../../machines/index.js';
import { descriptionOf, narrate, shortestPathsTo, tour, traces } from '../../src/explain/index.js';
import { reach } from '../../src/table/reach.js';

const short = (notice: ChartNotice): string => {
  if (notice.type === 'OnSignout') return 'O';
  const code = resultName(notice.hr);
  if (notice.type === 'OnSignin') return `I(${code}) ${notice.reason}`;
  return `S(${code}, ${statusName(notice.mMyStatus)}) ${notice.reason}`;
};

describe('The traces', () => {
  it.each(traces)('$id: $says', ({ messages, before, tells }) => {
    let state = initialState(fullRules);
    const told: string[] = [];
    messages.forEach((message, at) => {
      const [next, outputs] = step(state, message);
      expect([message.type, state.can(message)]).toEqual([message.type, true]);
      if (at >= before) told.push(...outputs.filter(isNotice).map(short));
      state = next;
    });
    expect(told).toEqual(tells);
  });

  it('are all that apply', () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 18];
    expect(traces.map(({ id }) => id)).toEqual(numbers.map((number) => `T${number}`));
  });
});

describe('The tour', () => {
  it('goes to every state, and then through every trace', () => {
    const titles = tour().map(({ title }) => title);
    expect(titles.slice(0, leaves.length)).toEqual(leaves.map((leaf) => `To ${leaf}: ${descriptionOf(leaf)}`));
    expect(titles.slice(leaves.length).map((title) => title.replace(/,.*/, ''))).toEqual(traces.map(({ id }) => id));
  });

  it.each(leaves)('has only shortest paths to %s, all different', (leaf) => {
    const paths = shortestPathsTo(leaf);
    expect(descriptionOf(leaf)).not.toBe('');
    expect(new Set(paths.map(({ steps }) => steps.map(({ message }) => message).join())).size).toBe(paths.length);
    expect(new Set(paths.map(({ steps }) => steps.length)).size).toBe(1);
    for (const { steps } of paths) {
      expect(steps.length === 0 ? 'signedOut' : steps.at(-1)?.state).toBe(leaf);
      expect(steps.slice(0, -1).map(({ state }) => state)).not.toContain(leaf);
      for (const { happens } of steps) expect(happens).toMatch(/^(?:You|The|Everything|There) /);
    }
  });

  it.each(['held', 'connecting', 'online', 'idle'] as const)('is no longer to %s than a walk with all statuses needs', (leaf) => {
    const messages = [
      ...new Map(traces.flatMap((trace) => trace.messages).map((message) => [JSON.stringify(message), message])).values(),
      { type: 'network.lost' } as const,
    ];
    const { states, arrivals } = reach({ rules: fullRules, messages });
    const place = states.findIndex((state) => leafOf(state) === leaf);
    let length = 0;
    for (let at = arrivals[place]; at; at = arrivals[at.from]) length += 1;
    expect(shortestPathsTo(leaf)[0]?.steps.length).toBe(length);
  });

  it('tells nothing that cannot happen', () => {
    expect(() => narrate(initialState(fullRules), [{ type: 'link.opened' }])).toThrow(
      'tour: link.opened cannot come in signedOut',
    );
  });
});
