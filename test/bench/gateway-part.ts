import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { fingerprintOf } from '#agent/gateway/fingerprint.ts';
import { parseTable } from '#agent/gateway/parse-table.ts';
import { runGateway } from '#agent/gateway/run.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { freePorts } from '#tools/host/free-port.ts';
import { createAuthority } from '#tools/playground/cluster/certificate.ts';
import { startChild } from './harness/child.ts';
import { pinned } from './harness/machine.ts';

/**
 * One process of the bench of gateways; says `ready …` when it is. `server`: answers `e` with itself, `b` with bytes
 * without end. `relay PORT`: copies bytes to that port. `gateway`: options as JSON in GATEWAY. `gateways PORT`: two of
 * them as children, with a port that leads to that one; says the port and their process ids.
 */
const [what, port] = process.argv.slice(2);
const parts: Readonly<Record<string, () => Promise<string>>> = {
  server: () => listen(createServer({ allowHalfOpen: true, noDelay: true }, serve)),
  relay: () => listen(createServer({ allowHalfOpen: true, noDelay: true }, relay)),
  gateway: oneGateway,
  gateways: bothGateways,
};
process.stdout.write(`ready ${await parts[what ?? '']?.()}\n`);

function serve(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.once('data', (first) => {
    if (String(first) !== 'b') {
      socket.end(first);
      return;
    }
    const block = Buffer.alloc(1024 * 1024);
    const write = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', write);
    write();
  });
}

function relay(near: Socket): void {
  const far = connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true, noDelay: true });
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far);
  far.pipe(near);
}

async function listen(server: Server): Promise<string> {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

async function oneGateway(): Promise<string> {
  const { keyPem, certificatePem, table, listenPort } = JSON.parse(process.env['GATEWAY'] ?? '') as {
    keyPem: string;
    certificatePem: string;
    table: unknown;
    listenPort: number;
  };
  const listening = Promise.withResolvers<void>();
  void runGateway(
    {
      onConfig: (listener) => listener({ keyPem, certificatePem, table: parseTable(JSON.stringify(table)) }),
      listen: { address: '127.0.0.1', port: listenPort },
      bindAddress: '127.0.0.1',
      health: { address: '127.0.0.1', port: 0 },
      log: createLogger({ name: 'gateway', destination: process.stderr, level: 'warn' }),
      random: Math.random,
      now: () => performance.now(),
      onListening: () => listening.resolve(),
    },
    new AbortController().signal,
  ).catch(listening.reject);
  await listening.promise;
  return String(listenPort);
}

async function bothGateways(): Promise<string> {
  const [near = 0, far = 0, endpoint = 0] = await freePorts(3);
  const [eu, us] = await Promise.all([createAuthority('eu', new Date()), createAuthority('us', new Date())]);
  const print = (certificate: string) => fingerprintOf(new X509Certificate(certificate));
  const id = 'us/pod/80';
  const start = async (key: typeof eu, listenPort: number, table: object) => {
    process.env['GATEWAY'] = JSON.stringify({
      keyPem: key.key,
      certificatePem: key.certificate,
      listenPort,
      table: { version: 1, revision: '1', ...table },
    });
    const self = fileURLToPath(import.meta.url);
    return startChild(pinned(Number.POSITIVE_INFINITY, [process.execPath, self, 'gateway']), /^ready/m);
  };
  const target = { address: '127.0.0.1', port: Number(port) };
  const provider = await start(us, far, {
    clusterID: 'us',
    peers: { eu: { fingerprint: print(eu.certificate), endpoints: { [id]: target } } },
    ports: {},
  });
  const consumer = await start(eu, near, {
    clusterID: 'eu',
    peers: { us: { fingerprint: print(us.certificate), dial: [`127.0.0.1:${far}`], endpoints: {} } },
    ports: { [endpoint]: { peer: 'us', endpoint: id } },
  });
  while (!(await works(endpoint)));
  return [endpoint, provider.pid, consumer.pid].join(' ');
}

function works(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('close', () => setTimeout(() => resolve(false), 50));
    socket.write('e');
  });
}
