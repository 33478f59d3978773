import type { ProviderLink } from '#agent/model/provider-link.ts';
import { type Secret, secrets } from '#core/api/kubernetes.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type Drain, startDrain } from './drain.ts';
import { PeeringError } from './errors.ts';
import { Farewell } from './farewell.ts';
import type { Finding, OutgoingFacts } from './foreign-cluster-status.ts';
import { found } from './found.ts';
import type { Identity } from './identity.ts';
import {
  attempted,
  invitationName,
  invitationText,
  isInvitation,
  readInvitation,
} from './invitation-secret.ts';
import { Link } from './link.ts';
import { type PeeringRecord, readRecord, recordChange, recordName, recordSecret } from './peering-record.ts';
import { checkProvider, Redeeming } from './redeem.ts';
import { deleteTenantNamespace, ensureTenantNamespace, tenantNamespaceOf } from './tenant-namespace.ts';

/** `leave`: end the peering; `forget`: even if the provider cannot be told. */
export type Wish = 'leave' | 'forget';

export interface OutgoingContext {
  readonly source: ApiServerSource;
  readonly identity: Identity;
  /** Of the agent. */
  readonly namespace: string;
  readonly log: Logger;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly openRemote: (credentials: Credentials, signal: AbortSignal) => Promise<ApiServerSource>;
  readonly onLink: (link: ProviderLink) => void;
  readonly onLeave: (link: ProviderLink, signal: AbortSignal) => Promise<void>;
  /** Something changed that no watch tells of. */
  readonly again: () => void;
  /** To be recorded on the ForeignCluster. */
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** Removes the wish from the ForeignCluster: it is on record elsewhere now. */
  readonly clearWish: () => Promise<void>;
}

/** What one step found. No facts: nothing is left of a peering with this provider. */
export interface Step {
  readonly facts: OutgoingFacts | undefined;
  readonly requeueAfterMs?: number;
}

const firstPollMs = 100;
const longestPollMs = 1000;
const leftWithinMs = 30_000;
const leftPollMs = 300;
const firstFarewellMs = 10_000;
const longestFarewellMs = 300_000;
/** How long a step waits for the first word of a provider. */
const firstLookMs = 3000;
/** How long a new peering waits until the provider has cleared away the former one. */
const formerWithinMs = 10_000;

const good = (reason: string, message: string): Finding => ({ status: 'True', reason, message });
const bad = (reason: string, message: string): Finding => ({ status: 'False', reason, message });
const open = (reason: string, message: string): Finding => ({ status: 'Unknown', reason, message });

/**
 * The peering with one provider. All that matters is in two Secrets, so that each step may be the first one after a
 * crash: `invitation-<id>` is to be redeemed, `peering-<id>` stands, or has ended with the provider not told.
 */
export class Outgoing {
  readonly #id: string;
  readonly #context: OutgoingContext;
  #link: { readonly link: Link; raised: boolean; prepared: boolean } | undefined;
  #redeeming:
    | { readonly text: string; readonly redeeming: Redeeming; polls: number; failures: number }
    | undefined;
  /** An invitation that will never do. */
  #refused: { readonly text: string; readonly error: PeeringError } | undefined;
  #drain: Drain | undefined;
  #farewell:
    | { readonly farewell: Farewell; readonly beganMs: number; failures: number; nextMs: number }
    | undefined;

  constructor(clusterID: string, context: OutgoingContext) {
    this.#id = clusterID;
    this.#context = context;
  }

  /** The link, once its state is known. */
  get link(): ProviderLink | undefined {
    return this.#link?.raised ? this.#link.link : undefined;
  }

  async step(wish: Wish | undefined, signal: AbortSignal): Promise<Step> {
    const invitation = await this.#invitation();
    const secret = (await this.#secret(recordName(this.#id))) ?? (await this.#restored());
    const record = secret && readRecord(this.#id, secret);
    if (wish !== undefined && record?.departed === false) return this.#leave(record, wish, signal);
    if (wish !== undefined) {
      if (invitation !== undefined) await this.#deleteSecret(invitation);
      await this.#forgetInvitation();
      if (this.#farewell !== undefined) this.#farewell.nextMs = 0;
      if (record !== undefined) return this.#depart(record, wish, false, signal);
      await this.#context.clearWish();
      if (secret !== undefined) await this.#deleteSecret(secret);
      await deleteTenantNamespace(this.#context.source, this.#id);
      return { facts: undefined };
    }
    if (record !== undefined && !record.departed) return this.#keep(record, invitation, signal);
    if (invitation !== undefined) return this.#redeem(invitation, record, signal);
    await this.#forgetInvitation();
    if (record !== undefined) return this.#depart(record, undefined, false, signal);
    if (secret === undefined) return { facts: undefined };
    const { hint } = new PeeringError('TokenUnreadable', '');
    const message = `Secret ${secret.metadata.name} is damaged: the peering in it cannot be used. ${hint}`;
    return { facts: { stage: 'refused', invitation: bad('SecretDamaged', message) } };
  }

  /** We delete the Secret only when the link has ended: somebody else did, and the peering would be lost with us. */
  async #restored(): Promise<Secret | undefined> {
    const { link } = this.#link ?? {};
    if (link === undefined) return undefined;
    const { source, namespace, event } = this.#context;
    event(
      'Warning',
      'SecretRestored',
      `Secret ${recordName(this.#id)} was deleted; it is needed and written again`,
    );
    return source.apply(secrets, recordSecret(namespace, link.record));
  }

  /** Ends what runs in this process; the peering stands. */
  async close(): Promise<void> {
    await Promise.all([this.#endLink(), this.#forgetInvitation(), this.#endFarewell()]);
  }

  async #redeem(secret: Secret, former: PeeringRecord | undefined, signal: AbortSignal): Promise<Step> {
    const text = invitationText(secret);
    if (this.#refused?.text === text) return { facts: this.#refusal(this.#refused.error) };
    const wait = former?.departed ? await this.#tellFormer(former, signal) : undefined;
    if (wait !== undefined)
      return { facts: this.#pending('Redeeming', 'the former peering is being ended'), requeueAfterMs: wait };
    try {
      const running = this.#running(secret, text, former);
      const verdict = await running.redeeming.step(signal);
      running.failures = 0;
      if (verdict.kind === 'waiting') {
        const requeueAfterMs = Math.min(firstPollMs * 1.3 ** running.polls++, longestPollMs);
        const message = `the claim at ${this.#id} is ours; its agent has not answered yet`;
        return { facts: this.#pending('WaitingForProvider', message), requeueAfterMs };
      }
      await this.#endLink();
      await this.#context.source.apply(secrets, recordSecret(this.#context.namespace, verdict.record));
      await this.#deleteSecret(secret);
      await this.#forgetInvitation();
      this.#context.event('Normal', 'Peered', `${this.#id} accepted this cluster as its consumer`);
      return await this.#keep(verdict.record, undefined, signal);
    } catch (error) {
      if (!(error instanceof PeeringError)) throw error;
      return this.#failed(text, error);
    }
  }

  #running(secret: Secret, text: string, former: PeeringRecord | undefined) {
    if (this.#redeeming?.text === text) return this.#redeeming;
    const { identity, wallClock, source, namespace } = this.#context;
    const invitation = readInvitation(this.#id, secret);
    checkProvider(invitation, identity, former);
    void this.#redeeming?.redeeming.close();
    const { name, annotations: notes } = secret.metadata;
    const redeeming = new Redeeming({
      invitation,
      identity,
      wallClock,
      attempted: notes?.[attempted] === 'true',
      onAttempt: () =>
        source.patch(secrets, `${namespace}/${name}`, { metadata: { annotations: { [attempted]: 'true' } } }),
    });
    this.#redeeming = { text, redeeming, polls: 0, failures: 0 };
    return this.#redeeming;
  }

  #failed(text: string, error: PeeringError): Step {
    const said = `${error.message}. ${error.hint}`;
    if (error.final) {
      this.#refused = { text, error };
      void this.#redeeming?.redeeming.close();
      this.#redeeming = undefined;
      this.#context.event('Warning', 'InvitationRefused', said);
      return { facts: this.#refusal(error) };
    }
    const failures = this.#redeeming ? ++this.#redeeming.failures : 1;
    if (failures === 1) this.#context.event('Warning', error.reason, said);
    const requeueAfterMs = Math.min(1000 * 2 ** Math.min(failures - 1, 10), 15_000);
    return { facts: { stage: 'redeeming', invitation: bad(error.reason, said) }, requeueAfterMs };
  }

  #refusal({ reason, message, hint }: PeeringError): OutgoingFacts {
    return { stage: 'refused', invitation: bad(reason, `${message}. ${hint}`) };
  }

  #pending(reason: string, message: string): OutgoingFacts {
    return { stage: 'redeeming', invitation: open(reason, message) };
  }

  /** A peering that stands: namespace and link are there. */
  async #keep(record: PeeringRecord, invitation: Secret | undefined, signal: AbortSignal): Promise<Step> {
    const accepted = good('Accepted', `${this.#id} accepted this cluster as its consumer`);
    let held = this.#link;
    if (held !== undefined && held.link.remoteTenantNamespace !== record.remoteTenantNamespace) {
      await this.#endLink();
      held = undefined;
    }
    held ??= await this.#raise(record, signal);
    const again = invitation && (await this.#invitedAgain(invitation, record, signal));
    if (again?.facts?.stage === 'peered') return again;
    const known = {
      ...this.#standing(record),
      stage: 'peered',
      invitation: again?.facts?.invitation ?? accepted,
    } as const;
    const requeue = again?.requeueAfterMs === undefined ? {} : { requeueAfterMs: again.requeueAfterMs };
    try {
      if (!held.prepared)
        await ensureTenantNamespace(this.#context.source, this.#id, this.#context.namespace);
      held.prepared = true;
    } catch (error) {
      if (!(error instanceof PeeringError)) throw error;
      const trouble = bad(error.reason, `${error.message}. ${error.hint}`);
      return { facts: { ...known, trouble }, requeueAfterMs: 1000 };
    }
    this.#show(held);
    return { facts: { ...known, ...this.#standing(record) }, ...requeue };
  }

  /** A new invitation of a provider that we have: of use only when the peering is broken. */
  async #invitedAgain(secret: Secret, record: PeeringRecord, signal: AbortSignal): Promise<Step | undefined> {
    const { link } = this.#link ?? {};
    if (this.#isRedeemed(secret, record)) {
      await this.#deleteSecret(secret);
      return undefined;
    }
    if (link === undefined || !this.#link?.raised) return undefined;
    if (link.state().kind !== 'connected') return this.#redeem(secret, record, signal);
    await this.#deleteSecret(secret);
    this.#context.event(
      'Normal',
      'AlreadyPeered',
      `${this.#id} is peered with; the new invitation was not used`,
    );
    return undefined;
  }

  #isRedeemed(secret: Secret, record: PeeringRecord): boolean {
    try {
      return readInvitation(this.#id, secret).tenantNamespace === record.remoteTenantNamespace;
    } catch (error) {
      if (error instanceof PeeringError) return false;
      throw error;
    }
  }

  async #raise(record: PeeringRecord, signal: AbortSignal) {
    const { identity, openRemote, log, now, wallClock, again, source, namespace } = this.#context;
    const key = `${namespace}/${recordName(this.#id)}`;
    const link = await Link.open(
      {
        record,
        tenantNamespace: tenantNamespaceOf(this.#id),
        identity,
        openRemote,
        save: (change) => source.patch(secrets, key, { data: recordChange(change) }),
        log,
        now,
        wallClock,
      },
      signal,
    );
    const held = { link, raised: false, prepared: false };
    this.#link = held;
    let kind = '';
    link.onChange(() => {
      const state = link.state();
      // That the provider lets us go while we leave is no news.
      if (state.kind !== kind && this.#drain === undefined) this.#sayState(kind, link);
      kind = state.kind;
      again();
    }, link.signal);
    void link.ready.then(again);
    // So that a restart shows no state in between.
    await Promise.race([link.ready, pause(firstLookMs, link.signal)]);
    return held;
  }

  /** Hands the link out, once its state is known: what it begins with may evict pods. */
  #show(held: { readonly link: Link; raised: boolean }): void {
    const { link } = held;
    if (held.raised || !link.known || link.signal.aborted) return;
    held.raised = true;
    this.#context.onLink(link);
  }

  #sayState(before: string, link: Link): void {
    const { event } = this.#context;
    const state = link.state();
    if (state.kind === 'connected') {
      if (before !== '') event('Normal', 'ProviderReachable', `${this.#id} answers again`);
    } else
      event('Warning', state.kind === 'refused' ? 'ProviderRefused' : 'ProviderUnreachable', state.message);
  }

  #standing(record: PeeringRecord): Pick<OutgoingFacts, 'link' | 'apiServerUrl' | 'remoteTenantNamespace'> {
    const { link } = this.#link ?? {};
    return {
      ...(link?.known ? { link: link.state() } : {}),
      apiServerUrl: link?.credentials.server() || (record.servers[0] ?? ''),
      remoteTenantNamespace: record.remoteTenantNamespace,
    };
  }

  /** Drains, tells the provider, then goes on as departed. */
  async #leave(record: PeeringRecord, wish: Wish, signal: AbortSignal): Promise<Step> {
    const { onLeave, again, log } = this.#context;
    const held = this.#link ?? (await this.#raise(record, signal));
    this.#show(held);
    const leaving = (): OutgoingFacts => ({
      ...this.#standing(record),
      stage: 'leaving',
      invitation: good('Accepted', `${this.#id} accepted this cluster; it is leaving`),
    });
    // Its state says how long to drain; `ready` calls again.
    if (!held.raised) return { facts: leaving() };
    this.#drain ??= startDrain({
      link: held.link,
      work: onLeave,
      onDone: again,
      onError: (error) => log.warn({ error, provider: this.#id }, 'clearing away before leaving failed'),
    });
    if (wish === 'forget') this.#drain.hurry();
    if (!this.#drain.done()) return { facts: leaving() };
    let told = false;
    if (held.link.state().kind !== 'unreachable') {
      const said = await this.#say(record, leftWithinMs, signal);
      // Who is to be forgotten is told, and not waited for.
      if (said === 'waiting' && wish !== 'forget') return { facts: leaving(), requeueAfterMs: leftPollMs };
      told = said === 'told';
    }
    await this.#endLink();
    const newest = await this.#secret(recordName(this.#id));
    const last = (newest && readRecord(this.#id, newest)) ?? record;
    const departed = { ...last, departed: true };
    await this.#context.source.apply(secrets, recordSecret(this.#context.namespace, departed));
    return this.#depart(departed, wish, told, signal);
  }

  /** It has ended here. What is left is to tell the provider. */
  async #depart(
    record: PeeringRecord,
    wish: Wish | undefined,
    alreadyTold: boolean,
    signal: AbortSignal,
  ): Promise<Step> {
    const { source, now, clearWish, event } = this.#context;
    this.#drain = undefined;
    await this.#endLink();
    await deleteTenantNamespace(source, this.#id);
    if (wish !== undefined) await clearWish();
    let done = alreadyTold || wish === 'forget';
    if (!done && now() >= (this.#farewell?.nextMs ?? 0)) {
      const said = await this.#say(record, leftWithinMs, signal);
      if (said === 'waiting') return { facts: this.#departed(record), requeueAfterMs: leftPollMs };
      done = said === 'told';
      if (said === 'failed' && this.#farewell?.failures === 1)
        event('Warning', 'Departed', this.#departed(record).invitation.message);
    }
    if (done) {
      await this.#endFarewell();
      await source.delete(secrets, `${this.#context.namespace}/${recordName(this.#id)}`);
      event('Normal', 'Left', `the peering with ${this.#id} has ended`);
      return { facts: undefined };
    }
    const requeueAfterMs = Math.max((this.#farewell?.nextMs ?? 0) - now(), 100);
    return { facts: this.#departed(record), requeueAfterMs };
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

  /** `told` also when it took it down and is slow to clear away. `failed`: `nextMs` says when to try again. */
  async #say(
    record: PeeringRecord,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<'told' | 'waiting' | 'failed'> {
    const { now, log, random } = this.#context;
    this.#farewell ??= { farewell: new Farewell(record), beganMs: now(), failures: 0, nextMs: 0 };
    const held = this.#farewell;
    try {
      if ((await held.farewell.say(signal)) === 'left') return 'told';
      return held.farewell.told && now() - held.beganMs >= withinMs ? 'told' : 'waiting';
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SourceError)) throw error;
      log.debug({ error, provider: this.#id }, 'the provider could not be told that we left');
      const wait = Math.min(firstFarewellMs * 2 ** Math.min(held.failures++, 10), longestFarewellMs / 1.5);
      held.nextMs = now() + wait * (1 + random() / 2);
      return 'failed';
    }
  }

  /** Before a new peering: a last try to end the former one. Milliseconds to wait, if it is under way. */
  async #tellFormer(record: PeeringRecord, signal: AbortSignal): Promise<number | undefined> {
    if (this.#redeeming !== undefined) return undefined;
    const { now } = this.#context;
    const said = await this.#say(record, formerWithinMs, signal);
    const late = now() - (this.#farewell?.beganMs ?? 0) >= formerWithinMs;
    if (said === 'waiting' && !late) return leftPollMs;
    await this.#endFarewell();
    return undefined;
  }

  async #invitation(): Promise<Secret | undefined> {
    const secret = await this.#secret(invitationName(this.#id));
    return secret !== undefined && isInvitation(secret) ? secret : undefined;
  }

  #secret(name: string): Promise<Secret | undefined> {
    return found(this.#context.source.get(secrets, `${this.#context.namespace}/${name}`));
  }

  /** Only this one: a later one of the name is another invitation. */
  async #deleteSecret({ metadata }: Secret): Promise<void> {
    const { uid, name } = metadata;
    try {
      await this.#context.source.delete(
        secrets,
        `${this.#context.namespace}/${name}`,
        uid === undefined ? {} : { uid },
      );
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'conflict') throw error;
    }
  }

  async #endLink(): Promise<void> {
    const held = this.#link;
    this.#link = undefined;
    await held?.link.close();
  }

  async #forgetInvitation(): Promise<void> {
    const running = this.#redeeming;
    this.#redeeming = undefined;
    this.#refused = undefined;
    await running?.redeeming.close();
  }

  async #endFarewell(): Promise<void> {
    const held = this.#farewell;
    this.#farewell = undefined;
    await held?.farewell.close();
  }
}
