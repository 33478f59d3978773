import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '#tools/host/free-port.ts';
import { goTools } from '#tools/host/go-tools.ts';
import { benchNames, benchObjects, benchZone } from './dns-names.ts';
import { type Child, startChild } from './harness/child.ts';
import { pinned } from './harness/machine.ts';

/** A DNS server that runs, to be measured. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** Names that it is loaded with. */
  readonly count: number;
  readonly port: number;
  readonly pid: number;
}

export type Start = (options: ContenderOptions) => Promise<Contender>;

export interface ContenderOptions {
  /** Names that it is loaded with. */
  readonly count: number;
  /** Core that it runs on. */
  readonly core: number;
  /** Where it may put files. */
  readonly folder: string;
}

/** Our DNS server with shipped defaults, started from source. */
export function startFromSource(io: 'ffi' | 'dgram', threads = 1): Start {
  return async ({ count, core }) => {
    const program = fileURLToPath(new URL('./dns-server.ts', import.meta.url));
    const child = await startChild(
      pinned(core, [process.execPath, program, String(count), io, String(threads)]),
      /^port (\d+)$/m,
    );
    return contender(`interspan ${io}`, count, child, Number(child.ready[1]));
  };
}

/** The released sidecar, reading the names from a folder, with its metrics endpoint on. */
export function startSidecar(io: 'ffi' | 'dgram'): Start {
  return async ({ count, core, folder }) => {
    const objects = join(folder, `objects-${count}`);
    await mkdir(objects, { recursive: true });
    await writeFile(join(objects, 'objects.yaml'), benchObjects(count));
    const port = await freePort();
    const child = await startChild(
      pinned(core, [
        resolve('dist', `${process.platform}-${process.arch}`, 'gslb-sidecar'),
        ...['--geotag', 'eu', '--from', objects, '--listen', `127.0.0.1:${port}`, '--dns-io', io],
        ...['--metrics', `127.0.0.1:${await freePort()}`, '--state-dir', join(folder, `state-${port}`)],
      ]),
      /INFO {2}answering/,
    );
    return contender(`interspan ${io}`, count, child, port);
  };
}

/** BIND with one thread. Its answers are cut to the answer section, as ours are. */
export const startBind: Start = async ({ count, core, folder }) => {
  const port = await freePort();
  await writeFile(join(folder, 'zone.db'), zoneText(count));
  await writeFile(
    join(folder, 'named.conf'),
    `options {
  directory "${folder}"; pid-file none; session-keyfile "${join(folder, 'session.key')}";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; minimal-responses yes; notify no; empty-zones-enable no;
};
controls { };
zone "${benchZone}" { type primary; file "zone.db"; };
`,
  );
  const child = await startChild(
    pinned(core, ['/usr/sbin/named', '-g', '-4', '-n', '1', '-c', join(folder, 'named.conf')]),
    / running$/m,
  );
  return contender('BIND 9.18 -n 1', count, child, port);
};

/** CoreDNS with nothing but its `file` plugin. */
export const startCoreDns: Start = async ({ count, core, folder }) => {
  const { coredns } = await goTools('coredns');
  const port = await freePort();
  await writeFile(join(folder, 'zone.db'), zoneText(count));
  await writeFile(
    join(folder, 'Corefile'),
    `${benchZone}:${port} {\n  bind 127.0.0.1\n  file ${join(folder, 'zone.db')}\n}\n`,
  );
  const child = await startChild(pinned(core, [coredns, '-conf', join(folder, 'Corefile')]), /^CoreDNS-/m);
  return contender('CoreDNS file', count, child, port);
};

function contender(name: string, count: number, child: Child, port: number): Contender {
  return { name, count, port, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

function zoneText(count: number): string {
  return [
    '$TTL 60',
    `$ORIGIN ${benchZone}.`,
    '@ IN SOA ns hostmaster 1 3600 600 86400 60',
    '@ IN NS ns',
    'ns IN A 127.0.0.1',
    ...benchNames(count).flatMap(({ name, addresses }) =>
      addresses.map((address) => `${name}. IN A ${address}`),
    ),
    '',
  ].join('\n');
}
