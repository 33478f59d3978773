import { constants, type Http2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Copies bytes both ways, each as fast as the other side takes them. An end is passed on as an end (half-close), a
 * failure as a failure: a TCP connection is reset, a stream is cancelled. Both are gone when either has failed or both
 * have ended.
 */
export function join(left: Duplex, right: Duplex): void {
  pass(left, right);
  pass(right, left);
  failTogether(left, right);
  failTogether(right, left);
}

function pass(from: Duplex, to: Duplex): void {
  // Node emits `end` for a cancelled stream too, just before `close`.
  from.pipe(to, { end: false });
  from.once('end', () => {
    if (cancelled(from)) abort(to);
    else to.end();
  });
}

/** Ends a connection or stream so that the other side sees a failure, not an end. */
export function abort(side: Duplex): void {
  if (side.destroyed) return;
  if (!(side instanceof Socket)) (side as Http2Stream).close(constants.NGHTTP2_CANCEL);
  else if (side.connecting) side.destroy();
  else if (side.writableEnded && !side.writableFinished) {
    // The end came in order and its bytes are on their way; libuv cannot reset meanwhile (EINVAL).
    side.setTimeout(lastBytesMs, () => side.destroy());
    side.destroySoon();
  } else side.resetAndDestroy();
}

/**
 * To be called on a stream that was opened or answered with `waitForTrailers`: its end is sent only when it was
 * written in order. Node ends every stream that it cancels, and the end would arrive before the reset (RST_STREAM).
 */
export function endInOrderOnly(stream: Http2Stream & { sendTrailers(headers: object): void }): void {
  // No trailers: an empty DATA frame with END_STREAM.
  stream.once('wantTrailers', () => {
    if (!stream.closed && !stream.destroyed) stream.sendTrailers({});
  });
}

const lastBytesMs = 10_000;

function failTogether(one: Duplex, other: Duplex): void {
  if (one.destroyed) {
    abort(other);
    return;
  }
  one.once('error', () => abort(other));
  one.once('close', () => {
    if (failed(one)) abort(other);
  });
}

function failed(side: Duplex): boolean {
  // A stream of HTTP/2 may close before `finish` was emitted; that its end was written is enough.
  return !side.readableEnded || !side.writableEnded || cancelled(side);
}

function cancelled(side: Duplex): boolean {
  return !(side instanceof Socket) && (side as Http2Stream).rstCode !== constants.NGHTTP2_NO_ERROR;
}
