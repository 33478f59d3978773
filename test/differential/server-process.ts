import { createRandom } from './random.ts';
import { startOurs } from './servers.ts';
import { makeWorld } from './world.ts';

// Our server alone with the world of a seed, so that its memory can be told: `node server-process.ts SEED NAMES IO`.
const [seed = '1', names = '300', wish = 'auto'] = process.argv.slice(2);
const io = wish === 'ffi' || wish === 'dgram' ? wish : 'auto';
const stop = new AbortController();
const world = makeWorld(createRandom(Number(seed)), Number(names));
const { port } = await startOurs(world, stop.signal, { io });
process.once('SIGTERM', () => stop.abort());
process.stdout.write(`port ${port}\n`);
