import type { Server } from '#core/exchange/tcp.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { leaveChanges } from './changes.ts';
import { createEdgeClient } from './client.ts';
import { EdgeError, type EdgeProblem } from './errors.ts';
import { type Keeper, startKeeper } from './keeper.ts';

/** How often zones are compared with what is desired, and a key file with what it was, without being told. */
const lookMs = 1_000;

export interface EdgeOptions {
  readonly geoTag: string;
  /** The parent zones' primary server. */
  readonly server: Server;
  /** TSIG key in BIND's syntax; the first of several signs. Read again for each update. Absent: not signed. */
  readonly keyFile?: string;
  /** What the edge should say of this cluster: looked at all the time, so it must be cheap. */
  readonly desired: () => {
    readonly zones: readonly Zone[];
    /** For glue. Empty when no DNS server of this cluster is ready. */
    readonly dnsAddresses: readonly string[];
    /** `<uid> <epoch>`: printable ASCII, at most 255 octets. */
    readonly ownerText: string;
  };
  /** Whether this replica writes; all read. */
  readonly isWriter: () => boolean;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Unpredictable octets: `randomBytes` of node:crypto. */
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly log: Logger;
  /** Called when a zone's delegation was first read, and when it changed. Must not throw. */
  readonly onDelegation: (delegation: Delegation) => void;
  /** Called once per change of a zone's problem; undefined when it is solved. Must not throw. */
  readonly onProblem: (zone: string, problem: EdgeProblem | undefined) => void;
  /** How often each zone is read and put right. Default 10,000. */
  readonly intervalMs?: number;
}

/** The parent zone's side of the load-balanced zones, seen from one cluster. */
export interface Edge {
  /** The last known delegation of each zone, by zone name. A zone never read yet is absent. */
  delegations(): ReadonlyMap<string, Delegation>;
  /** What is desired has changed, or this replica has become the writer: look, and write where needed, now. */
  kick(): void;
  /**
   * Takes this cluster out of the delegation of every zone, touching nothing of others, and stops keeping them.
   * @throws EdgeError for the first zone that could not be left
   */
  leave(): Promise<void>;
  /** Resolves when everything is closed, after the signal has aborted. */
  readonly done: Promise<void>;
}

/**
 * Keeps this cluster's part of the delegations current by dynamic update (RFC 2136) and reads all of them. A zone
 * that is no longer desired is only forgotten: its records stay, since another replica may know better.
 */
export function startEdge(options: EdgeOptions, signal: AbortSignal): Edge {
  const { geoTag, desired, log, onDelegation, onProblem, intervalMs = 10_000 } = options;
  const client = createEdgeClient({ ...options, keyFile: options.keyFile });
  const kept = new Map<string, { readonly keeper: Keeper; readonly abort: AbortController }>();

  function keep(zone: Zone): void {
    const abort = new AbortController();
    const keeper = startKeeper(
      {
        client,
        zone: () => desired().zones.find(({ name }) => name === zone.name) ?? zone,
        wanted: () => ({ geoTag, ...desired() }),
        isWriter: options.isWriter,
        now: () => performance.now(),
        random: options.random,
        intervalMs,
        onDelegation(delegation) {
          log.info({ zone: zone.name, members: delegation.members }, 'the delegation has changed');
          onDelegation(delegation);
        },
        onProblem: (problem) => tell(zone.name, problem),
        onFault: (fault) =>
          log.error({ error: fault, zone: zone.name }, 'looking at the edge failed; it is tried again'),
      },
      AbortSignal.any([signal, abort.signal]),
    );
    kept.set(zone.name, { keeper, abort });
  }

  function tell(zone: string, problem: EdgeProblem | undefined): void {
    if (problem) log.warn({ zone, code: problem.code, hint: problem.hint }, problem.message);
    else log.info({ zone }, 'the edge is as it should be again');
    onProblem(zone, problem);
  }

  function syncZones(): void {
    if (stopped) return;
    const zones = new Map(desired().zones.map((zone) => [zone.name, zone]));
    for (const [name, { abort }] of kept) {
      if (zones.has(name)) continue;
      abort.abort();
      kept.delete(name);
    }
    for (const zone of zones.values()) if (!kept.has(zone.name)) keep(zone);
  }

  async function look(): Promise<void> {
    syncZones();
    const stuck = [...kept.values()].filter(({ keeper }) => keeper.needsConfiguration());
    if (stuck.length > 0 && (await client.keyHasChanged())) for (const { keeper } of stuck) keeper.kick();
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearInterval(timer);
    for (const { abort } of kept.values()) abort.abort();
    await Promise.all([...kept.values()].map(({ keeper }) => keeper.done));
  }

  let stopped = signal.aborted;
  const timer = setInterval(() => void look(), lookMs);
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const onAbort = () => finish(stop());
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  queueMicrotask(syncZones);

  return {
    delegations: () =>
      new Map(
        [...kept].flatMap(([name, { keeper }]) => {
          const delegation = keeper.delegation();
          return delegation ? [[name, delegation] as const] : [];
        }),
      ),

    kick() {
      syncZones();
      for (const { keeper } of kept.values()) keeper.kick();
    },

    async leave() {
      const zones = desired().zones;
      await stop();
      for (const zone of zones) {
        const left = await client.write(zone, leaveChanges(zone, geoTag), signal);
        if (!left.ok) throw new EdgeError(left.problem);
      }
    },

    done,
  };
}
