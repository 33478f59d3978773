import { isDeepStrictEqual } from 'node:util';
import type { Grant, LinkState, ProviderLink } from '#agent/model/provider-link.ts';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { ClaimClient } from './claim-client.ts';
import type { Identity } from './identity.ts';
import { opened } from './judge-claim.ts';
import type { PeeringRecord } from './peering-record.ts';
import { afterProbe, type ProbeHistory, type ProbeOutcome, probePauseMs } from './probe-history.ts';
import { type ProviderCredentials, providerCredentials } from './provider-credentials.ts';
import { newerToken, renewalIsDue } from './token-renewal.ts';

const probeTimeoutMs = 800;
const upkeepTimeoutMs = 10_000;
const upkeepEveryMs = 5000;
const heartbeatEveryMs = 120_000;
const tokenSeconds = 86_400;

export interface LinkOptions {
  readonly record: PeeringRecord;
  /** In this cluster. */
  readonly tenantNamespace: string;
  readonly identity: Pick<Identity, 'encryptionKey'>;
  readonly openRemote: (credentials: Credentials, signal: AbortSignal) => Promise<ApiServerSource>;
  /** Keeps a new token or grant. */
  readonly save: (
    change: Pick<PeeringRecord, 'token' | 'obtainedAt' | 'expiresAt' | 'grant'>,
  ) => Promise<void>;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/**
 * A provider as its tenant. Asks for the claim every second, which tells whether the provider is there, what it grants
 * and whether it left a new token; renews the token itself where the provider does not; gives a sign of life.
 */
export class Link implements ProviderLink {
  readonly clusterID: string;
  readonly nodeName: string;
  readonly tenantNamespace: string;
  readonly remoteTenantNamespace: string;
  readonly remote: ApiServerSource;
  readonly credentials: ProviderCredentials;
  readonly signal: AbortSignal;
  /** Resolves when the state is known for the first time, or the link has ended. */
  readonly ready: Promise<void>;
  /** Resolves when all that it began has ended. */
  readonly ended: Promise<void>;
  readonly #options: LinkOptions;
  readonly #end: AbortController;
  readonly #ready = Promise.withResolvers<void>();
  readonly #listeners = new Set<() => void>();
  readonly #beganMs: number;
  #record: PeeringRecord;
  #history: ProbeHistory = { state: undefined };
  #unsaved = false;

  private constructor(
    options: LinkOptions,
    credentials: ProviderCredentials,
    remote: ApiServerSource,
    end: AbortController,
    signal: AbortSignal,
  ) {
    const { clusterID, remoteTenantNamespace } = options.record;
    this.clusterID = clusterID;
    this.nodeName = `liqo-${clusterID}`;
    this.tenantNamespace = options.tenantNamespace;
    this.remoteTenantNamespace = remoteTenantNamespace;
    this.remote = remote;
    this.credentials = credentials;
    this.signal = signal;
    this.ready = this.#ready.promise;
    this.#options = options;
    this.#end = end;
    this.#record = options.record;
    this.#beganMs = options.now();
    this.ended = Promise.all([this.#probe(), this.#keepUp()]).then(() => undefined);
  }

  /** Begins to ask; the link is of use when it is `ready`. */
  static async open(options: LinkOptions, parent: AbortSignal): Promise<Link> {
    const end = new AbortController();
    const signal = AbortSignal.any([parent, end.signal]);
    const credentials = providerCredentials(options.record);
    const remote = await options.openRemote(credentials, signal);
    return new Link(options, credentials, remote, end, signal);
  }

  grant(): Grant {
    return this.#record.grant;
  }

  /** With the newest token and grant. */
  get record(): PeeringRecord {
    return this.#record;
  }

  /** Whether the state has been found out. */
  get known(): boolean {
    return this.#history.state !== undefined;
  }

  state(): LinkState {
    const message = 'the provider has not been asked yet';
    return this.#history.state ?? { kind: 'unreachable', sinceMs: this.#beganMs, message };
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    // The same function may be handed in twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    signal.addEventListener('abort', () => this.#listeners.delete(entry), { once: true });
  }

  /** Ends it for good; resolves when nothing of it runs. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.ended;
  }

  async #probe(): Promise<void> {
    const { now } = this.#options;
    const client = this.#client(probeTimeoutMs);
    while (!this.signal.aborted) {
      const atMs = now();
      const { outcome, claim } = await this.#ask(client);
      if (this.signal.aborted) break;
      const before = this.#history.state;
      this.#history = afterProbe(this.#history, outcome, atMs, now());
      const changed = claim !== undefined && this.#take(claim);
      if (this.#history.state !== undefined) this.#ready.resolve();
      if (changed || this.#history.state !== before) this.#tell();
      await pause(probePauseMs(this.#history), this.signal);
    }
    this.#ready.resolve();
    await client.close();
  }

  async #ask(client: ClaimClient): Promise<{ outcome: ProbeOutcome; claim?: PeeringClaim }> {
    try {
      const claim = await client.get(this.signal);
      const { phase, conditions } = claim.status ?? {};
      // It does as we asked.
      const leaving = claim.spec?.leaving === true && phase !== 'Left';
      if (leaving || (phase !== 'Refused' && phase !== 'Leaving' && phase !== 'Left'))
        return { outcome: { kind: 'answered' }, claim };
      const telling = phase === 'Refused' ? 'Accepted' : 'Left';
      const said = conditions?.find(({ type }) => type === telling)?.message ?? `its phase is ${phase}`;
      return { outcome: { kind: 'ended', message: `${this.clusterID} has ended the peering: ${said}` } };
    } catch (error) {
      if (!(error instanceof SourceError)) return { outcome: { kind: 'failed', message: String(error) } };
      const { code, message } = error;
      if (code === 'unauthorized' || code === 'forbidden') return { outcome: { kind: 'denied', message } };
      if (code === 'notFound') return { outcome: { kind: 'ended', message } };
      return { outcome: { kind: 'failed', message } };
    }
  }

  /** Takes grant and token over; true when the grant is another. */
  #take(claim: PeeringClaim): boolean {
    const token = newerToken(claim, this.#record);
    if (token !== undefined) {
      const { identity, log, wallClock } = this.#options;
      const { sealed, expirationTimestamp: expiresAt } = token;
      try {
        const plain = opened(identity.encryptionKey, sealed, this.clusterID);
        this.#use({ token: plain, obtainedAt: new Date(wallClock()).toISOString(), expiresAt });
      } catch (error) {
        log.debug({ error, provider: this.clusterID }, 'a new token of the provider cannot be read');
      }
    }
    const { grant: before } = this.#record;
    const { gatewayFingerprint, gatewayAddresses } = before;
    const granted = claim.status?.grant;
    if (granted === undefined) return false;
    const grant: Grant = {
      ...(gatewayFingerprint === undefined ? {} : { gatewayFingerprint }),
      ...(gatewayAddresses === undefined ? {} : { gatewayAddresses }),
      ...granted,
    };
    if (isDeepStrictEqual(grant, before)) return false;
    this.#record = { ...this.#record, grant };
    this.#unsaved = true;
    return true;
  }

  #use(token: Pick<PeeringRecord, 'token' | 'obtainedAt' | 'expiresAt'>): void {
    this.#record = { ...this.#record, ...token };
    this.#unsaved = true;
    this.credentials.renew(token.token);
  }

  async #keepUp(): Promise<void> {
    const { now, log } = this.#options;
    const client = this.#client(upkeepTimeoutMs);
    let heartbeatAt = Number.NEGATIVE_INFINITY;
    await this.ready;
    while (!this.signal.aborted) {
      try {
        if (this.state().kind === 'connected') {
          await this.#renew(client);
          if (now() - heartbeatAt >= heartbeatEveryMs) {
            await this.#heartbeat(client);
            heartbeatAt = now();
          }
        }
        await this.#save();
      } catch (error) {
        if (!this.signal.aborted)
          log.warn({ error, provider: this.clusterID }, 'the upkeep of a peering failed, trying on');
      }
      await pause(upkeepEveryMs, this.signal);
    }
    await client.close();
  }

  async #renew(client: ClaimClient): Promise<void> {
    const { wallClock } = this.#options;
    if (!renewalIsDue(this.#record, wallClock())) return;
    const issued = await client.requestToken(tokenSeconds, this.signal);
    this.#use({ ...issued, obtainedAt: new Date(wallClock()).toISOString() });
  }

  async #heartbeat(client: ClaimClient): Promise<void> {
    const heartbeat = new Date(this.#options.wallClock()).toISOString();
    await client.patchSpec({ heartbeat }, this.signal);
  }

  async #save(): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    try {
      await this.#options.save(this.#record);
    } catch (error) {
      this.#unsaved = true;
      throw error;
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #client(timeoutMs: number): ClaimClient {
    const { credentials, remoteTenantNamespace: tenantNamespace } = this;
    return new ClaimClient({ credentials, tenantNamespace, timeoutMs });
  }
}
