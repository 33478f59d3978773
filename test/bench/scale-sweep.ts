import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';

/** Questions that wait for their reply at once: as many as the socket's buffer surely holds. */
const window = 256;
/** After this long without a reply a question is asked again. */
const againMs = 300;
/** The same after a reply that was not taken: a server that is asked in a tight loop would be measured busy with that. */
const restMs = 20;

/**
 * Asks for the A records of all these names over one UDP socket, each until `accept` takes the sorted addresses, and
 * resolves with `performance.now()` of the last that it took. Rejects after `timeoutMs` with how many are missing.
 */
export async function sweep(
  port: number,
  names: readonly string[],
  accept: (addresses: readonly string[]) => boolean,
  timeoutMs: number,
): Promise<number> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  // Refused while nobody listens yet.
  socket.on('error', () => undefined);
  const questions = names.map((name, number) =>
    encode({ type: 'query', id: number, questions: [{ type: 'A', name }] }),
  );
  const open = new Set(names.keys());
  const asked = new Map<number, number>();
  const notBeforeMs = new Map<number, number>();
  let lastMs = Number.NaN;
  let wake = Promise.withResolvers<void>();
  socket.on('message', (bytes) => {
    const number = bytes.readUInt16BE(0);
    asked.delete(number);
    const { answers = [], rcode } = decode(bytes) as ReturnType<typeof decode> & { rcode?: string };
    const addresses = answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : [])).sort();
    if (rcode === 'NOERROR' && accept(addresses) && open.delete(number)) lastMs = performance.now();
    else notBeforeMs.set(number, performance.now() + restMs);
    wake.resolve();
  });
  const endMs = performance.now() + timeoutMs;
  try {
    while (open.size > 0) {
      const nowMs = performance.now();
      if (nowMs > endMs)
        throw new Error(`${open.size} of ${names.length} names not as they should be within ${timeoutMs} ms`);
      for (const [number, askedMs] of asked) if (nowMs - askedMs > againMs) asked.delete(number);
      for (const number of open) {
        if (asked.size >= window) break;
        if (asked.has(number) || (notBeforeMs.get(number) ?? 0) > nowMs) continue;
        // Behind those that were not asked yet.
        open.delete(number);
        open.add(number);
        asked.set(number, nowMs);
        socket.send(questions[number] as Uint8Array);
      }
      wake = Promise.withResolvers<void>();
      await Promise.race([wake.promise, pause(5)]);
    }
    return lastMs;
  } finally {
    socket.close();
  }
}
