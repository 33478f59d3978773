import { type Secret, secrets } from '#core/api/kubernetes.ts';
import { PeeringError } from './errors.ts';
import type { OutgoingFacts } from './foreign-cluster-status.ts';
import { attempted, invitationText, readInvitation } from './invitation-secret.ts';
import type { OutgoingContext, Step } from './outgoing-context.ts';
import type { PeeringRecord } from './peering-record.ts';
import { checkProvider, Redeeming } from './redeem.ts';

const firstPollMs = 100;
const longestPollMs = 300;
const firstRetryMs = 1000;
const longestRetryMs = 15_000;

/** The invitation of one provider, from its Secret to what the provider made of it. */
export class Redemption {
  readonly #id: string;
  readonly #context: OutgoingContext;
  #running:
    | { readonly text: string; readonly redeeming: Redeeming; polls: number; failures: number }
    | undefined;
  /** An invitation that will never do. */
  #refused: { readonly text: string; readonly error: PeeringError } | undefined;

  constructor(clusterID: string, context: OutgoingContext) {
    this.#id = clusterID;
    this.#context = context;
  }

  /** Whether this invitation is one that nothing was done about yet. */
  isNew(secret: Secret): boolean {
    const text = invitationText(secret);
    return this.#running?.text !== text && this.#refused?.text !== text;
  }

  /** One question to the provider. A record when it has accepted. */
  async step(
    secret: Secret,
    known: PeeringRecord | undefined,
    signal: AbortSignal,
  ): Promise<Step | { readonly accepted: PeeringRecord }> {
    const text = invitationText(secret);
    if (this.#refused?.text === text) return { facts: refusal(this.#refused.error) };
    try {
      const running = this.#begun(secret, text, known);
      const verdict = await running.redeeming.step(signal);
      running.failures = 0;
      if (verdict.kind === 'accepted') return { accepted: verdict.record };
      const requeueAfterMs = Math.min(firstPollMs * 1.3 ** running.polls++, longestPollMs);
      return {
        facts: waiting(`the claim at ${this.#id} is ours; its agent has not answered yet`),
        requeueAfterMs,
      };
    } catch (error) {
      if (!(error instanceof PeeringError)) throw error;
      return this.#failed(text, error);
    }
  }

  /** There is no invitation any longer. */
  async forget(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#refused = undefined;
    await running?.redeeming.close();
  }

  #begun(secret: Secret, text: string, known: PeeringRecord | undefined) {
    if (this.#running?.text === text) return this.#running;
    const { identity, wallClock, source, namespace } = this.#context;
    const invitation = readInvitation(this.#id, secret);
    checkProvider(invitation, identity, known);
    void this.#running?.redeeming.close();
    const { name, annotations } = secret.metadata;
    const mark = { metadata: { annotations: { [attempted]: 'true' } } };
    const redeeming = new Redeeming({
      invitation,
      identity,
      wallClock,
      attempted: annotations?.[attempted] === 'true',
      onAttempt: () => source.patch(secrets, `${namespace}/${name}`, mark),
    });
    this.#running = { text, redeeming, polls: 0, failures: 0 };
    return this.#running;
  }

  #failed(text: string, error: PeeringError): Step {
    const { event } = this.#context;
    const { reason } = error;
    const message = `${error.message}. ${error.hint}`;
    if (error.final) {
      this.#refused = { text, error };
      void this.#running?.redeeming.close();
      this.#running = undefined;
      event('Warning', 'InvitationRefused', message);
      return { facts: refusal(error) };
    }
    const failures = this.#running ? ++this.#running.failures : 1;
    if (failures === 1) event('Warning', reason, message);
    const requeueAfterMs = Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 10), longestRetryMs);
    return {
      facts: { stage: 'redeeming', invitation: { status: 'False', reason, message } },
      requeueAfterMs,
    };
  }
}

function refusal({ reason, message, hint }: PeeringError): OutgoingFacts {
  return { stage: 'refused', invitation: { status: 'False', reason, message: `${message}. ${hint}` } };
}

function waiting(message: string): OutgoingFacts {
  return { stage: 'redeeming', invitation: { status: 'Unknown', reason: 'WaitingForProvider', message } };
}
