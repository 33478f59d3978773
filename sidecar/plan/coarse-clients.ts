import type { Choice } from '#sidecar/model/answers.ts';
import type { DecisionRemark } from '#sidecar/model/host-decision.ts';
import type { Standing } from './filter.ts';
import type { HostInput } from './host-input.ts';

/**
 * What is to be said where clients are seen as a few networks and the answer depends on which, or is drawn by weight.
 * The words have no figures, so that they stay the same as long as it lasts.
 * @param choices what the host answers
 */
export function coarseClients(
  { host: { host }, coarseClients: are }: HostInput,
  choices: readonly Choice[],
  { pick }: Standing,
): readonly DecisionRemark[] {
  if (are !== true) return [];
  const byClient = choices.some(({ kind }) => kind === 'byNet' || kind === 'byPlace' || kind === 'byHash');
  // Without weights it is the addresses of an answer that are drawn, within its limit: of that nothing is asked.
  const drawn = pick === 'weight' && choices.some(({ kind }) => kind === 'weighted');
  if (!byClient && !drawn) return [];
  return [{ reason: 'CoarseClients', message: `${host}: ${few}${byClient ? subnets : draws}` }];
}

const few = 'nearly all queries come from a few networks';

const subnets =
  ' and name no client subnet that is trusted, so all clients behind a resolver get the answer that is for it; have the resolvers send client subnets (ECS) and list them in --ecs-trust, or let clients use more of them';

const draws =
  ', and a resolver gives the answer that it drew to all its clients until the TTL ends, so the shares are not those of the weights; let clients use more resolvers';
