import { isWithin, type Prefix, parsePrefix } from '#core/wire/prefix.ts';
import type { ByNet } from '#sidecar/model/answers.ts';
import { maskNetwork } from './rendezvous.ts';

/** A network that answers something else than what is around it. */
export interface NestedNet {
  /** Bits behind its length are 0. */
  readonly prefix: Prefix;
  /** Index, among the networks of its family, of the smallest one around it; -1: none. */
  readonly around: number;
  /** Index into the choices. */
  readonly choice: number;
}

/** The networks of a choice, IPv4 first, each family sorted by address, then by length. Of doubles the first counts. */
export function nestedNets(
  { nets, otherwise }: Pick<ByNet, 'nets' | 'otherwise'>,
  onBadPrefix: (prefix: string) => void,
): readonly NestedNet[] {
  const known = new Set<string>();
  const parsed = nets.flatMap(({ prefix: text, choice }) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) {
      onBadPrefix(text);
      return [];
    }
    const bytes = new Uint8Array(prefix.bytes.length);
    maskNetwork(prefix.bytes, prefix.family === 4, prefix.bits, bytes);
    const key = `${bytes.join('.')}/${prefix.bits}`;
    if (known.has(key)) return [];
    known.add(key);
    return [{ prefix: { ...prefix, bytes }, choice }];
  });
  const sorted = parsed.toSorted(
    (a, b) =>
      a.prefix.family - b.prefix.family ||
      Buffer.compare(a.prefix.bytes, b.prefix.bytes) ||
      a.prefix.bits - b.prefix.bits,
  );
  return ([4, 6] as const).flatMap((family) => {
    const result: NestedNet[] = [];
    for (const { prefix, choice } of sorted.filter((net) => net.prefix.family === family)) {
      let around = result.length - 1;
      for (;;) {
        const outer = result[around];
        if (outer === undefined || isInside(prefix, outer.prefix)) break;
        around = outer.around;
      }
      if (choice !== (result[around]?.choice ?? otherwise)) result.push({ prefix, around, choice });
    }
    return result;
  });
}

function isInside(inner: Prefix, outer: Prefix): boolean {
  return outer.bits <= inner.bits && isWithin(outer, inner.family, inner.bytes);
}
