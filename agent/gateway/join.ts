import { constants, type Http2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Copies bytes both ways, each as fast as the other side takes them. An end is passed on as an end (half-close), a
 * failure as a failure: a TCP connection is reset, a stream is cancelled. Both are gone when either has failed or both
 * have ended.
 */
export function join(left: Duplex, right: Duplex): void {
  for (const side of [left, right])
    if (side.destroyed) {
      abort(left);
      abort(right);
      return;
    }
  pass(left, right);
  pass(right, left);
}

function pass(from: Duplex, to: Duplex): void {
  let inOrder = false;
  from.pipe(to, { end: false });
  from.once('end', () => {
    // Node emits `end` for streams that are cancelled or lose their session too; those are destroyed by then.
    inOrder = !from.destroyed && !cancelled(from);
    if (inOrder) to.end();
    else abort(to);
  });
  from.once('error', () => abort(to));
  from.once('close', () => {
    // A stream of HTTP/2 may close before `finish` was emitted; that its end was written is enough.
    if (!inOrder || !from.writableEnded || cancelled(from)) abort(to);
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

function cancelled(side: Duplex): boolean {
  if (side instanceof Socket) return false;
  const { rstCode, aborted } = side as Http2Stream;
  return aborted || rstCode !== constants.NGHTTP2_NO_ERROR;
}
