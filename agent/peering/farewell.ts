import { UnreachableError } from '#core/source/api-server/connection-error.ts';
import { SourceError } from '#core/source/errors.ts';
import { atAnyServer, ClaimClient } from './claim-client.ts';
import type { PeeringRecord } from './peering-record.ts';
import { providerCredentials } from './provider-credentials.ts';

const timeoutMs = 5000;
/** A provider that has cleared away denies us; one that is starting does so for a moment, told or not. */
const denialsBelieved = 3;
/** Who was not told yet must deny us for so long, as with the probes of a link: believed too early, it never hears. */
const untoldDenialMs = 10_000;

/** Tells a provider that we leave. */
export class Farewell {
  readonly #client: ClaimClient;
  readonly #servers: number;
  readonly #now: () => number;
  #told = false;
  #denials = 0;
  #deniedSinceMs = 0;

  /** @param now monotonic milliseconds */
  constructor(record: PeeringRecord, now: () => number) {
    this.#now = now;
    this.#servers = record.servers.length;
    this.#client = new ClaimClient({
      credentials: providerCredentials(record),
      tenantNamespace: record.remoteTenantNamespace,
      timeoutMs,
    });
  }

  /** Whether it has taken down that we leave; it clears away by itself then. */
  get told(): boolean {
    return this.#told;
  }

  /** `left`: it has cleared away, or does not know us. Rejects with SourceError when it cannot be told now. */
  async say(signal: AbortSignal): Promise<'left' | 'waiting'> {
    try {
      return await atAnyServer(this.#servers, async () => {
        if (!this.#told) {
          await this.#client.patchSpec({ leaving: true }, signal);
          this.#told = true;
          this.#denials = 0;
        }
        return (await this.#client.get(signal)).status?.phase === 'Left' ? 'left' : 'waiting';
      });
    } catch (error) {
      if (!(error instanceof SourceError) || error instanceof UnreachableError) throw error;
      if (error.code === 'notFound') return 'left';
      if (error.code !== 'unauthorized' && error.code !== 'forbidden') throw error;
      if (this.#denials === 0) this.#deniedSinceMs = this.#now();
      this.#denials++;
      const lastsMs = this.#now() - this.#deniedSinceMs;
      const isBelieved = this.#denials >= denialsBelieved && (this.#told || lastsMs >= untoldDenialMs);
      return isBelieved ? 'left' : 'waiting';
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
