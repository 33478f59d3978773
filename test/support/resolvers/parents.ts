import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Bind, startBind } from '#test/support/bind.ts';
import { places } from './places.ts';

const run = promisify(execFile);

export interface Parents extends AsyncDisposable {
  /** The DNSKEY record of example.com: `257 3 13 <base64>`. */
  readonly key: string;
}

/**
 * An unsigned root and com, and a signed example.com that delegates cloud.example.com, without DS, to both addresses
 * of ours. Each is a BIND of its own, so that resolvers have to walk.
 */
export async function startParents(folder: string): Promise<Parents> {
  const { root, com, example, ours } = places;
  const signed = await sign(folder, 'example.com', [
    ...head('example.com.', example),
    'www.example.com. A 192.0.2.80',
    ...ours.flatMap((address, k) => [
      `cloud.example.com. NS gslb-ns-${k}-cloud.example.com.`,
      `gslb-ns-${k}-cloud.example.com. A ${address}`,
    ]),
  ]);
  const zones: readonly (readonly [string, string, string])[] = [
    ['.', root, lines([...head('.', root), 'com. NS ns.com.', `ns.com. A ${com}`])],
    [
      'com',
      com,
      lines([...head('com.', com), 'example.com. NS ns.example.com.', `ns.example.com. A ${example}`]),
    ],
    ['example.com', example, signed.text],
  ];
  const servers: Bind[] = [];
  for (const [name, address, text] of zones)
    servers.push(await startBind({ address, port: 53, zones: [{ name, text }] }));
  return {
    key: signed.key,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close();
    },
  };
}

const lines = (list: readonly string[]) => [...list, ''].join('\n');

/** `name` ends with a dot. */
function head(name: string, address: string): readonly string[] {
  const server = name === '.' ? 'ns.root.' : `ns.${name}`;
  return [
    '$TTL 60',
    `${name} SOA ${server} hostmaster.${server} 1 3600 600 86400 60`,
    `${name} NS ${server}`,
    `${server} A ${address}`,
  ];
}

async function sign(
  folder: string,
  zone: string,
  records: readonly string[],
): Promise<{ readonly text: string; readonly key: string }> {
  const keygen = ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '-K', folder, zone];
  const { stdout } = await run('dnssec-keygen', keygen);
  const source = join(folder, 'unsigned.zone');
  const target = join(folder, 'signed.zone');
  await writeFile(source, lines(records));
  await run('dnssec-signzone', ['-S', '-z', '-K', folder, '-d', folder, '-o', zone, '-f', target, source]);
  const key = await readFile(join(folder, `${stdout.trim()}.key`), 'utf8');
  const [, data = ''] = /DNSKEY (.*)$/m.exec(key) ?? [];
  return { text: await readFile(target, 'utf8'), key: data };
}
