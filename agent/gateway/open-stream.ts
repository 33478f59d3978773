import type { ClientHttp2Stream } from 'node:http2';
import { GatewayError } from './errors.ts';
import { endInOrderOnly } from './join.ts';
import type { Sessions } from './sessions.ts';
import type { Streams } from './streams.ts';
import type { GatewayTiming } from './timing.ts';

/** Says on a stream that a gateway passes it on: it is not passed on once more. */
export const relayedHeader = 'x-interspan-relayed';

/**
 * Opens a CONNECT stream (RFC 9113 8.5) to an endpoint over a session towards the peer. Bytes may be written at once;
 * `onAnswer` gets the other gateway's status, 504 when it is silent for too long.
 * @throws GatewayError `noLink` when no session takes one
 */
export function openStream(
  options: {
    readonly peer: string;
    /** Decoded. */
    readonly endpoint: string;
    readonly relayed: boolean;
    readonly onAnswer: (status: number) => void;
  },
  parts: { readonly sessions: Sessions; readonly streams: Streams; readonly timing: GatewayTiming },
): ClientHttp2Stream {
  const { peer, endpoint, relayed, onAnswer } = options;
  const { sessions, streams, timing } = parts;
  const session = sessions.towards(peer);
  if (session === undefined)
    throw new GatewayError('noLink', `there is no connection to the gateway of ${peer}`);
  if (streams.count('out', peer) >= timing.maxStreams)
    throw new GatewayError('noLink', `${timing.maxStreams} streams to ${peer} are open, which is the limit`);
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':authority': encodeURIComponent(endpoint),
      ...(relayed ? { [relayedHeader]: '1' } : {}),
    },
    { endStream: false, waitForTrailers: true },
  );
  endInOrderOnly(stream);
  // Who joins it acts on its close; without a listener an error would end the process.
  stream.on('error', () => undefined);
  streams.add('out', peer, endpoint, stream);
  const timer = setTimeout(() => onAnswer(504), timing.answerTimeoutMs);
  stream.once('close', () => clearTimeout(timer));
  stream.once('response', (headers) => {
    clearTimeout(timer);
    onAnswer(Number(headers[':status']));
  });
  return stream;
}
