/** The server of the laboratory: away, a steady rate, a line that is full, and turns that are nobody's any more; and its clock. */
import { describe, expect, it } from '@jest/globals';
import { LabClock } from '../../src/lab/clock.js';
import { LabServer } from '../../src/lab/server.js';

/** Who is in, and when, until nobody is in line. */
function served(server: LabServer): (readonly [at: number, client: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let now = server.next; now !== Infinity; now = server.next) {
    for (let client = server.take(now); client !== undefined; client = server.take(now)) found.push([now, client]);
  }
  return found;
}

describe('The server', () => {
  it('refuses while it is away, and whoever finds the line full', () => {
    const server = new LabServer(10, { up: 100, accept: 10, queue: 3 });
    expect(server.arrive(0, 99)).toBe('down');
    expect([1, 2, 3, 4].map((client) => server.arrive(client, 100))).toEqual(['waits', 'waits', 'waits', 'full']);
    expect(served(server)).toEqual([
      [200, 1],
      [300, 2],
      [400, 3],
    ]);
    expect(server.arrive(4, 400)).toBe('waits');
  });

  it('lets in at its rate, however many there are within one ms', () => {
    const server = new LabServer(100, { up: 0, accept: 2_500, queue: 100 });
    for (let client = 0; client < 100; client++) server.arrive(client, 0);
    const all = served(server);
    expect(all.map(([, client]) => client)).toEqual(Array.from({ length: 100 }, (_, client) => client));
    expect(all.filter(([at]) => at <= 10)).toHaveLength(25);
    expect(all.at(-1)?.[0]).toBe(40);
  });

  it('does not save up turns while nobody comes', () => {
    const server = new LabServer(4, { up: 0, accept: 10, queue: 4 });
    server.arrive(0, 0);
    expect(served(server)).toEqual([[100, 0]]);
    server.arrive(1, 5_000);
    server.arrive(2, 5_000);
    expect(served(server)).toEqual([
      [5_100, 1],
      [5_200, 2],
    ]);
  });

  it('spends a turn on a client that has gone, and gives it none when it is back in line', () => {
    const server = new LabServer(3, { up: 0, accept: 10, queue: 3 });
    for (const client of [0, 1]) server.arrive(client, 0);
    expect([server.leave(0), server.leave(0), server.leave(2)]).toEqual([true, false, false]);
    server.arrive(0, 50);
    expect(served(server)).toEqual([
      [100, -1],
      [200, 1],
      [300, 0],
    ]);
  });

  it('goes round its line many times', () => {
    const server = new LabServer(8, { up: 0, accept: 1_000, queue: 5 });
    const all: number[] = [];
    for (let round = 0; round < 50; round++) {
      for (let client = 0; client < 3; client++) expect(server.arrive(client, round * 10)).toBe('waits');
      all.push(...served(server).map(([, client]) => client));
    }
    expect(all).toEqual(Array.from({ length: 150 }, (_, turn) => turn % 3));
  });
});

describe('The clock', () => {
  it('holds one timer, which ends only when it is told to', () => {
    const clock = new LabClock();
    let fired = 0;
    clock.setTimeout(() => void (fired += 1), 5);
    expect([clock.due, fired]).toEqual([5, 0]);
    expect(() => clock.setTimeout(() => undefined, 1)).toThrow('holds one timer');
    clock.time = 5;
    clock.fire();
    expect([clock.due, fired]).toEqual([Infinity, 1]);
    clock.setTimeout(() => void (fired += 1), 5);
    expect(clock.due).toBe(10);
    clock.clearTimeout();
    expect(clock.due).toBe(Infinity);
  });
});
