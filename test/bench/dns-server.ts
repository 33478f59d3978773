import { createLogger } from '#core/telemetry/logger.ts';
import { startDnsServer } from '#sidecar/serve/server.ts';
import { benchAnswers, benchApex, benchNames } from './dns-names.ts';

// Our DNS server alone, as its own process: `node test/bench/dns-server.ts COUNT auto|ffi|dgram THREADS`. Says its port, ends with SIGTERM.
const [count, threads] = [Number(process.argv[2]), Number(process.argv[4] ?? 1)];
const io = process.argv[3] === 'ffi' || process.argv[3] === 'dgram' ? process.argv[3] : 'auto';
const stop = new AbortController();
const log = createLogger({ name: 'bench', level: 'warn', destination: process.stderr });
const server = await startDnsServer(
  {
    io,
    threads,
    listen: [{ address: '127.0.0.1', port: 0 }],
    onProblem: (problem) => log.error({ ...problem }, problem.message),
    log,
  },
  stop.signal,
);
server.patch({
  zones: [benchApex],
  names: benchNames(count).map(({ name, addresses }) => benchAnswers(name, { kind: 'rotate', addresses })),
  removed: [],
});
process.once('SIGTERM', () => stop.abort());
while (server.counters().snapshot.names < count) await new Promise((later) => setTimeout(later, 5));
process.stdout.write(`port ${server.listening()[0]?.port}\n`);
