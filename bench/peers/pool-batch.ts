/** The session pool, in batches: numbers of sessions and codes of events, which whoever has such a batch has as numbers already. */
import { events, type Peer } from './part.js';
import { openPool } from './pool.js';

export const peer: Peer = {
  name: 'pool batch',
  packages: [],
  open(size, world) {
    const { pool, sessions } = openPool(size, world);
    const codes = Uint16Array.from(events, (event) => pool.codeOf(event));
    return {
      ready({ who, what }) {
        const chosen = who.map((one) => sessions[one] as number);
        const letters = Uint16Array.from(what, (one) => codes[one] as number);
        return () => void pool.dispatch(chosen, letters);
      },
      close: () => pool.dispose(),
      bytes: () => pool.bytes,
    };
  },
};
