import type { GoModule } from '#tools/host/go-modules.ts';

/** One thing that `scripts/test` runs. */
export type Step =
  | { readonly kind: 'command'; readonly name: string; readonly command: readonly [string, ...string[]] }
  | {
      readonly kind: 'vitest';
      readonly name: string;
      readonly project: string;
      /** Debian packages that its tests run. */
      readonly packages: readonly string[];
      /** Programs from Go source that they run: built before, for minutes, so that no test waits for it. */
      readonly go: readonly GoModule[];
      readonly root: boolean;
    };

const knip = ['knip', '--cache', '--cache-location'] as const;

/** Steps of each target, in the order in which they run. */
export const targets: Readonly<Record<'check' | 'unit' | 'integration' | 'e2e', readonly Step[]>> = {
  check: [
    { kind: 'command', name: 'types', command: ['tsc', '--noEmit'] },
    { kind: 'command', name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
    { kind: 'command', name: 'dead code', command: [...knip, 'node_modules/.cache/knip'] },
    {
      kind: 'command',
      name: 'dead code in production',
      command: [...knip, 'node_modules/.cache/knip-production', '--production'],
    },
    {
      kind: 'command',
      name: 'shell syntax',
      command: ['sh', '-c', 'for script in scripts/*; do sh -n "$script" || exit 1; done; bash -n .ci/run'],
    },
  ],
  unit: [{ kind: 'vitest', name: 'unit tests', project: 'unit', packages: [], go: [], root: false }],
  integration: [
    {
      kind: 'vitest',
      name: 'integration tests',
      project: 'integration',
      packages: [
        ...['etcd-server', 'bind9', 'bind9-dnsutils', 'bind9-utils', 'binutils', 'iproute2'],
        ...['knot-dnsutils', 'knot-resolver', 'ldnsutils', 'python3-dnspython', 'unbound'],
      ],
      go: ['kubernetes', 'coredns', 'podinfo'],
      root: true,
    },
  ],
  e2e: [
    { kind: 'command', name: 'build', command: ['node', 'tools/build/main.ts'] },
    {
      kind: 'vitest',
      name: 'end-to-end tests',
      project: 'e2e',
      packages: ['binutils'],
      go: ['kubernetes', 'coredns', 'podinfo'],
      root: true,
    },
  ],
};
