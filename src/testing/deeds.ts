/**
 * The alphabet of a storm: what can be done to a service, its server and the weather between them, as plain data that can be written down,
 * made smaller and done again. Types and names only.
 */
import type { Reason, SettableStatus } from '../../machines/index.js';
import type { Gale, WeatherVerb } from './weather.js';

/** One thing that happens. Plain data, so that a failing storm is read at a glance and made smaller. Times are milliseconds. */
export type Deed = Act & {
  /** Turns of the microtask queue until the next deed, which then falls in between; left out: as many as anything needs. */
  readonly turns?: number;
};

export type Act =
  | { readonly do: 'signin'; readonly who: 'ann' | 'bob' | 'wrong'; readonly status?: SettableStatus; readonly note?: string }
  | { readonly do: 'autoSignin' | 'signout' }
  | { readonly do: 'setStatus'; readonly status: SettableStatus; readonly note?: string; readonly lasts?: number }
  | { readonly do: 'environment'; readonly network?: boolean; readonly awake?: boolean; readonly userActive?: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  /** The wall clock leaps; what is due comes with the next `advance`. */
  | { readonly do: 'jump'; readonly ms: number }
  /** The server breaks the line. */
  | { readonly do: 'lose'; readonly reason: Reason }
  | { readonly do: 'shutdown' | 'restart' }
  /** The next so many calls of a verb fail. */
  | {
      readonly do: 'fail';
      readonly verb: WeatherVerb;
      readonly reason: Reason | 'no error';
      readonly times?: number;
      readonly retryAfterMs?: number;
    }
  /** From now on this verb is never answered, or answered again. */
  | { readonly do: 'silent'; readonly verb: WeatherVerb; readonly on: boolean }
  | ({ readonly do: 'blow'; readonly verb: WeatherVerb } & Gale)
  | { readonly do: 'lossDelay'; readonly ms: number }
  /** The lines that stand fall silent, and nobody is told before the calm. */
  | { readonly do: 'halfOpen' }
  /** An event of some link, told before, is told again. */
  | { readonly do: 'echo'; readonly back: number }
  | { readonly do: 'calm' }
  /** The token of the app has expired; `renewed`: its credentials function has the new one. */
  | { readonly do: 'expireToken'; readonly renewed: boolean }
  /** The app is killed, and begins again from its last snapshot after a while. */
  | { readonly do: 'reborn'; readonly pause: number };

export const stormUsers = { ann: 'ann@example.com', bob: 'bob@example.com' } as const;
/** Of the server's users; pretended, like everything here. */
export const passwords: Readonly<Record<string, string>> = {
  [stormUsers.ann]: 'correct-horse',
  [stormUsers.bob]: 'battery-staple',
};
