/**
 * How long clients of known libraries wait before they try again, each as its own source says it by default; and ours, by the very function
 * that the driver asks. It must never hold a state of its own: what a wait depends on is handed in.
 */
import { defaultPolicy } from '../policy.js';
import { nextRetry, noHistory, type RetryHistory } from '../retry.js';

/** What a wait depends on. Times are milliseconds. */
export interface HerdSituation {
  /** Which wait since the line was lost: 1 is the first. */
  readonly attempt: number;
  readonly lostAt: number;
  readonly now: number;
}

export interface HerdPolicy {
  readonly name: string;
  /** In words, for tables. */
  readonly waits: string;
  readonly jitter: string;
  readonly cap: string;
  readonly givesUp: string;
  /** Where the numbers stand. */
  readonly source: string;
  /** How long an attempt may take before the client abandons it, ms. */
  readonly limit: number;
  /**
   * The next wait, ms; undefined: the client gives up.
   * @param random numbers in [0, 1); drawn only where the rule draws one
   */
  wait(situation: HerdSituation, random: () => number): number | undefined;
}

/** Where a library sets no limit of its own, the connection attempts of the usual systems last about so long. */
const hostLimit = 120_000;

const { retry } = defaultPolicy;

const rows = {
  'presence-machine': {
    waits: 'random x 5 s, then random x 1 s x 2^n; after 2 min up to 5 min',
    jitter: 'full',
    cap: '60 s, later 300 s',
    givesUp: 'never',
    source: 'the default policy of this package',
    limit: defaultPolicy.connectTimeout,
    wait({ attempt, lostAt, now }, random) {
      // One loss, and failures since: the history that the driver would have, without keeping it for each of a million.
      const history: RetryHistory = { tries: attempt - 1, failingSince: lostAt, losses: [lostAt] };
      return attempt === 1
        ? nextRetry(noHistory, { cause: 'loss', now, onlineFor: retry.healthyAfter }, defaultPolicy, random()).wait
        : nextRetry(history, { cause: 'failure', now }, defaultPolicy, random()).wait;
    },
  },
  // Ably's specification, RTN14d, RTN14e, RTN15a and RTB1: at once after a loss, then 15 s x min((n + 2) / 3, 2) x 0.8 to 1; after
  // connectionStateTtl (120 s) suspended, 30 s. Its fallback hosts are not here: this herd has one server.
  ably: {
    waits: 'at once, 15 s to 30 s by thirds; after 2 min 30 s',
    jitter: '0.8 to 1; none after 2 min',
    cap: '30 s',
    givesUp: 'never',
    source: 'ably/specification features.md RTB1, ably-js src/common/lib/util/defaults.ts',
    limit: 10_000,
    wait({ attempt, lostAt, now }, random) {
      if (attempt === 1) return 0;
      if (now - lostAt >= 120_000) return 30_000;
      return 15_000 * Math.min((attempt - 1 + 2) / 3, 2) * (0.8 + 0.2 * random());
    },
  },
  // The manager waits 1 s after a close. A socket that does not open is the strategy's: one whose turn fails early still takes its whole turn, and
  // turns last 15 s, 30 s, then 60 s. Its fallbacks to HTTP are not here.
  pusher: {
    waits: '1 s, then 15, 30, 60 s',
    jitter: 'none',
    cap: '60 s',
    givesUp: 'never',
    source:
      'pusher-js src/core/connection/connection_manager.ts, src/core/strategies/sequential_strategy.ts, default_strategy.ts',
    limit: 15_000,
    wait: ({ attempt }) => [1_000, 15_000, 30_000][attempt - 1] ?? 60_000,
  },
  signalr: {
    waits: '0, 2, 10, 30 s',
    jitter: 'none',
    cap: '30 s',
    givesUp: 'after the 4th',
    source: 'dotnet/aspnetcore src/SignalR/clients/ts/signalr/src/DefaultReconnectPolicy.ts; server timeout in HubConnection.ts',
    limit: 30_000,
    wait: ({ attempt }) => [0, 2_000, 10_000, 30_000][attempt - 1],
  },
  // The cap comes after the jitter: from the fifth attempt on even the shortest wait is above it, and all wait the same 5 s.
  'socket.io': {
    waits: '1 s x 2^n, up to 5 s',
    jitter: '0.5; none at the cap',
    cap: '5 s',
    givesUp: 'never',
    source: 'socketio/socket.io packages/socket.io-client lib/manager.ts, lib/contrib/backo2.ts',
    limit: 20_000,
    wait({ attempt }, random) {
      const wait = 1_000 * 2 ** (attempt - 1);
      const drawn = random();
      const deviation = Math.floor(drawn * 0.5 * wait);
      // The same number chooses the side: by its first decimal, even is earlier.
      return Math.min(Math.floor(drawn * 10) % 2 === 0 ? wait - deviation : wait + deviation, 5_000);
    },
  },
  phoenix: {
    waits: '10, 50, 100, 150, 200, 250, 500, 1000, 2000 ms, then 5 s',
    jitter: 'none',
    cap: '5 s',
    givesUp: 'never',
    source: 'phoenixframework/phoenix assets/js/phoenix/socket.js; phoenix#4045',
    limit: hostLimit,
    wait: ({ attempt }) => [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000][attempt - 1] ?? 5_000,
  },
  'xmpp.js': {
    waits: '1 s',
    jitter: 'none',
    cap: '1 s',
    givesUp: 'never',
    source: 'xmppjs/xmpp.js packages/reconnect/index.js; timeout of packages/connection/index.js',
    limit: 2_000,
    wait: () => 1_000,
  },
} satisfies Readonly<Record<string, Omit<HerdPolicy, 'name'>>>;

/** By name, ours first. */
export const policies: ReadonlyMap<string, HerdPolicy> = new Map(
  Object.entries<Omit<HerdPolicy, 'name'>>(rows).map(([name, row]) => [name, { name, ...row }]),
);
export const policyNames: readonly string[] = [...policies.keys()];
