/**
 * `tsx bench/contacts.ts [-- --quick] [--brief] [--judge]`: what a long list of contacts costs, through a service and a transport that answers at once. It prints
 * ratios of paired rounds: a change among many must cost what it costs among few, and the list little more than a bare map of it. With `--judge` it fails above the limits.
 */
import { createPresenceService, MISTATUS, type LinkEvents, type PresenceService, type Transport } from '../src/index.js';
import { measure, paired, summarize, tableOf, type Rival } from './harness.js';

const isQuick = process.argv.includes('--quick');
const isBrief = process.argv.includes('--brief');
/** Of a change among many to one among few, and of the whole list to a bare map: with room for caches that are smaller than the list. */
const limits = { change: 6, list: 6 } as const;
const many = isQuick ? 2_000 : isBrief ? 20_000 : 100_000;
const few = 100;
const statuses = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY] as const;

const nameOf = (number: number): string => `contact-${(number * 7919) % 1_000_003}@example.com`;

/** A server at hand: it tells the whole list at each sign-in. */
function listing(count: number): Transport & { events: LinkEvents | undefined } {
  const names = Array.from({ length: count }, (_, number) => nameOf(number));
  const roster = names.map((name) => ({ name, displayName: name.slice(0, 12) }));
  return {
    events: undefined,
    name: 'listing',
    capabilities: { statuses: [...statuses], note: 100, resume: false },
    findServer: () => Promise.resolve({}),
    connect(_server, _credentials, events) {
      this.events = events;
      return Promise.resolve({
        synchronize: () => {
          events.roster?.(roster);
          for (const [at, name] of names.entries())
            events.contact({ name, device: 'desk', status: statuses[at % 3] ?? MISTATUS.ONLINE });
          return Promise.resolve({ resumed: false });
        },
        publish: () => Promise.resolve(),
        close: () => Promise.resolve(),
        drop: () => {},
      });
    },
  };
}

async function signedIn(transport: Transport): Promise<PresenceService> {
  const service = createPresenceService({ transport });
  service.signin({ name: 'bench@example.com', password: 'x' });
  await service.ready();
  return service;
}

let heard = 0;
/** One contact after the other changes status, and the app is told. */
async function changing(name: string, count: number): Promise<Rival & { dispose(): Promise<void> }> {
  const transport = listing(count);
  const service = await signedIn(transport);
  service.on('OnContactStatusChange', () => void (heard += 1));
  let turn = 0;
  return {
    name,
    dispose: () => service.dispose(),
    async run(times) {
      const before = heard;
      for (let time = 0; time < times; time += 1) {
        turn += 1;
        transport.events?.contact({
          name: nameOf(turn % count),
          device: 'desk',
          status: turn % 2 === 0 ? MISTATUS.BUSY : MISTATUS.AWAY,
          note: `${turn}`,
        });
        await Promise.resolve();
      }
      await Promise.resolve();
      if (heard - before !== times) throw new Error(`${name}: ${times} changes, ${heard - before} told`);
    },
  };
}

const lists: Readonly<Record<'map' | 'service', Rival>> = {
  /** What anybody would do: read it all into a map, in order. */
  map: {
    name: `bare map of ${many}, sorted`,
    run: async (times) => {
      for (let time = 0; time < times; time += 1) {
        const seen = new Map<string, object>();
        for (let at = 0; at < many; at += 1)
          seen.set(nameOf(at), Object.freeze({ name: nameOf(at), status: statuses[at % 3], device: 'desk' }));
        const sorted = new Map([...seen].sort(([one], [other]) => (one < other ? -1 : 1)));
        if (sorted.size === 0) throw new Error('empty');
        await Promise.resolve();
      }
    },
  },
  service: {
    name: `sign-in with ${many} contacts, all told, read in order, signed out`,
    run: async (times) => {
      for (let time = 0; time < times; time += 1) {
        const service = createPresenceService({ transport: listing(many) });
        let told = 0;
        service.on('OnContactStatusChange', () => void (told += 1));
        service.signin({ name: 'bench@example.com', password: 'x' });
        await service.ready();
        if (told !== many || [...service.contacts.keys()].length !== many) throw new Error(`${told} told of ${many}`);
        await service.dispose();
      }
    },
  },
};

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
const rivals = { few: await changing(`one change among ${few}`, few), many: await changing(`one change among ${many}`, many) };
const changes = await measure(
  rivals,
  isQuick ? { rounds: 3, times: 50, warm: 2 } : { rounds: isBrief ? 15 : 41, times: 2_000, warm: 10 },
);
await rivals.few.dispose();
await rivals.many.dispose();
const whole = await measure(lists, isQuick ? { rounds: 3, times: 1, warm: 1 } : { rounds: 9, times: 1, warm: 2 });

const rowOf = (name: string, took: readonly number[], unit: number): string[] => {
  const { median, spread } = summarize(took);
  return [name, (median / unit).toFixed(1), percent(spread)];
};
process.stdout.write(`Node ${process.version}, ${many} contacts; processor time, garbage collection included\n\n`);
process.stdout.write(
  `${tableOf(['rival', 'us', 'spread'], [rowOf(rivals.few.name, changes.few, 1e3), rowOf(rivals.many.name, changes.many, 1e3)])}\n\n`,
);
process.stdout.write(
  `${tableOf(['rival', 'ms', 'spread'], [rowOf(lists.map.name, whole.map, 1e6), rowOf(lists.service.name, whole.service, 1e6)])}\n\n`,
);
const ratios: [string, number[], number][] = [
  [`a change: among ${many} / among ${few}`, paired(changes, (took) => took.many / took.few), limits.change],
  ['the whole list: service / bare map', paired(whole, (took) => took.service / took.map), limits.list],
];
process.stdout.write(
  `${tableOf(
    ['ratio of paired rounds', 'median', 'spread'],
    ratios.map(([name, figures]) => {
      const { median, spread } = summarize(figures);
      return [name, median.toFixed(2), percent(spread)];
    }),
  )}\n`,
);
if (process.argv.includes('--judge')) {
  const over = ratios.filter(([, figures, limit]) => !(summarize(figures).median <= limit));
  const words = over.map(
    ([name, figures, limit]) => `${name}: ${summarize(figures).median.toFixed(2)}, at most ${limit} allowed`,
  );
  process.stdout.write(over.length === 0 ? 'ok\n' : `FAILED: ${words.join('; ')}\n`);
  if (over.length > 0) process.exitCode = 1;
}
