import { constants, type Http2Stream } from 'node:http2';
import type { GatewayTable } from '#agent/model/gateway-table.ts';

/** A stream as it is counted. */
interface Open {
  readonly stream: Http2Stream;
  /** Decoded endpoint id, as the peer or a port of ours named it. */
  readonly endpoint: string;
}

/** `in`: the peer asked for an endpoint of ours. `out`: we asked the peer. */
type Direction = 'in' | 'out';

/** Every stream that is open, by peer: what limits and table changes are applied to. */
export class Streams {
  readonly #open = { in: new Map<string, Set<Open>>(), out: new Map<string, Set<Open>>() };
  #count = 0;
  #onEmpty: (() => void) | undefined;

  /** Counts a stream until it closes. */
  add(direction: Direction, peer: string, endpoint: string, stream: Http2Stream): void {
    const all = this.#open[direction];
    const ofPeer = all.get(peer) ?? new Set();
    all.set(peer, ofPeer);
    const entry = { stream, endpoint };
    ofPeer.add(entry);
    this.#count++;
    stream.once('close', () => {
      ofPeer.delete(entry);
      if (ofPeer.size === 0 && all.get(peer) === ofPeer) all.delete(peer);
      if (--this.#count === 0) this.#onEmpty?.();
    });
  }

  count(direction: Direction, peer: string): number {
    return this.#open[direction].get(peer)?.size ?? 0;
  }

  /** Cancels what peers opened to endpoints that the table does not let them reach any longer. */
  endRemoved(table: GatewayTable): void {
    for (const [peer, open] of this.#open.in) {
      const endpoints = Object.hasOwn(table.peers, peer) ? table.peers[peer]?.endpoints : undefined;
      for (const { stream, endpoint } of open)
        if (endpoints === undefined || !Object.hasOwn(endpoints, endpoint))
          stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  /**
   * Cuts streams of a peer, those with most unread bytes first, until all of them together hold no more than half of
   * `maxBytes`; nothing while they hold no more than `maxBytes`. Resolves to how many.
   */
  cutUnread(peer: string, maxBytes: number): number {
    const all = (['in', 'out'] as const).flatMap((direction) => [...(this.#open[direction].get(peer) ?? [])]);
    let sum = all.reduce((total, { stream }) => total + stream.readableLength, 0);
    if (sum <= maxBytes) return 0;
    let cut = 0;
    for (const { stream } of all.toSorted((a, b) => b.stream.readableLength - a.stream.readableLength)) {
      if (sum <= maxBytes / 2) break;
      sum -= stream.readableLength;
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      cut++;
    }
    return cut;
  }

  /** Resolves when no stream is open. */
  empty(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
