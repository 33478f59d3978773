import type { ProviderLink } from '#agent/model/provider-link.ts';
import { type Secret, secrets } from '#core/api/kubernetes.ts';
import { found } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import { type Drain, startDrain } from './drain.ts';
import { PeeringError } from './errors.ts';
import type { Finding, OutgoingFacts } from './foreign-cluster-status.ts';
import { HeldLink } from './held-link.ts';
import { invitationName, isInvitation, readInvitation } from './invitation-secret.ts';
import { deleteLeftNode } from './left-node.ts';
import type { OutgoingContext, Step } from './outgoing-context.ts';
import { Parting } from './parting.ts';
import { type PeeringRecord, readRecord, recordName, recordSecret } from './peering-record.ts';
import { Redemption } from './redemption.ts';
import { deleteTenantNamespace, ensureTenantNamespace } from './tenant-namespace.ts';

/** `leave`: end the peering; `forget`: even if the provider cannot be told. */
export type Wish = 'leave' | 'forget';

const leftWithinMs = 30_000;
const leftPollMs = 300;
/** How long a new peering waits until the provider has cleared away the former one. */
const formerWithinMs = 10_000;

const idTakenHint = new PeeringError('ClusterIDTaken', '').hint;

const good = (reason: string, message: string): Finding => ({ status: 'True', reason, message });
const bad = (reason: string, message: string): Finding => ({ status: 'False', reason, message });

/**
 * The peering with one provider. All that matters is in two Secrets, so that each step may be the first one after a
 * crash: `invitation-<id>` is to be redeemed, `peering-<id>` stands, or has ended with the provider not told.
 */
export class Outgoing {
  readonly #id: string;
  readonly #context: OutgoingContext;
  readonly #link: HeldLink;
  readonly #redemption: Redemption;
  readonly #parting: Parting;
  /** The link whose tenant namespace is there. */
  #prepared: ProviderLink | undefined;
  #drain: Drain | undefined;
  /** Whether its tenant namespace is there, and not being deleted. */
  #namespaceStands = false;
  /** When the peering ended, by `now`. */
  #leftMs: number | undefined;

  constructor(clusterID: string, context: OutgoingContext) {
    this.#id = clusterID;
    this.#context = context;
    this.#link = new HeldLink(clusterID, context);
    this.#redemption = new Redemption(clusterID, context);
    this.#parting = new Parting(context);
  }

  /** The link, once its state is known. */
  get link(): ProviderLink | undefined {
    return this.#link.raised;
  }

  /** What is seen of the tenant namespace. One that somebody deleted is made again with the next step. */
  setNamespace(state: 'standing' | 'going' | 'gone'): void {
    this.#namespaceStands = state === 'standing';
    if (state === 'gone') this.#prepared = undefined;
  }

  async step(wish: Wish | undefined, signal: AbortSignal): Promise<Step> {
    const invitation = await this.#invitation();
    const secret = (await this.#secret(recordName(this.#id))) ?? (await this.#restored());
    const record = secret && readRecord(this.#id, secret);
    if (wish !== undefined && record?.departed === false) return this.#leave(record, wish, signal);
    if (wish !== undefined) {
      if (invitation !== undefined) await this.#deleteSecret(invitation);
      await this.#redemption.forget();
      this.#parting.hasten();
      if (record !== undefined) return this.#depart(record, wish, false, signal);
      await this.#context.clearWish();
      if (secret !== undefined) await this.#deleteSecret(secret);
      await deleteTenantNamespace(this.#context.source, this.#id);
      return { facts: undefined };
    }
    if (record !== undefined && !record.departed) return this.#keep(record, invitation, signal);
    if (invitation !== undefined) return this.#redeem(invitation, record, signal);
    await this.#redemption.forget();
    if (record !== undefined) return this.#depart(record, undefined, false, signal);
    if (secret === undefined) return this.#nothing();
    const { hint } = new PeeringError('TokenUnreadable', '');
    const message = `Secret ${secret.metadata.name} is damaged: the peering in it cannot be used. ${hint}`;
    return { facts: { stage: 'refused', invitation: bad('SecretDamaged', message) } };
  }

  /**
   * There is no peering. Its namespace goes a while after it: a name that is being deleted is taken for five seconds
   * and more, and who peers again at once would wait for it. What an agent before this one left goes now.
   */
  async #nothing(): Promise<Step> {
    if (!this.#namespaceStands) return { facts: undefined };
    const { source, now, keepNamespaceMs } = this.#context;
    const leftMs = (this.#leftMs ?? Number.NEGATIVE_INFINITY) + keepNamespaceMs - now();
    if (leftMs > 0) return { facts: undefined, requeueAfterMs: leftMs };
    await deleteTenantNamespace(source, this.#id);
    return { facts: undefined };
  }

  /** Ends what runs in this process; the peering stands. */
  async close(): Promise<void> {
    await Promise.all([this.#link.end(), this.#redemption.forget(), this.#parting.end()]);
  }

  async #redeem(secret: Secret, known: PeeringRecord | undefined, signal: AbortSignal): Promise<Step> {
    if (known?.departed && this.#redemption.isNew(secret)) {
      const message = 'the former peering is being ended first';
      const facts: OutgoingFacts = {
        stage: 'redeeming',
        invitation: { status: 'Unknown', reason: 'EndingFormer', message },
      };
      const said = await this.#parting.say(known, formerWithinMs, signal);
      if (said === 'waiting') return { facts, requeueAfterMs: leftPollMs };
      await this.#parting.end();
    }
    const step = await this.#redemption.step(secret, known, signal);
    if (!('accepted' in step)) return step;
    await this.#link.end();
    await this.#context.source.apply(secrets, recordSecret(this.#context.namespace, step.accepted));
    await this.#deleteSecret(secret);
    await this.#redemption.forget();
    this.#context.event('Normal', 'Peered', `${this.#id} accepted this cluster as its consumer`);
    return this.#keep(step.accepted, undefined, signal);
  }

  /** A peering that stands: namespace and link are there. */
  async #keep(record: PeeringRecord, invitation: Secret | undefined, signal: AbortSignal): Promise<Step> {
    this.#link.quiet = false;
    const link = await this.#link.open(record, signal);
    const again = invitation && (await this.#invitedAgain(invitation, record, signal));
    if (again?.facts?.stage === 'peered') return again;
    const accepted = good('Accepted', `${this.#id} accepted this cluster as its consumer`);
    const facts = (): OutgoingFacts => ({
      ...this.#link.facts(record),
      stage: 'peered',
      invitation: again?.facts?.invitation ?? accepted,
    });
    try {
      if (this.#prepared !== link)
        await ensureTenantNamespace(this.#context.source, this.#id, this.#context.namespace);
      this.#prepared = link;
    } catch (error) {
      if (!(error instanceof PeeringError)) throw error;
      const trouble = bad(error.reason, `${error.message}. ${error.hint}`);
      return { facts: { ...facts(), trouble }, requeueAfterMs: 1000 };
    }
    this.#link.raise();
    return {
      facts: facts(),
      ...(again?.requeueAfterMs === undefined ? {} : { requeueAfterMs: again.requeueAfterMs }),
    };
  }

  /** A new invitation of a provider that we have: of use only when the peering is broken. */
  async #invitedAgain(secret: Secret, record: PeeringRecord, signal: AbortSignal): Promise<Step | undefined> {
    if (this.#isRedeemed(secret, record)) {
      await this.#deleteSecret(secret);
      return undefined;
    }
    const link = this.#link.raised;
    if (link === undefined) return undefined;
    if (link.state().kind !== 'connected') return this.#redeem(secret, record, signal);
    await this.#deleteSecret(secret);
    await this.#redemption.forget();
    if (this.#isOfAnother(secret, record)) {
      const message = `the new invitation is of another cluster that calls itself ${this.#id} too: it was not used`;
      this.#context.event('Warning', 'ClusterIDTaken', `${message}. ${idTakenHint}`);
      return undefined;
    }
    const message = `${this.#id} is peered with; the new invitation was not used`;
    this.#context.event('Normal', 'AlreadyPeered', message);
    return undefined;
  }

  #isOfAnother(secret: Secret, record: PeeringRecord): boolean {
    try {
      return readInvitation(this.#id, secret).provider.clusterUID !== record.clusterUID;
    } catch (error) {
      if (error instanceof PeeringError) return false;
      throw error;
    }
  }

  #isRedeemed(secret: Secret, record: PeeringRecord): boolean {
    try {
      return readInvitation(this.#id, secret).tenantNamespace === record.remoteTenantNamespace;
    } catch (error) {
      if (error instanceof PeeringError) return false;
      throw error;
    }
  }

  /** Drains, tells the provider, then goes on as departed. */
  async #leave(record: PeeringRecord, wish: Wish, signal: AbortSignal): Promise<Step> {
    const { onLeave, again, log, source, namespace } = this.#context;
    this.#link.quiet = true;
    const link = await this.#link.open(record, signal);
    this.#link.raise();
    const leaving = (): OutgoingFacts => ({
      ...this.#link.facts(record),
      stage: 'leaving',
      invitation: good('Accepted', `${this.#id} accepted this cluster; it is leaving`),
    });
    // Its state says how long to drain; `again` is called when it is known.
    if (this.#link.raised === undefined) return { facts: leaving() };
    this.#drain ??= startDrain({
      link,
      work: onLeave,
      onDone: again,
      onError: (error) => log.warn({ error, provider: this.#id }, 'clearing away before leaving failed'),
    });
    if (wish === 'forget') this.#drain.hurry();
    if (!this.#drain.done()) return { facts: leaving() };
    let told = false;
    if (link.state().kind !== 'unreachable') {
      const said = await this.#parting.say(record, leftWithinMs, signal);
      // Who is to be forgotten is told, and not waited for.
      if (said === 'waiting' && wish !== 'forget') return { facts: leaving(), requeueAfterMs: leftPollMs };
      told = said === 'told';
    }
    await this.#link.end();
    const newest = await this.#secret(recordName(this.#id));
    const departed = { ...((newest && readRecord(this.#id, newest)) ?? record), departed: true };
    await source.apply(secrets, recordSecret(namespace, departed));
    return this.#depart(departed, wish, told, signal);
  }

  /** It has ended here. What is left is to tell the provider. */
  async #depart(
    record: PeeringRecord,
    wish: Wish | undefined,
    alreadyTold: boolean,
    signal: AbortSignal,
  ): Promise<Step> {
    const { source, clearWish, event, namespace, now } = this.#context;
    this.#drain = undefined;
    await this.#link.end();
    await deleteLeftNode(source, this.#id);
    if (!alreadyTold) await deleteTenantNamespace(source, this.#id);
    if (wish !== undefined) await clearWish();
    let told = alreadyTold || wish === 'forget';
    if (!told && this.#parting.waitMs === 0) {
      const said = await this.#parting.say(record, leftWithinMs, signal);
      if (said === 'waiting') return { facts: this.#departed(record), requeueAfterMs: leftPollMs };
      told = said === 'told';
    }
    if (!told) {
      const facts = this.#departed(record);
      if (this.#parting.failures === 1) event('Warning', 'Departed', facts.invitation.message);
      return { facts, requeueAfterMs: Math.max(this.#parting.waitMs, 100) };
    }
    await this.#parting.end();
    await source.delete(secrets, `${namespace}/${recordName(this.#id)}`);
    event('Normal', 'Left', `the peering with ${this.#id} has ended`);
    this.#leftMs = now();
    return this.#nothing();
  }

  #departed(record: PeeringRecord): OutgoingFacts {
    const message = `the peering with ${this.#id} has ended here; its API server could not be told yet and is tried again. If it will not come back: kubectl offload unpeer --forget here, and kubectl offload unpeer there`;
    return {
      stage: 'departed',
      invitation: bad('Departed', message),
      apiServerUrl: record.servers[0] ?? '',
      remoteTenantNamespace: record.remoteTenantNamespace,
    };
  }

  /** We delete the Secret only when the link has ended: somebody else did, and the peering would be lost with us. */
  async #restored(): Promise<Secret | undefined> {
    const link = this.#link.current;
    if (link === undefined) return undefined;
    const { source, namespace, event } = this.#context;
    const message = `Secret ${recordName(this.#id)} was deleted; it is needed and written again`;
    event('Warning', 'SecretRestored', message);
    return source.apply(secrets, recordSecret(namespace, link.record));
  }

  async #invitation(): Promise<Secret | undefined> {
    const secret = await this.#secret(invitationName(this.#id));
    return secret !== undefined && isInvitation(secret) ? secret : undefined;
  }

  #secret(name: string): Promise<Secret | undefined> {
    return found(this.#context.source.get(secrets, `${this.#context.namespace}/${name}`));
  }

  /** Only this one: a later one of the name is another invitation. */
  async #deleteSecret({ metadata: { uid, name } }: Secret): Promise<void> {
    const { source, namespace } = this.#context;
    const going = source.delete(secrets, `${namespace}/${name}`, uid === undefined ? {} : { uid });
    await ignoring('conflict', going);
  }
}
