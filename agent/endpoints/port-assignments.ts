import { endpointPorts } from '#agent/model/gateway-table.ts';
import type { PortKey } from './remote-endpoint.ts';

export interface PortAssignmentsOptions {
  readonly first?: number;
  readonly last?: number;
  /** Where to begin: anywhere, so that after a restart the ports that rest are not the first to be given. 0 to below 1. */
  readonly start: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** A freed port leads nowhere for so long: clients may still have its address. */
const restMs = 300_000;
/** Most ports that lead to one peer: it says itself how many endpoints it has. */
export const portsPerPeer = 10_000;

interface Assignment extends PortKey {
  readonly port: number;
  readonly owners: Set<string>;
}

/**
 * Which port of the gateways leads to which endpoint of which peer. A port belongs to one (peer, endpoint), however
 * many owners (Services) claim it; without an owner it is freed, and rests before it is anybody else's.
 */
export class PortAssignments {
  readonly #options: Required<PortAssignmentsOptions>;
  readonly #byKey = new Map<string, Assignment>();
  readonly #byPort = new Map<number, Assignment>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #perPeer = new Map<string, number>();
  readonly #resting = new Map<number, { readonly untilMs: number; readonly key: string }>();
  #next: number;

  constructor(options: PortAssignmentsOptions) {
    const { first = endpointPorts.first, last = endpointPorts.last } = options;
    this.#options = { ...options, first, last };
    this.#next = first + Math.floor(options.start * (last - first + 1));
  }

  /** Takes over a recorded assignment. False where port or endpoint belong to another record already. */
  adopt(owner: string, key: PortKey, port: number): boolean {
    const { first, last } = this.#options;
    if (!Number.isInteger(port) || port < first || port > last) return false;
    const held = this.#byKey.get(keyText(key));
    if (held !== undefined) {
      if (held.port === port) this.#own(owner, held);
      return held.port === port;
    }
    if (this.#byPort.has(port)) return false;
    this.#assign(owner, key, port);
    return true;
  }

  /** From now on the owner has exactly these. True when an assignment came or went. */
  claim(owner: string, keys: readonly PortKey[]): boolean {
    let changed = false;
    const wanted = new Set(keys.map(keyText));
    for (const text of [...(this.#byOwner.get(owner) ?? [])]) {
      if (!wanted.has(text)) changed = this.#release(owner, text) || changed;
    }
    for (const key of keys) {
      const held = this.#byKey.get(keyText(key));
      if (held !== undefined) {
        this.#own(owner, held);
        continue;
      }
      const port = (this.#perPeer.get(key.peer) ?? 0) < portsPerPeer ? this.#free(keyText(key)) : undefined;
      if (port === undefined) continue;
      this.#assign(owner, key, port);
      changed = true;
    }
    return changed;
  }

  /** Undefined where there was none left. */
  portOf(key: PortKey): number | undefined {
    return this.#byKey.get(keyText(key))?.port;
  }

  entries(): readonly (PortKey & { readonly port: number })[] {
    return [...this.#byPort.values()].map(({ peer, endpoint, port }) => ({ peer, endpoint, port }));
  }

  /** Services that have ports, and other owners. */
  owners(): readonly string[] {
    return [...this.#byOwner.keys()];
  }

  #assign(owner: string, { peer, endpoint }: PortKey, port: number): void {
    const assignment: Assignment = { peer, endpoint, port, owners: new Set() };
    this.#byKey.set(keyText(assignment), assignment);
    this.#byPort.set(port, assignment);
    this.#perPeer.set(peer, (this.#perPeer.get(peer) ?? 0) + 1);
    this.#resting.delete(port);
    this.#own(owner, assignment);
  }

  #own(owner: string, assignment: Assignment): void {
    assignment.owners.add(owner);
    const owned = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, owned.add(keyText(assignment)));
  }

  /** True when nobody else owns it, and it is free now. */
  #release(owner: string, text: string): boolean {
    const owned = this.#byOwner.get(owner);
    owned?.delete(text);
    if (owned?.size === 0) this.#byOwner.delete(owner);
    const assignment = this.#byKey.get(text);
    if (assignment === undefined) return false;
    assignment.owners.delete(owner);
    if (assignment.owners.size > 0) return false;
    this.#byKey.delete(text);
    this.#byPort.delete(assignment.port);
    this.#perPeer.set(assignment.peer, (this.#perPeer.get(assignment.peer) ?? 1) - 1);
    this.#resting.set(assignment.port, { untilMs: this.#options.now() + restMs, key: text });
    return true;
  }

  /** An endpoint that comes back gets the port that rests in its name. */
  #free(text: string): number | undefined {
    const { first, last, now } = this.#options;
    const nowMs = now();
    for (const [port, { untilMs, key }] of this.#resting) {
      if (untilMs <= nowMs) this.#resting.delete(port);
      else if (key === text) return port;
    }
    for (let tried = first; tried <= last; tried++) {
      const port = this.#next;
      this.#next = port === last ? first : port + 1;
      if (!this.#byPort.has(port) && !this.#resting.has(port)) return port;
    }
    return undefined;
  }
}

function keyText({ peer, endpoint }: PortKey): string {
  return `${peer} ${endpoint}`;
}
