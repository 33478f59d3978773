import { UnreachableError } from '#core/source/api-server/connection-error.ts';
import { SourceError } from '#core/source/errors.ts';
import { atAnyServer, ClaimClient } from './claim-client.ts';
import type { PeeringRecord } from './peering-record.ts';
import { providerCredentials } from './provider-credentials.ts';

const timeoutMs = 5000;
/** A provider that has cleared away denies us; one that is starting does so for a moment. */
const denialsBelieved = 3;

/** Tells a provider that we leave. */
export class Farewell {
  readonly #client: ClaimClient;
  readonly #servers: number;
  #told = false;
  #denials = 0;

  constructor(record: PeeringRecord) {
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
        if (!this.#told) await this.#client.patchSpec({ leaving: true }, signal);
        this.#told = true;
        return (await this.#client.get(signal)).status?.phase === 'Left' ? 'left' : 'waiting';
      });
    } catch (error) {
      if (!(error instanceof SourceError) || error instanceof UnreachableError) throw error;
      if (error.code === 'notFound') return 'left';
      if (error.code !== 'unauthorized' && error.code !== 'forbidden') throw error;
      this.#denials++;
      return this.#denials >= denialsBelieved ? 'left' : 'waiting';
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
