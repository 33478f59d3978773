export const benchZone = 'cloud.example.com';

/** `count` names with 4 addresses each: what every server of the bench is loaded with. */
export function benchNames(
  count: number,
): readonly { readonly name: string; readonly addresses: readonly string[] }[] {
  return Array.from({ length: count }, (_, k) => ({
    name: `host${k}.${benchZone}`,
    addresses: [1, 2, 3, 4].map((last) => `10.${(k >> 8) & 0xff}.${k & 0xff}.${last}`),
  }));
}
