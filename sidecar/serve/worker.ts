import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createAnswerer } from './answerer.ts';
import { guarded } from './guard.ts';
import { createListeners } from './listeners.ts';
import { createQueryRecorder } from './query-ring.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createSettings } from './settings.ts';
import { tcpOver } from './tcp.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';
import { udpOver } from './udp.ts';

const RETRY_MS = 5000;

// The DNS thread: owns all sockets and the table that it answers from, and does nothing else, so that neither
// parsing nor garbage of the main thread delays an answer.
if (parentPort !== null) serveThread(parentPort, workerData as ThreadData);

function serveThread(port: MessagePort, data: ThreadData): void {
  const { seed, counters, tcpLimits: limits, queryLog } = data;
  const now = () => performance.now();
  const tell = (message: FromThread) => port.postMessage(message);
  const answerer = createAnswerer({
    seed,
    settings: createSettings({ ...data.told, nowSeconds: () => Math.floor(Date.now() / 1000) }),
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
    limiter: createRateLimiter(data.rateLimits, now, counters, seed),
    counters,
    queryLog: queryLog && { recorder: createQueryRecorder(queryLog.ring), oneIn: queryLog.oneIn },
  });
  const listeners = createListeners({
    openUdp: udpOver(answer, counters),
    openTcp: tcpOver({ answer, counters, limits, now }),
    retryMs: RETRY_MS,
    onProblem: (problem) => tell({ kind: 'problem', problem }),
    onListening: (sockets) => tell({ kind: 'listening', sockets }),
  });

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'patch':
        answerer.patch(Buffer.from(message.bytes.buffer));
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
