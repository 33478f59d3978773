import { candidatesOf } from './candidate.ts';
import { type Filter, pass } from './filter.ts';
import type { HostInput } from './host-input.ts';

/** Says what is answered when no cluster is left: nothing (NODATA), or what the policy wants instead. */
export const failOpen: Filter = (standing, { input }) => {
  if (standing.clusters.length > 0) return pass('failOpen', standing);
  const { host } = input;
  const { addresses, what } = instead(input);
  if (addresses.length === 0) return pass('failOpen', standing, what);
  const message = `${host.host}: no cluster has a healthy address; ${what}`;
  return {
    ...pass('failOpen', { ...standing, instead: addresses }, what),
    remarks: [{ reason: 'FailOpen', message }],
  };
};

function instead(input: HostInput): { readonly addresses: readonly string[]; readonly what: string } {
  const wanted = input.host.policy?.whenAllDown ?? { mode: 'noData' };
  switch (wanted.mode) {
    case 'noData':
      return { addresses: [], what: 'no cluster is left: no address is answered' };
    case 'lastGood': {
      const addresses = input.before.lastGood ?? [];
      const what = addresses.length === 0 ? 'no last good answer is known' : 'the last good answer is given';
      return { addresses, what };
    }
    case 'all': {
      const addresses = candidatesOf(input).flatMap(({ known }) => known);
      const what =
        addresses.length === 0 ? 'no address is known' : 'all addresses that are known are answered';
      return { addresses: [...new Set(addresses)].sort(), what };
    }
    case 'fallback':
      return { addresses: wanted.addresses, what: 'the fallback of the policy is answered' };
  }
}
