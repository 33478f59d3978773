import { SourceError } from '#core/source/errors.ts';

/** A line longer than this is not from an API server: objects end at a few megabytes. */
const longest = 64 * 1024 * 1024;

const newline = 0x0a;

/**
 * Cuts a stream of bytes into the lines that have ended; what is left when the stream ends is half a line and is
 * dropped. A line that comes in many pieces is put together once. Throws SourceError `unavailable` on a line
 * without end.
 */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const last = chunk.subarray(start, end);
      start = end + 1;
      if (pieces.length === 0) yield last;
      else {
        yield Buffer.concat([...pieces, last]);
        pieces = [];
        length = 0;
      }
    }
    if (start === chunk.length) continue;
    pieces.push(start === 0 ? chunk : chunk.subarray(start));
    length += chunk.length - start;
    if (length > longest)
      throw new SourceError('unavailable', `a line of the stream is longer than ${longest} bytes`);
  }
}
