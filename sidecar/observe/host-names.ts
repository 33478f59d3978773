import type { NameLookup } from './addresses.ts';
import { type AskResolver, type Family, type FamilyReading, readHostName } from './read-host-name.ts';

export interface HostNamesOptions {
  readonly ask: AskResolver;
  /** The load-balanced zone that a name is in. */
  readonly zoneOf: (name: string) => string | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called whenever a name was read; most often it says what it said before. */
  readonly onLookup: (name: string, lookup: NameLookup) => void;
}

/** Keeps the addresses of host names current. */
export interface HostNames {
  /** Exactly these names are kept; new ones are read at once. */
  want(names: Iterable<string>): void;
  /** The zones are others: every name is read again. */
  again(): void;
  /** Resolves when every wanted name was read once, or after so many milliseconds. */
  settled(withinMs: number): Promise<void>;
}

/** Bounds of the time from one reading to the next, which is the TTL of the answer, seconds. */
const shortestSeconds = 5;
const longestSeconds = 300;
/** After a failure it is this long, then twice that, up to the limit. */
const retrySeconds = { first: 5, most: 60 };
/** For so long a name that is said not to exist any more keeps its addresses. */
const goneSeconds = 300;
const mostAtOnce = 16;
/** More names than this are not read. */
const mostNames = 1_000;

interface Entry {
  readonly last: Record<Family, readonly string[]>;
  dueAtMs: number;
  failures: number;
  goneSinceMs: number | undefined;
  reading: boolean;
  /** It is to be read once more when it was read. */
  again: boolean;
  read: boolean;
}

/** Reads wait for answers, never for each other beyond 16 at once; all ends with the signal. */
export function keepHostNames(options: HostNamesOptions, signal: AbortSignal): HostNames {
  const { ask, zoneOf, now, onLookup } = options;
  const entries = new Map<string, Entry>();
  let refused = new Set<string>();
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let atOnce = 0;
  const end = (): void => {
    clearTimeout(timer);
    tellWaiting();
  };
  signal.addEventListener('abort', end, { once: true });

  function tellWaiting(): void {
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  /** Begins what is due, and comes back for what is due next. */
  function run(): void {
    clearTimeout(timer);
    if (signal.aborted) return;
    let next = Number.POSITIVE_INFINITY;
    for (const [name, entry] of entries) {
      if (entry.reading) continue;
      if (entry.dueAtMs > now()) next = Math.min(next, entry.dueAtMs);
      else if (atOnce < mostAtOnce) void read(name, entry);
    }
    if (next < Number.POSITIVE_INFINITY) timer = setTimeout(run, Math.max(1, Math.ceil(next - now())));
    if (entries.values().every(({ read: done }) => done)) tellWaiting();
  }

  async function read(name: string, entry: Entry): Promise<void> {
    entry.reading = true;
    atOnce += 1;
    const [v4, v6] = await Promise.all([
      readHostName(name, 'A', ask, zoneOf),
      readHostName(name, 'AAAA', ask, zoneOf),
    ]);
    atOnce -= 1;
    entry.reading = false;
    entry.read = true;
    if (!signal.aborted && entries.get(name) === entry) onLookup(name, take(name, entry, v4, v6));
    if (entry.again) entry.dueAtMs = 0;
    entry.again = false;
    run();
  }

  /** Puts what came back for both families together with what was known. */
  function take(name: string, entry: Entry, v4: FamilyReading, v6: FamilyReading): NameLookup {
    const bad = [v4, v6].filter((reading) => !reading.ok);
    const own = bad.find(({ kind }) => kind === 'own');
    const gone = bad.some(({ kind }) => kind === 'gone');
    entry.goneSinceMs = gone ? (entry.goneSinceMs ?? now()) : undefined;
    const forgotten = entry.goneSinceMs !== undefined && now() - entry.goneSinceMs >= goneSeconds * 1_000;
    const keep = (family: Family, reading: FamilyReading): void => {
      if (reading.ok) entry.last[family] = reading.addresses;
      else if (own !== undefined || forgotten) entry.last[family] = [];
    };
    keep('A', v4);
    keep('AAAA', v6);
    entry.failures = bad.length === 0 ? 0 : entry.failures + 1;
    const retry = Math.min(retrySeconds.first * 2 ** (entry.failures - 1), retrySeconds.most);
    const ttls = [v4, v6].flatMap((reading) => (reading.ok ? reading.ttlSeconds : []));
    const ttl = Math.min(Math.max(Math.min(...ttls), shortestSeconds), longestSeconds);
    entry.dueAtMs = now() + (bad.length === 0 ? ttl : retry) * 1_000;
    const addresses = [...entry.last.A, ...entry.last.AAAA].sort();
    const why = own?.why ?? bad[0]?.why ?? (addresses.length === 0 ? 'it has neither A nor AAAA' : undefined);
    return why === undefined ? { addresses } : { addresses, problem: problem(name, why, addresses, own) };
  }

  return {
    want(names) {
      const all = new Set(names);
      for (const name of entries.keys()) if (!all.has(name)) entries.delete(name);
      const before = refused;
      refused = new Set();
      for (const name of all) {
        if (entries.has(name)) continue;
        if (entries.size < mostNames) entries.set(name, fresh());
        else {
          refused.add(name);
          if (!before.has(name)) onLookup(name, tooMany(name));
        }
      }
      run();
    },
    again() {
      for (const entry of entries.values()) {
        entry.dueAtMs = 0;
        entry.again = entry.reading;
      }
      run();
    },
    settled(withinMs) {
      if (signal.aborted || entries.values().every(({ read: done }) => done)) return Promise.resolve();
      return new Promise((resolve) => {
        const late = setTimeout(resolve, withinMs);
        waiting.push(() => {
          clearTimeout(late);
          resolve();
        });
      });
    },
  };
}

const fresh = (): Entry => ({
  last: { A: [], AAAA: [] },
  dueAtMs: 0,
  failures: 0,
  goneSinceMs: undefined,
  reading: false,
  again: false,
  read: false,
});

function problem(
  name: string,
  why: string,
  addresses: readonly string[],
  own: unknown,
): NonNullable<NameLookup['problem']> {
  if (own !== undefined)
    return {
      reason: 'HostnameInOwnZone',
      message: `host name ${name} is not resolved: ${why}, which is answered by these very addresses; name one outside of it`,
    };
  if (addresses.length === 0)
    return {
      reason: 'HostnameUnresolved',
      message: `host name ${name} gives no address: ${why}; correct the name, or the resolvers (--resolvers)`,
    };
  return {
    reason: 'HostnameStale',
    message: `host name ${name} cannot be read again: ${why}; the addresses that it had are kept`,
  };
}

const tooMany = (name: string): NameLookup => ({
  addresses: [],
  problem: {
    reason: 'HostnameTooMany',
    message: `host name ${name} is not resolved: more than ${mostNames} names are in use in this cluster; use fewer, or addresses`,
  },
});
