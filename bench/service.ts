/**
 * `tsx bench/service.ts [--quick]`: what the service costs over the bare actor, as a table; a part of `npm run bench`, too. It judges nothing; the limits stand in `gate.ts`.
 */
import { measureOverhead, print } from './overhead.js';

const isQuick = process.argv.includes('--quick');
const effort = isQuick ? { rounds: 3, times: 10, warm: 2 } : { rounds: 61, times: 250, warm: 20 };
console.log(print(await measureOverhead(effort), effort));
