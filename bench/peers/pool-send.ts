/** The session pool, an event object at a time. */
import { events, type Peer } from './part.js';
import { openPool } from './pool.js';

export const peer: Peer = {
  name: 'pool.send',
  packages: [],
  open(size, world) {
    const { pool, sessions } = openPool(size, world);
    return {
      ready:
        ({ who, what }) =>
        () => {
          for (let at = 0; at < who.length; at++)
            pool.send(sessions[who[at] as number] as number, events[what[at] as number] as (typeof events)[number]);
        },
      close: () => pool.dispose(),
      bytes: () => pool.bytes,
    };
  },
};
