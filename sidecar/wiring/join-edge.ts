import { randomBytes } from 'node:crypto';
import type { Logger } from '#core/telemetry/logger.ts';
import { startEdge } from '#sidecar/edge/edge.ts';
import type { EdgeProblem } from '#sidecar/edge/errors.ts';
import { createStaticEdge, recordsToAdd } from '#sidecar/edge/static-edge.ts';
import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import type { SidecarFlags } from './flags.ts';

/** The edge as the other rooms meet it, kept by RFC 2136 or by hand. */
export interface JoinedEdge {
  delegations(): ReadonlyMap<string, Delegation>;
  kick(): void;
  readonly done: Promise<void>;
}

export interface EdgeSurroundings {
  readonly flags: SidecarFlags;
  readonly log: Logger;
  readonly desired: () => {
    readonly zones: readonly Zone[];
    readonly dnsAddresses: readonly string[];
    readonly ownerText: string;
  };
  readonly isWriter: () => boolean;
  /** Never called before this function has returned. */
  readonly onDelegation: () => void;
  readonly onProblem: (zone: string, problem: EdgeProblem | undefined) => void;
}

/** Starts the edge that `--edge` names. */
export function joinEdge(around: EdgeSurroundings, signal: AbortSignal): JoinedEdge {
  const { flags, log, desired, isWriter, onProblem } = around;
  if (flags.edge.kind === 'none') return byHand(around);
  const { server, keyFile } = flags.edge;
  return startEdge(
    {
      geoTag: flags.geoTag,
      server,
      ...(keyFile === undefined ? {} : { keyFile }),
      desired,
      isWriter,
      now: Date.now,
      random: randomBytes,
      log,
      onDelegation: around.onDelegation,
      onProblem,
    },
    signal,
  );
}

/** Nothing is written; the records that somebody should add are logged whenever they change. */
function byHand({ flags, log, desired, onDelegation }: EdgeSurroundings): JoinedEdge {
  let said = '';
  const say = (): void => {
    const { zones, dnsAddresses } = desired();
    const records = zones.map((zone) => recordsToAdd(zone, flags.geoTag, dnsAddresses)).join('');
    if (records === said || dnsAddresses.length === 0) return;
    said = records;
    log.info(
      { records: records.trimEnd().split('\n') },
      'the parent zone should have these records (--edge none)',
    );
  };
  const edge = createStaticEdge({
    geoTag: flags.geoTag,
    peers: flags.peers,
    desired,
    onDelegation: () => queueMicrotask(onDelegation),
  });
  return {
    delegations: edge.delegations,
    kick: () => {
      edge.kick();
      say();
    },
    done: Promise.resolve(),
  };
}
