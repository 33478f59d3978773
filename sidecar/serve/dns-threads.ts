import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import { type ClientTallies, createClientTallies } from './client-tallies.ts';
import { COUNTER, type Counters } from './counters.ts';
import { type DnsThread, keepDnsThread } from './dns-thread.ts';
import type { ListenSocket } from './errors.ts';
import type { ListenAddress } from './listeners.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** All DNS threads, each with all answers. */
export interface DnsThreads {
  /** Has every thread apply a patch. */
  patch(bytes: Uint8Array<ArrayBuffer>): void;
  /** Has every thread take clients' places from there. */
  setPlaces(tree: NetworkTree): void;
  listen(addresses: readonly ListenAddress[]): void;
  close(): Promise<void>;
}

/**
 * Keeps as many threads as there are `counters`. The first owns TCP and takes the UDP ports, exclusively towards other
 * programs; the others then join it there, and the kernel gives each a share of the senders (SO_REUSEPORT).
 */
export function keepDnsThreads(options: {
  readonly data: Omit<ThreadData, 'counters' | 'tallies' | 'shares'>;
  readonly counters: readonly Counters[];
  /** As many. */
  readonly tallies: readonly ClientTallies[];
  readonly restartMs: number;
  /** A patch with all that is answered; undefined before anything is. Called for each thread that starts. */
  readonly allAnswers: () => Uint8Array<ArrayBuffer> | undefined;
  /** Where clients are; undefined: nobody has said. Called for each thread that starts. */
  readonly places: () => NetworkTree | undefined;
  /** Where the first thread listens when it starts. */
  readonly addresses: () => readonly ListenAddress[];
  /** Messages of the first thread, and problems of all; `settled` when all have settled. */
  readonly onMessage: (message: FromThread) => void;
  readonly onEnded: (cause: unknown) => void;
}): DnsThreads {
  const { data, counters, tallies, restartMs, allAnswers, places, addresses, onMessage, onEnded } = options;
  let shared: readonly ListenAddress[] = [];
  const unsettled = new Set<number>(counters.keys());

  const settle = (index: number) => {
    if (unsettled.delete(index) && unsettled.size === 0) onMessage({ kind: 'settled' });
  };

  const share = (sockets: readonly ListenSocket[]) => {
    shared = sockets.filter(({ transport }) => transport === 'udp');
    for (const thread of threads.slice(1)) thread.tell({ kind: 'listen', addresses: shared });
  };

  const hear = (index: number, message: FromThread) => {
    if (message.kind === 'settled') settle(index);
    else if (index === 0 || message.kind === 'problem') onMessage(message);
    if (index === 0 && message.kind === 'listening') share(message.sockets);
  };

  const start = (own: Counters, index: number): DnsThread =>
    keepDnsThread({
      data: {
        ...data,
        counters: own,
        tallies: tallies[index] ?? createClientTallies(0),
        shares: counters.length === 1 ? 'no' : index === 0 ? 'first' : 'joins',
      },
      restartMs,
      greeting: () => {
        const bytes = allAnswers();
        const patches: readonly ToThread[] = bytes === undefined ? [] : [{ kind: 'patch', bytes }];
        const tree = places();
        const known: readonly ToThread[] = tree === undefined ? [] : [{ kind: 'places', tree }];
        return [...known, ...patches, { kind: 'listen', addresses: index === 0 ? addresses() : shared }];
      },
      onMessage: (message) => hear(index, message),
      onEnded: (cause) => {
        own[COUNTER.TCP_OPEN] = 0;
        own[COUNTER.TCP_WAITING_BYTES] = 0;
        if (index === 0) {
          // The others hold its ports, so it could not take them for itself alone: they let go first.
          share([]);
          onMessage({ kind: 'listening', sockets: [] });
        }
        unsettled.clear();
        onMessage({ kind: 'settled' });
        onEnded(cause);
      },
    });

  const threads: readonly DnsThread[] = counters.map(start);
  return {
    patch: (bytes) => {
      for (const thread of threads.slice(1)) thread.tell({ kind: 'patch', bytes: new Uint8Array(bytes) });
      threads[0]?.tell({ kind: 'patch', bytes });
    },
    setPlaces: (tree) => {
      for (const thread of threads) thread.tell({ kind: 'places', tree });
    },
    listen: (wanted) => threads[0]?.tell({ kind: 'listen', addresses: wanted }),
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
