import { TYPE } from '#core/wire/constants.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { World } from './world.ts';

/** A legal question whose right answer is known. */
export interface Probe {
  readonly name: string;
  /** Sorted. */
  readonly addresses: readonly string[];
  ask(id: number): Buffer;
}

/** Questions for names of a wildcard of the world, each with a label that no other question has. */
export function probesOf(world: World): readonly [Probe, ...Probe[]] {
  const probes = world.patch.names
    .filter(({ name, a }) => name.startsWith('*.') && addressesOf(a).length > 0 && addressesOf(a).length < 30)
    // Below a wildcard of a wildcard another name would be meant.
    .filter(({ name }) => !name.slice(2).includes('*'))
    .map(({ name, a }) => probe(`pRoBe.${name.slice(2)}`, addressesOf(a).toSorted()));
  const [first, ...rest] = probes;
  if (first === undefined) throw new Error('this world has no wildcard with addresses');
  return [first, ...rest];
}

/** What is wrong with the reply to a probe; undefined: nothing. */
export function wrongIn(probe: Probe, reply: Buffer | undefined): string | undefined {
  if (reply === undefined) return 'no answer';
  const read = readMessage(reply);
  if (!read.ok) return read.error.message;
  const addresses = read.value.answers.map(({ rdata }) => (rdata.kind === 'A' ? rdata.address : rdata.kind));
  return addresses.toSorted().join() === probe.addresses.join()
    ? undefined
    : `rcode ${read.value.rcode}, ${addresses.join()} instead of ${probe.addresses.join()}`;
}

function probe(name: string, addresses: readonly string[]): Probe {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const bytes = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, TYPE.A, 0, 1]);
  return {
    name,
    addresses,
    ask: (id) => {
      const query = Buffer.from(bytes);
      query.writeUInt16BE(id, 0);
      return query;
    },
  };
}
