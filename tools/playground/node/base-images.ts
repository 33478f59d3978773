import type { ImageRecipe } from '#tools/image/build-image.ts';
import { executableEntries } from '#tools/image/executable-entries.ts';

/** The image of a pod's sandbox: waits for a signal. */
export const sandboxImage = 'interspan.dev/playground/pause:1';
export const corednsImage = 'interspan.dev/playground/coredns:1';
export const podinfoImage = 'interspan.dev/playground/podinfo:1';

/** What every world needs, from programs of this machine. */
export function baseImages(binaries: {
  readonly busybox: string;
  readonly coredns: string;
  readonly podinfo: string;
}): readonly ImageRecipe[] {
  return [
    {
      reference: sandboxImage,
      entries: [{ from: binaries.busybox, to: '/busybox', mode: 0o755 }],
      entrypoint: ['/busybox', 'sh', '-c', 'trap "exit 0" INT TERM; /busybox sleep 2147483647 & wait'],
    },
    {
      reference: corednsImage,
      entries: executableEntries(binaries.coredns, '/coredns'),
      entrypoint: ['/coredns'],
    },
    {
      reference: podinfoImage,
      entries: executableEntries(binaries.podinfo, '/podinfo'),
      entrypoint: ['/podinfo'],
    },
  ];
}
