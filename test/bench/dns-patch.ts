import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { addressToBytes } from '#core/wire/address.ts';
import { TYPE } from '#core/wire/constants.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import type { NameAnswers } from '#sidecar/model/answers.ts';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';
import { benchAnswers, benchApex, benchNames, benchZone } from './dns-names.ts';
import { load } from './harness/machine.ts';
import { quantile } from './harness/statistics.ts';

/** How long one changed host among 10,000 took from `patch()` to a client that asks all the time, milliseconds. */
export interface PatchTimes {
  readonly hosts: number;
  readonly seenMs: readonly number[];
  readonly load: number;
}

/** Changes one host after the other, and asks for it until the answer is the new one. The server is idle but for that. */
export async function patchTimes(hosts = 10_000, changes = 300): Promise<PatchTimes> {
  const stop = new AbortController();
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      log: silent,
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    stop.signal,
  );
  const socket = createSocket('udp4');
  try {
    const [at] = server.listening();
    socket.connect(at?.port ?? 0, at?.address);
    await once(socket, 'connect');
    server.patch({
      zones: [benchApex],
      names: benchNames(hosts).map(({ name, addresses }) => answers(name, addresses)),
      removed: [],
    });
    const seenMs: number[] = [];
    for (let change = 0; change < changes; change += 1) {
      const name = `host${(change * 31) % hosts}.${benchZone}`;
      const address = `192.0.2.${change % 250}`;
      await seen(socket, server, name, '192.0.2.255');
      seenMs.push(await seen(socket, server, name, address));
    }
    return { hosts, seenMs, load: load() };
  } finally {
    socket.close();
    await server.close();
  }
}

export function patchTimesText({ hosts, seenMs, load: busy }: PatchTimes): string {
  const at = (q: number) => quantile(seenMs, q).toFixed(2);
  return `One changed host of ${hosts}, from patch() to a client that keeps asking: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms (${seenMs.length} changes, load ${busy.toFixed(1)})`;
}

function answers(name: string, addresses: readonly string[]): NameAnswers {
  return benchAnswers(name, { kind: 'fixed', addresses });
}

async function seen(
  socket: ReturnType<typeof createSocket>,
  server: DnsServer,
  name: string,
  address: string,
): Promise<number> {
  const query = buildQuery({ id: 1, name: nameOf(name), type: TYPE.A, recursionDesired: false });
  const wanted = Buffer.from(addressToBytes(address) ?? []);
  const begin = performance.now();
  server.patch({ names: [answers(name, [address])], removed: [] });
  for (;;) {
    const reply = once(socket, 'message');
    socket.send(query);
    const [bytes] = (await reply) as [Buffer];
    if (bytes.subarray(-4).equals(wanted)) return performance.now() - begin;
  }
}
