import { encode } from '#sidecar/memory/encode.ts';
import { replaceFile } from '#sidecar/memory/replace-file.ts';

/*
 * Writes a state of thousands of names to the path of the first argument again and again, as fast as it can, until it is
 * killed; each with a serial one higher. Says so after the first.
 */
const [, , path = ''] = process.argv;
const zone = 'cloud.example.com';
const nothing = { kind: 'fixed', addresses: [] } as const;
const names = Array.from({ length: 5_000 }, (_, k) => ({
  name: `h${k}.${zone}`,
  zone,
  a: { kind: 'rotate', addresses: ['192.0.2.1', '192.0.2.2'] } as const,
  aaaa: nothing,
  ttlSeconds: 30,
  negativeTtlSeconds: 30,
}));
for (let serial = 1; ; serial += 1) {
  const apex = { name: zone, nameServers: [`ns.${zone}`], nsTtlSeconds: 30, negativeTtlSeconds: 30, serial };
  const { bytes } = await encode(
    { geoTag: 'eu', uid: 'c1' },
    { zones: [apex], names, hosts: new Map(), probes: new Map() },
    () => performance.now(),
    async () => undefined,
  );
  await replaceFile(path, bytes, Date.now());
  if (serial === 1) process.stdout.write('written\n');
}
