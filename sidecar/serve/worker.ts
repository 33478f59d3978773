import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { chooseDatagrams } from '#core/datagram/choose.ts';
import type { Datagrams } from '#core/datagram/datagrams.ts';
import { dgramDatagrams } from '#core/datagram/dgram-datagrams.ts';
import { fallingBack } from '#core/datagram/falling-back.ts';
import { kernelBuffers } from '#core/datagram/kernel-buffers.ts';
import { openLibc } from '#core/datagram/libc.ts';
import { createAnswerer } from './answerer.ts';
import { COUNTER, count, IO_WAY } from './counters.ts';
import { noFfi } from './errors.ts';
import { guarded } from './guard.ts';
import { createListeners } from './listeners.ts';
import { BEAT_MS } from './pulse.ts';
import { createQueryRecorder } from './query-ring.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createSettings } from './settings.ts';
import { tcpOver } from './tcp.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';
import { udpOver } from './udp.ts';

const RETRY_MS = 5000;

// The DNS thread: owns all sockets and the table that it answers from, and does nothing else, so that neither
// parsing nor garbage of the main thread delays an answer.
if (parentPort !== null) void serveThread(parentPort, workerData as ThreadData);

async function serveThread(port: MessagePort, data: ThreadData): Promise<void> {
  const { seed, counters, tallies, tcpLimits: limits, queryLog, shares } = data;
  const now = () => performance.now();
  const tell = (message: FromThread) => port.postMessage(message);
  setInterval(() => count(counters, COUNTER.BEATS), BEAT_MS).unref();
  const answerer = createAnswerer({
    seed,
    settings: createSettings({ ...data.told, tallies, nowSeconds: () => Math.floor(Date.now() / 1000) }),
    counters,
    onFailure: (cause) =>
      tell({
        kind: 'problem',
        problem: {
          code: 'query-failed',
          message: 'A query could not be answered because of a fault of this program; it got SERVFAIL.',
          hint: 'Please report it with the cause. Further ones are only counted.',
          cause,
        },
      }),
  });
  const answer = guarded({
    answer: answerer.answer,
    limiter: createRateLimiter(data.rateLimits, counters, seed),
    counters,
    queryLog: queryLog && { recorder: createQueryRecorder(queryLog.ring), oneIn: queryLog.oneIn },
  });
  const datagrams = await openDatagrams(data, tell);
  const libc = counters[COUNTER.IO_WAY] === IO_WAY.FFI ? openLibc() : undefined;
  const setKernelBuffers = libc === undefined || 'reason' in libc ? undefined : kernelBuffers(libc);
  const listeners = createListeners({
    openUdp: udpOver({ answer, counters, datagrams, shares }),
    openTcp: shares === 'joins' ? undefined : tcpOver({ answer, counters, limits, now, setKernelBuffers }),
    retryMs: RETRY_MS,
    onProblem: (problem) => tell({ kind: 'problem', problem }),
    onListening: (sockets) => tell({ kind: 'listening', sockets }),
  });

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'patch':
        answerer.patch(Buffer.from(message.bytes.buffer));
        break;
      case 'places':
        answerer.setPlaces(message.tree);
        break;
      case 'listen':
        void listeners.listen(message.addresses).then(() => tell({ kind: 'settled' }));
        break;
      case 'close':
        void listeners.close().then(() => port.close());
        break;
    }
  });
}

async function openDatagrams(
  { io, counters }: ThreadData,
  tell: (message: FromThread) => void,
): Promise<Datagrams> {
  const { way, datagrams, reason } = await chooseDatagrams(io);
  counters[COUNTER.IO_WAY] = way === 'ffi' ? IO_WAY.FFI : IO_WAY.DGRAM;
  tell({ kind: 'io', way, reason });
  if (io === 'ffi' && reason !== undefined) tell({ kind: 'problem', problem: noFfi(reason) });
  if (way === 'dgram') return datagrams;
  return fallingBack(datagrams, dgramDatagrams, (error) => {
    counters[COUNTER.IO_WAY] = IO_WAY.DGRAM;
    tell({ kind: 'problem', problem: noFfi((error as Error).message, error) });
  });
}
