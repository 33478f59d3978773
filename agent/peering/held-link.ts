import type { ProviderLink } from '#agent/model/provider-link.ts';
import { secrets } from '#core/api/kubernetes.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { OutgoingFacts } from './foreign-cluster-status.ts';
import { Link } from './link.ts';
import type { OutgoingContext } from './outgoing-context.ts';
import { type PeeringRecord, recordChange, recordName } from './peering-record.ts';
import { tenantNamespaceOf } from './tenant-namespace.ts';

/** How long a step waits for the first word of a provider. */
const firstLookMs = 3000;

/** The link to one provider, if there is one now. It is handed out once its state is known. */
export class HeldLink {
  readonly #id: string;
  readonly #context: OutgoingContext;
  #held: { readonly link: Link; raised: boolean } | undefined;
  /** While this cluster leaves, that the provider lets it go is no news. */
  quiet = false;

  constructor(clusterID: string, context: OutgoingContext) {
    this.#id = clusterID;
    this.#context = context;
  }

  /** Whether it was handed out or not. */
  get current(): Link | undefined {
    return this.#held?.link;
  }

  /** Undefined until it was handed out. */
  get raised(): ProviderLink | undefined {
    return this.#held?.raised ? this.#held.link : undefined;
  }

  /** The link of this peering; one of an earlier peering is ended first. */
  async open(record: PeeringRecord, signal: AbortSignal): Promise<Link> {
    if (this.#held?.link.remoteTenantNamespace === record.remoteTenantNamespace) return this.#held.link;
    await this.end();
    const { again, source, namespace } = this.#context;
    const key = `${namespace}/${recordName(this.#id)}`;
    const link = await Link.open(
      {
        ...this.#context,
        record,
        tenantNamespace: tenantNamespaceOf(this.#id),
        save: (change) => source.patch(secrets, key, { data: recordChange(change) }),
      },
      signal,
    );
    this.#held = { link, raised: false };
    let kind = '';
    link.onChange(() => {
      const state = link.state();
      if (state.kind !== kind && !this.quiet) this.#say(kind, link);
      kind = state.kind;
      again();
    }, link.signal);
    void link.ready.then(again);
    // So that a restart shows no state in between.
    await Promise.race([link.ready, pause(firstLookMs, link.signal)]);
    return link;
  }

  /** Hands it out, if its state is known: on a guess, pods might be evicted. */
  raise(): void {
    const held = this.#held;
    if (held === undefined || held.raised || !held.link.known || held.link.signal.aborted) return;
    held.raised = true;
    this.#context.onLink(held.link);
  }

  /** What it adds to the facts. */
  facts(record: PeeringRecord): Pick<OutgoingFacts, 'link' | 'apiServerUrl' | 'remoteTenantNamespace'> {
    const link = this.current;
    return {
      ...(link?.known ? { link: link.state() } : {}),
      apiServerUrl: link?.credentials.server() || (record.servers[0] ?? ''),
      remoteTenantNamespace: record.remoteTenantNamespace,
    };
  }

  async end(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.link.close();
  }

  #say(before: string, link: Link): void {
    const { event } = this.#context;
    const state = link.state();
    if (state.kind === 'connected') {
      if (before !== '') event('Normal', 'ProviderReachable', `${this.#id} answers again`);
    } else {
      const reason = state.kind === 'refused' ? 'ProviderRefused' : 'ProviderUnreachable';
      event('Warning', reason, state.message);
    }
  }
}
