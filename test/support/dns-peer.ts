import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

/** What a peer does with a question; addresses are those of the type asked. */
export type Behaviour =
  | { readonly kind: 'addresses'; readonly a?: readonly string[]; readonly aaaa?: readonly string[] }
  | { readonly kind: 'rcode'; readonly rcode: number }
  /** Over UDP; over TCP it answers these. */
  | { readonly kind: 'truncate'; readonly a: readonly string[] }
  | { readonly kind: 'silence' }
  /** Answers these from another port. */
  | { readonly kind: 'elsewhere'; readonly a: readonly string[] }
  /** Answers these with something changed in the reply. */
  | { readonly kind: 'forge'; readonly a: readonly string[]; readonly change: (reply: Buffer) => void };

/** A question as it came: name in its letter case, time of `performance.now()`. */
export interface SeenQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  readonly from: string;
  readonly atMs: number;
  readonly payloadSize: number | undefined;
  readonly id: number;
}

/** A small DNS server on the loopback, UDP and TCP on one port, that does as told. */
export interface DnsPeer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  behaviour: (name: string, type: string) => Behaviour;
  readonly seen: SeenQuestion[];
}

export async function startDnsPeer(
  options: { readonly address?: string; readonly port?: number } = {},
): Promise<DnsPeer> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryDnsPeer(options);
    } catch (error) {
      // A port that UDP gave us may be taken for TCP.
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || options.port !== undefined || tries === 10) throw error;
    }
  }
}

async function tryDnsPeer(options: { readonly address?: string; readonly port?: number }): Promise<DnsPeer> {
  const address = options.address ?? '127.0.0.1';
  const family = address.includes(':') ? 'udp6' : 'udp4';
  const udp = createSocket(family);
  udp.bind(options.port ?? 0, address);
  await once(udp, 'listening');
  const { port } = udp.address();
  const elsewhere = createSocket(family);
  elsewhere.bind(0, address);
  await once(elsewhere, 'listening');
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (framed: Buffer) => {
      const { reply } = handle(framed.subarray(2), 'tcp', '');
      if (reply) socket.end(Buffer.concat([Buffer.of(reply.length >> 8, reply.length & 0xff), reply]));
    });
  });
  tcp.listen(port, address);
  try {
    await once(tcp, 'listening');
  } catch (error) {
    udp.close();
    elsewhere.close();
    throw error;
  }

  const peer: DnsPeer = {
    address,
    port,
    behaviour: () => ({ kind: 'silence' }),
    seen: [],
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      const closed = [once(udp, 'close'), once(elsewhere, 'close'), once(tcp, 'close')];
      udp.close();
      elsewhere.close();
      tcp.close();
      await Promise.all(closed);
    },
  };

  function handle(bytes: Buffer, transport: 'udp' | 'tcp', from: string) {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    if (!question) return { reply: undefined, socket: udp };
    const opt = query.additionals?.find((record) => record.type === 'OPT');
    peer.seen.push({
      name: question.name,
      type: question.type,
      transport,
      from,
      atMs: performance.now(),
      payloadSize: opt?.udpPayloadSize,
      id: query.id ?? 0,
    });
    const behaviour = peer.behaviour(question.name.toLowerCase(), question.type);
    if (behaviour.kind === 'silence') return { reply: undefined, socket: udp };
    const truncated = behaviour.kind === 'truncate' && transport === 'udp';
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | (truncated ? TRUNCATED_RESPONSE : 0),
      questions: [question],
      answers: truncated ? [] : answersOf(behaviour, question.name, question.type),
    } satisfies Packet);
    if (behaviour.kind === 'rcode') reply[3] = (reply[3] ?? 0) | behaviour.rcode;
    if (behaviour.kind === 'forge') behaviour.change(reply);
    return { reply, socket: behaviour.kind === 'elsewhere' ? elsewhere : udp };
  }

  udp.on('message', (bytes, from: RemoteInfo) => {
    const { reply, socket } = handle(bytes, 'udp', `${from.address}|${from.port}`);
    if (reply) socket.send(reply, from.port, from.address);
  });
  return peer;
}

function answersOf(behaviour: Behaviour, name: string, type: string): Answer[] {
  if (behaviour.kind === 'rcode' || behaviour.kind === 'silence') return [];
  const aaaa = behaviour.kind === 'addresses' ? behaviour.aaaa : undefined;
  if (type === 'AAAA') return (aaaa ?? []).map((data) => ({ type: 'AAAA', name, data, ttl: 30 }));
  return (behaviour.a ?? []).map((data) => ({ type: 'A', name, data, ttl: 30 }));
}
