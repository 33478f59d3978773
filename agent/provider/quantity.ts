/** Suffixes of Kubernetes quantities (resource.Quantity), as factor and power of ten. */
const suffixes: Readonly<Record<string, readonly [factor: bigint, exponent: number]>> = {
  n: [1n, -9],
  u: [1n, -6],
  m: [1n, -3],
  '': [1n, 0],
  k: [1n, 3],
  M: [1n, 6],
  G: [1n, 9],
  T: [1n, 12],
  P: [1n, 15],
  E: [1n, 18],
  Ki: [1n << 10n, 0],
  Mi: [1n << 20n, 0],
  Gi: [1n << 30n, 0],
  Ti: [1n << 40n, 0],
  Pi: [1n << 50n, 0],
  Ei: [1n << 60n, 0],
};
const pattern = /^\+?(\d{0,30})(?:\.(\d{0,30}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

/**
 * A quantity in thousandths, rounded up as schedulers do: `100m` is 100n, `1Gi` 1073741824000n. Undefined for what is
 * no quantity, and for negative ones.
 */
export function parseQuantity(text: string | number): bigint | undefined {
  const match = pattern.exec(String(text).trim());
  if (match === null) return undefined;
  const [, whole = '', fraction = '', suffix = '', power] = match;
  if (whole === '' && fraction === '') return undefined;
  const [factor, exponent] = suffixes[suffix] as readonly [bigint, number];
  const scale = exponent + Number(power ?? 0) - fraction.length + 3;
  const digits = BigInt(whole + fraction) * factor;
  if (scale >= 0) return digits * 10n ** BigInt(scale);
  const divisor = 10n ** BigInt(-scale);
  return (digits + divisor - 1n) / divisor;
}

/** Thousandths as a quantity: plain numbers where they are whole, binary suffixes for bytes that allow it. */
export function formatQuantity(thousandths: bigint): string {
  if (thousandths % 1000n !== 0n) return `${thousandths}m`;
  const whole = thousandths / 1000n;
  for (const [suffix, bits] of [
    ['Gi', 30n],
    ['Mi', 20n],
    ['Ki', 10n],
  ] as const) {
    if (whole !== 0n && whole % (1n << bits) === 0n) return `${whole >> bits}${suffix}`;
  }
  return String(whole);
}
