import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { EndpointTarget, GatewayTable } from '#agent/model/gateway-table.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { endInOrderOnly, join } from './join.ts';
import { openStream, relayedHeader } from './open-stream.ts';
import type { Peer, Sessions } from './sessions.ts';
import type { Streams } from './streams.ts';
import type { GatewayTiming } from './timing.ts';

interface ServeParts {
  readonly table: () => GatewayTable;
  readonly sessions: Sessions;
  readonly streams: Streams;
  readonly timing: GatewayTiming;
  readonly log: Logger;
}

const cancelAfterMs = 1000;

/** What becomes of a stream that a peer opened: connected, or refused with a status (RFC 9110 15) and the reason. */
export type Judgement =
  | { readonly kind: 'connect'; readonly address: string; readonly port: number }
  | { readonly kind: 'relay'; readonly peer: string }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string };

/**
 * Judges by the key that the connection was made with: only what the table lists for that very peer is ever reached.
 * An endpoint of another one and one that does not exist look the same from outside.
 */
export function judge(
  peer: string,
  request: { readonly method: unknown; readonly endpoint: string | undefined; readonly relayed: boolean },
  table: GatewayTable,
): Judgement {
  const { method, endpoint, relayed } = request;
  if (method !== 'CONNECT') return refuse(405, 'it is not a CONNECT');
  if (endpoint === undefined) return refuse(400, 'its authority is not an endpoint id');
  const target = own(own(table.peers, peer)?.endpoints, endpoint);
  if (target === undefined) return refuse(403, 'the table does not let this peer reach it');
  if (!('relay' in target)) return { kind: 'connect', address: target.address, port: target.port };
  if (relayed) return refuse(508, 'it was passed on once already');
  if (target.relay === peer) return refuse(508, 'it would go back to where it came from');
  return { kind: 'relay', peer: target.relay };
}

/** Answers a stream that a peer opened, and pipes it. Never throws. */
export function serveStream(
  peer: Peer,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  parts: ServeParts,
): void {
  const { streams, timing, log, table } = parts;
  stream.on('error', () => undefined);
  // Reset by the peer before this turn came: nobody would hear of its close.
  if (stream.destroyed) return;
  const endpoint = decode(headers[':authority']);
  if (streams.count('in', peer.id) >= timing.maxStreams) {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return;
  }
  streams.add('in', peer.id, endpoint ?? '', stream);
  const relayed = headers[relayedHeader] !== undefined;
  const judgement = judge(peer.id, { method: headers[':method'], endpoint, relayed }, table());
  if (judgement.kind === 'connect') connect(stream, judgement, parts);
  else if (judgement.kind === 'relay') relay(stream, judgement.peer, endpoint ?? '', parts);
  else {
    log.debug({ peer: peer.id, endpoint, reason: judgement.reason }, 'a stream of a peer is refused');
    answer(stream, judgement.status);
  }
}

function connect(
  stream: ServerHttp2Stream,
  { address, port }: Exclude<EndpointTarget, { relay: string }>,
  { timing, log }: ServeParts,
): void {
  const socket = new Socket({ allowHalfOpen: true });
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    timing.connectTimeoutMs,
  );
  const cancel = (): void => void socket.destroy();
  stream.once('close', cancel);
  socket.once('close', () => clearTimeout(timer));
  const refused = (error: NodeJS.ErrnoException): void => {
    log.debug({ address, port, error: error.code ?? error.message }, 'an endpoint cannot be connected to');
    answer(stream, error.code === 'ETIMEDOUT' ? 504 : 502);
  };
  socket.once('error', refused);
  socket.connect(port, address, () => {
    socket.setNoDelay(true).setKeepAlive(true, 30_000);
    clearTimeout(timer);
    stream.off('close', cancel);
    socket.off('error', refused);
    accept(stream);
    join(socket, stream);
  });
}

function relay(stream: ServerHttp2Stream, peer: string, endpoint: string, parts: ServeParts): void {
  try {
    const onward = openStream(
      {
        peer,
        endpoint,
        relayed: true,
        onAnswer: (status) => {
          if (status === 200) accept(stream);
          else {
            answer(stream, status);
            onward.close(constants.NGHTTP2_CANCEL);
          }
        },
      },
      parts,
    );
    join(onward, stream);
  } catch (error) {
    parts.log.debug({ peer, endpoint, error }, 'a stream cannot be passed on');
    answer(stream, 502);
  }
}

function accept(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && !stream.closed && !stream.headersSent) respond(stream, 200);
}

/**
 * Says why not, drops whatever came or comes, and leaves it to the opener to cancel: an end of ours would reach its
 * client as an orderly one. An opener that does not cancel is not waited for.
 */
function answer(stream: ServerHttp2Stream, status: number): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  respond(stream, status);
  stream.resume();
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), cancelAfterMs);
  stream.once('close', () => clearTimeout(timer));
}

function respond(stream: ServerHttp2Stream, status: number): void {
  endInOrderOnly(stream);
  stream.respond({ ':status': status }, { waitForTrailers: true });
}

function decode(authority: string | undefined): string | undefined {
  try {
    return authority === undefined || authority.length > 1024 ? undefined : decodeURIComponent(authority);
  } catch {
    return undefined;
  }
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function refuse(status: number, reason: string): Judgement {
  return { kind: 'refuse', status, reason };
}
