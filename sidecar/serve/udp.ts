import { isIPv6 } from 'node:net';
import type { Datagrams, Responder, Sharing } from '#core/datagram/datagrams.ts';
import { SAFE_UDP_BYTES } from '#core/wire/constants.ts';
import type { Answer } from './answerer.ts';
import { createClient } from './client.ts';
import { COUNTER, type Counters, count, countBatch } from './counters.ts';
import type { OpenSocket } from './listeners.ts';
import { isAnsweredPort } from './source-port.ts';

/** DNS over UDP, read and written by `datagrams`. */
export function udpOver(options: {
  readonly answer: Answer;
  readonly counters: Counters;
  readonly datagrams: Datagrams;
  readonly shares: Sharing;
}): OpenSocket {
  const { datagrams, shares } = options;
  return (address, port, onLost) => {
    const transport = isIPv6(address) ? COUNTER.UDP6 : COUNTER.UDP4;
    return datagrams.open({ address, port, shares }, responderOf(options, transport), onLost);
  };
}

function responderOf(
  { answer, counters }: { readonly answer: Answer; readonly counters: Counters },
  transport: number,
): Responder {
  const client = createClient(transport);
  return {
    sender: client,
    replyBytes: SAFE_UDP_BYTES,
    respond: (bytes, length, out) => {
      if (!isAnsweredPort(client.port)) {
        count(counters, COUNTER.REFUSED_PORT);
        return 0;
      }
      return answer(bytes, length, client, out);
    },
    onBatch: (messages, seconds) => countBatch(counters, messages, seconds),
    onTrouble: (what) => count(counters, trouble[what]),
  };
}

const trouble = {
  receive: COUNTER.RECEIVE_FAILED,
  send: COUNTER.SEND_FAILED,
  full: COUNTER.SEND_QUEUE_FULL,
} as const;
