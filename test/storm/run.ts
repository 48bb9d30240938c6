/**
 * `npm run storm -- --seed N --sessions N --hours N`: long storms over the service, and with `--steps N` over the pure chart, with a bar
 * that says how far it is. It ends with 1 when a law was broken, and leaves the smallest schedule that breaks it in `test/storm/corpus`.
 */
import { fullRules, smallRules } from '../../machines/index.js';
import { runStorm, type StormResult } from './commands.js';
import { corpus, help, readOrder, type StormOrder } from './order.js';
import { PureStorm } from './pure.js';

/** A bar at a terminal, a line each tenth elsewhere. */
function createBar(what: string, of: number): (done: number) => void {
  const begin = performance.now();
  let tenth = -1;
  return (done) => {
    const part = of === 0 ? 1 : Math.min(1, done / of);
    const seconds = (performance.now() - begin) / 1000;
    const left = part > 0 ? `${Math.ceil((seconds / part) * (1 - part))} s left` : '';
    const text = `${what} [${'#'.repeat(Math.round(part * 30)).padEnd(30, '.')}] ${Math.min(done, of)} of ${of}, ${seconds.toFixed(0)} s, ${left}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001B[K${part === 1 ? '\n' : ''}`);
    else if (Math.floor(part * 10) > tenth) {
      tenth = Math.floor(part * 10);
      process.stderr.write(`${text}\n`);
    }
  };
}

async function service(seed: number, sessions: number, hours: number): Promise<boolean> {
  const bar = createBar('service', sessions);
  const portion = 100;
  const sum = { schedules: 0, deeds: 0, steps: 0, hours: 0 };
  for (let done = 0; done < sessions; done += portion) {
    const schedules = Math.min(portion, sessions - done);
    const result: StormResult = await runStorm({ seed: seed + done / portion, schedules, hours, corpus });
    for (const key of ['schedules', 'deeds', 'steps', 'hours'] as const) sum[key] += result[key];
    if (result.failure) {
      const { breaches, deeds, file } = result.failure;
      const again = `--seed ${seed + done / portion} --sessions ${schedules}${hours > 0 ? ` --hours ${hours}` : ''}`;
      process.stderr.write(`\n${[...deeds, ...breaches].join('\n')}\nkept as ${file}; again with ${again}\n`);
      return false;
    }
    bar(done + schedules);
  }
  process.stdout.write(
    `service: ${sum.schedules} schedules, ${sum.deeds} deeds, ${sum.steps} steps, ${sum.hours.toFixed(0)} simulated hours, no law broken (seed ${seed})\n`,
  );
  return true;
}

function pure(seed: number, steps: number, isFull: boolean): boolean {
  const bar = createBar('chart', steps);
  const storm = new PureStorm({ rules: isFull ? fullRules : smallRules });
  let done = 0;
  let strays = 0;
  for (let next = seed; done < steps; next += 200) {
    const result = storm.run({ seed: next, schedules: 200 });
    done += result.steps;
    strays += result.strays;
    if (result.failure) {
      process.stderr.write(`\n${JSON.stringify(result.failure, null, 2)}\n`);
      return false;
    }
    bar(done);
  }
  process.stdout.write(`chart: ${done} steps, ${strays} of them by strays, no law broken (seed ${seed})\n`);
  return true;
}

async function main(args: readonly string[]): Promise<number> {
  let order: StormOrder | undefined;
  try {
    order = readOrder(args, Date.now());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (!order) {
    process.stdout.write(help);
    return 0;
  }
  const { seed, sessions, hours, steps, isFull } = order;
  const isCalm = (steps === 0 || pure(seed, steps, isFull)) && (sessions === 0 || (await service(seed, sessions, hours)));
  return isCalm ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
