import { PlaygroundError } from '#tools/playground/errors.ts';
import { hostAddress } from './plan.ts';

/** An entry of `ip -j route`. */
export interface Route {
  /** A CIDR, an address, or `default`. */
  readonly dst: string;
  readonly dev?: string;
}

/**
 * The N of 172.19.N.0/24 for a new instance: 0 for `default`, as in the tutorial; for others the first that no
 * other instance has and to which this machine has no more special route than its default one.
 * Throws SUBNET_TAKEN or NO_SUBNET_LEFT.
 */
export function chooseSubnet(instance: string, taken: ReadonlySet<number>, routes: readonly Route[]): number {
  if (instance === 'default') {
    const route = overlapping(0, routes);
    if (route !== undefined || taken.has(0)) {
      throw new PlaygroundError('SUBNET_TAKEN', `172.19.0.0/24 is in use: ${describe(route)}`, {
        hint: 'remove it, or start a world beside it: scripts/playground up --instance other',
      });
    }
    return 0;
  }
  for (let subnet = 1; subnet < 255; subnet++) {
    if (!taken.has(subnet) && overlapping(subnet, routes) === undefined) return subnet;
  }
  throw new PlaygroundError('NO_SUBNET_LEFT', 'no 172.19.N.0/24 is free', {
    hint: 'ip route shows what holds them; scripts/playground down --instance NAME gives one back',
  });
}

function describe(route: Route | undefined): string {
  return route === undefined ? 'another instance has it' : `route ${route.dst} dev ${route.dev ?? '?'}`;
}

function overlapping(subnet: number, routes: readonly Route[]): Route | undefined {
  const wanted = { network: toNumber(hostAddress(subnet, 0)), bits: 24 };
  return routes.find(({ dst }) => {
    const route = parseCidr(dst);
    if (route === undefined || route.bits === 0) return false;
    const bits = Math.min(route.bits, wanted.bits);
    const shift = 32 - bits;
    return route.network >>> shift === wanted.network >>> shift;
  });
}

function parseCidr(text: string): { network: number; bits: number } | undefined {
  const match = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(text);
  return match?.[1] === undefined ? undefined : { network: toNumber(match[1]), bits: Number(match[2] ?? 32) };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
