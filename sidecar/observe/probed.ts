import type { HostView } from '#sidecar/model/cluster-view.ts';

/** What probes say of an address. Shape of the prober's verdicts. */
export type Verdict =
  | { readonly up: true; readonly mayChangeInSeconds?: number; readonly neverPassed?: string }
  | { readonly up: false; readonly why: string; readonly answered: boolean };

/** What is known of one address of a host. */
export interface Checked {
  readonly address: string;
  /** Undefined: it is not probed. */
  readonly verdict: Verdict | undefined;
  /** It is up again, and held back for so many more seconds. */
  readonly heldSeconds?: number;
}

/**
 * Which addresses of a host may be published. What is down or held back is withheld, and that is believed as long as
 * another address passes, or a server itself says that it cannot. When every address fails without a word from a
 * server while Services have ready endpoints, it may be the probes that fail, and all addresses stay. Those held back
 * are better than none.
 * @param ready whether its Services have ready endpoints
 */
export function probedAddresses(
  checked: readonly Checked[],
  ready: boolean,
): Pick<HostView, 'addresses' | 'withheld' | 'probesSuspect' | 'mayChangeInSeconds'> {
  const down = checked.filter(({ verdict }) => verdict?.up === false);
  const passing = checked.filter(({ verdict }) => verdict?.up !== false);
  const answered = down.some(({ verdict }) => verdict?.up === false && verdict.answered);
  const suspect = ready && passing.length === 0 && down.length > 0 && !answered;
  const settled = passing.filter(({ heldSeconds }) => heldSeconds === undefined);
  const published = suspect ? down : settled.length > 0 ? settled : passing;
  const withheld = checked.filter((one) => !published.includes(one));
  const soon = checked.flatMap(({ verdict, heldSeconds }) => [
    ...(verdict?.up === true && verdict.mayChangeInSeconds !== undefined ? [verdict.mayChangeInSeconds] : []),
    ...(heldSeconds !== undefined && settled.length > 0 ? [heldSeconds] : []),
  ]);
  return {
    addresses: published.map(({ address }) => address),
    ...(withheld.length === 0
      ? {}
      : { withheld: withheld.map((one) => ({ address: one.address, why: reason(one) })) }),
    ...(suspect ? { probesSuspect: true } : {}),
    ...(soon.length === 0 ? {} : { mayChangeInSeconds: Math.min(...soon) }),
  };
}

const reason = ({ verdict }: Checked): string =>
  verdict?.up === false ? verdict.why : 'answers probes again; held back for a while, since it failed before';
