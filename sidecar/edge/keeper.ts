import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { retryPauseMs, slowRetryMs } from './backoff.ts';
import { type Change, type EdgeState, joinChanges, type Wanted } from './changes.ts';
import { type Belief, believe } from './delegation.ts';
import type { EdgeProblem } from './errors.ts';

/** After a change the edge is read each second for so long: others often change something too. */
const livelyMs = 10_000;
const livelyIntervalMs = 1_000;

/** What the edge says of a zone. */
export interface Reading {
  readonly delegation: Delegation;
  readonly state: EdgeState;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: EdgeProblem };

/** The edge's DNS server, as a keeper uses it. Problems are values; nothing is thrown. */
export interface EdgeClient {
  read(zone: Zone, signal: AbortSignal): Promise<Outcome<Reading>>;
  /** Applies the changes in one transaction, signed with the key that the key file holds now. */
  write(zone: Zone, changes: readonly Change[], signal: AbortSignal): Promise<Outcome<undefined>>;
  /** The problem of an update that was accepted but does not show. */
  notApplied(zone: Zone, missing: readonly Change[]): EdgeProblem;
  noDnsAddresses(zone: Zone): EdgeProblem;
}

export interface KeeperOptions {
  readonly client: EdgeClient;
  readonly zone: () => Zone;
  readonly wanted: () => Wanted;
  readonly isWriter: () => boolean;
  /** Monotonic, milliseconds: a clock that is set right after BADTIME must not postpone the next try. */
  readonly now: () => number;
  /** Unpredictable octets. */
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly intervalMs: number;
  readonly onDelegation: (delegation: Delegation) => void;
  /** Called when it changes; undefined when there is none any more. */
  readonly onProblem: (problem: EdgeProblem | undefined) => void;
  /** A fault of the program in one look; the next is taken all the same. */
  readonly onFault: (fault: unknown) => void;
}

/** Reads the delegation of one zone over and over, and keeps this cluster's part of it current. */
export interface Keeper {
  delegation(): Delegation | undefined;
  /** Whether it waits for a person, for example for another key. */
  needsConfiguration(): boolean;
  /** Looks and writes now. */
  kick(): void;
  /** Ends when the signal of the keeper has aborted. */
  readonly done: Promise<void>;
}

export function startKeeper(options: KeeperOptions, signal: AbortSignal): Keeper {
  const { client, zone, wanted, isWriter, now, random, intervalMs, onDelegation, onProblem } = options;
  let belief: Belief | undefined;
  let problem: EdgeProblem | undefined;
  /** What the last write failed with, while the next one is waited for. */
  let writeProblem: EdgeProblem | undefined;
  let failures = 0;
  let livelyUntilMs = 0;
  let writeNotBeforeMs = 0;
  let wake = Promise.withResolvers<void>();

  function report(next: EdgeProblem | undefined): void {
    const told = problem;
    problem = next;
    if (!isSame(told, next) && !signal.aborted) onProblem(next);
  }

  function accept({ delegation }: Reading): void {
    const before = belief?.delegation;
    belief = believe(belief, delegation, now());
    if (belief.delegation === before || signal.aborted) return;
    livelyUntilMs = now() + livelyMs;
    onDelegation(belief.delegation);
  }

  /** Counts a failure. @returns the pause before the next try */
  function failed(next: EdgeProblem): number {
    report(next);
    failures += 1;
    return next.kind === 'configuration' ? slowRetryMs : retryPauseMs(failures, random);
  }

  function succeeded(): number {
    report(undefined);
    failures = 0;
    return now() < livelyUntilMs ? Math.min(livelyIntervalMs, intervalMs) : intervalMs;
  }

  /** One look, and one write where it is needed. @returns the pause before the next */
  async function pass(): Promise<number> {
    const before = await client.read(zone(), signal);
    if (!before.ok) return Math.min(intervalMs, failed(before.problem));
    accept(before.value);
    if (!isWriter()) return succeeded();
    if (wanted().dnsAddresses.length === 0) {
      report(client.noDnsAddresses(zone()));
      return intervalMs;
    }
    const changes = joinChanges(zone(), wanted(), before.value.state);
    if (changes.length === 0) return succeeded();
    if (now() < writeNotBeforeMs) {
      report(writeProblem);
      return Math.min(intervalMs, writeNotBeforeMs - now());
    }
    writeProblem = await write(changes);
    if (writeProblem === undefined) return succeeded();
    const pauseMs = failed(writeProblem);
    writeNotBeforeMs = now() + pauseMs;
    return Math.min(intervalMs, pauseMs);
  }

  async function write(changes: readonly Change[]): Promise<EdgeProblem | undefined> {
    const written = await client.write(zone(), changes, signal);
    if (!written.ok) return written.problem;
    const after = await client.read(zone(), signal);
    if (!after.ok) return after.problem;
    accept(after.value);
    const missing = joinChanges(zone(), wanted(), after.value.state);
    return missing.length === 0 ? undefined : client.notApplied(zone(), missing);
  }

  async function pause(durationMs: number): Promise<void> {
    if (signal.aborted) return;
    const timer = setTimeout(() => wake.resolve(), durationMs);
    await wake.promise;
    clearTimeout(timer);
    wake = Promise.withResolvers();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await pass().catch((fault: unknown) => {
        options.onFault(fault);
        return intervalMs;
      });
      await pause(pauseMs);
    }
  }

  signal.addEventListener('abort', () => wake.resolve(), { once: true });
  return {
    delegation: () => belief?.delegation,
    needsConfiguration: () => problem?.kind === 'configuration',
    kick() {
      writeNotBeforeMs = 0;
      wake.resolve();
    },
    done: run(),
  };
}

/** What heals by itself is told once per code: its figures change with every try. */
function isSame(one: EdgeProblem | undefined, other: EdgeProblem | undefined): boolean {
  return one?.code === other?.code && (one?.kind === 'retry' || one?.message === other?.message);
}
