import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { startApiServer } from '#test/support/api-server.ts';
import { freePort } from '#tools/host/free-port.ts';
import { requirePackages } from '#tools/host/packages.ts';
import { questionFile } from './dns-cells.ts';
import { benchDocuments, benchObjects } from './dns-names.ts';
import { startChild } from './harness/child.ts';
import { dnsperf } from './harness/dnsperf.ts';
import { load } from './harness/machine.ts';
import type { BenchReport } from './harness/report.ts';
import { table } from './harness/table.ts';

/**
 * Memory of the released sidecar, of which file pages of the executable are a part that the kernel may take back and
 * that processes share: reading its objects from a folder with 100 hosts, and from a real API server with 100 and
 * with `--many N` (10000). Each is asked for 5 s as much as it answers, with its metrics on, and then looked at.
 */
export async function dnsMemory(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({ args: [...argv], options: { many: { type: 'string', default: '10000' } } });
  await requirePackages(['dnsperf']);
  await promisify(execFile)(process.execPath, ['tools/build/main.ts']);
  const folder = await mkdtemp(join(tmpdir(), 'interspan-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));

  const found: Memory[] = [];
  const objects = join(folder, 'objects');
  await mkdir(objects);
  await writeFile(join(objects, 'objects.yaml'), benchObjects(FEW));
  found.push(
    await memoryOf('folder', FEW, folder, ['--from', objects, '--state-dir', join(folder, 'state')]),
  );
  for (const count of [FEW, Number(values.many)]) {
    await using server = await startApiServer();
    await server.kubectl('apply', '-k', 'manifests/gslb/crds');
    for (const file of ['namespace.yaml', 'rbac.yaml'])
      await server.kubectlWith(readFileSync(join('manifests/gslb', file), 'utf8'), 'apply', '-f', '-');
    await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
    await server.kubectl('create', 'namespace', 'bench');
    const documents = benchDocuments(count);
    const create = async (part: number) => {
      const items = documents.filter((_, k) => k % WRITERS === part);
      const list = { apiVersion: 'v1', kind: 'List', items };
      if (items.length > 0) await server.kubectlWith(JSON.stringify(list), 'create', '-f', '-', '-o', 'name');
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, part) => create(part)));
    const kubeconfig = ['--kubeconfig', server.kubeconfig, '--admin', 'none'];
    found.push(await memoryOf('cluster', count, folder, kubeconfig));
  }
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return {
    text: table(
      ['objects from', 'hosts', 'RSS MiB', 'of it of the executable', 'most RSS MiB', 'queries/s', 'load'],
      found.map(({ source, hosts, rss, file, most, qps, load }) => [
        source,
        String(hosts),
        mib(rss),
        mib(file),
        mib(most),
        qps.toFixed(0),
        load.toFixed(1),
      ]),
    ),
    measurements: { found },
  };
}

const FEW = 100;

/** Of kubectl, which limits how fast it writes. */
const WRITERS = 8;

interface Memory {
  readonly source: string;
  readonly hosts: number;
  /** Bytes, as are the next two. */
  readonly rss: number;
  readonly file: number;
  readonly most: number;
  readonly qps: number;
  readonly load: number;
}

async function memoryOf(
  source: string,
  hosts: number,
  folder: string,
  flags: readonly string[],
): Promise<Memory> {
  const port = await freePort();
  await using child = await startChild(
    [
      resolve('dist', `${process.platform}-${process.arch}`, 'gslb-sidecar'),
      ...['--geotag', 'eu', '--listen', `127.0.0.1:${port}`, '--metrics', `127.0.0.1:${await freePort()}`],
      ...['--log-format', 'text', ...flags],
    ],
    /INFO {2}answering/,
  );
  const file = await questionFile(folder, 'hits', hosts);
  // Until the status of each object is written.
  await pause(10_000 + hosts);
  const { qps } = await dnsperf({ port, core: 1, file, seconds: 5 });
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const bytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return {
    source,
    hosts,
    rss: bytes('VmRSS'),
    file: bytes('RssFile'),
    most: bytes('VmHWM'),
    qps,
    load: load(),
  };
}
