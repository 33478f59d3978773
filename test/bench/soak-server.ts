import { createLogger } from '#core/telemetry/logger.ts';
import { startDnsServer } from '#sidecar/serve/server.ts';
import { benchApex } from './dns-names.ts';
import { changedAnswers, clockName, hostOf, SOAK_HOSTS, soakName } from './soak-names.ts';

// Our DNS server, changed 10 times a second: `node test/bench/soak-server.ts ffi|dgram`. Says its port; SIGUSR2 stops
// the changes or has them go on, SIGTERM ends it.
const stop = new AbortController();
const log = createLogger({ name: 'bench', level: 'warn', destination: process.stderr });
const server = await startDnsServer(
  {
    io: process.argv[2] === 'dgram' ? 'dgram' : 'ffi',
    listen: [{ address: '127.0.0.1', port: 0 }],
    onProblem: (problem) => log.error({ ...problem }, problem.message),
    log,
  },
  stop.signal,
);
let change = 2 * SOAK_HOSTS;
server.patch({
  zones: [benchApex],
  names: [
    changedAnswers(clockName, change),
    ...Array.from({ length: SOAK_HOSTS }, (_, k) => change - k).map((done) =>
      changedAnswers(soakName(hostOf(done)), done),
    ),
  ],
  removed: [],
});
let isChanging = true;
process.on('SIGUSR2', () => {
  isChanging = !isChanging;
});
const timer = setInterval(() => {
  if (!isChanging) return;
  change += 1;
  server.patch({
    names: [changedAnswers(soakName(hostOf(change)), change), changedAnswers(clockName, change)],
    removed: [],
  });
}, 100);
process.once('SIGTERM', () => {
  clearInterval(timer);
  stop.abort();
});
while (server.counters().snapshot.names <= SOAK_HOSTS) await new Promise((later) => setTimeout(later, 5));
process.stdout.write(`port ${server.listening()[0]?.port}\n`);
