import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { HEADER_BYTES, RCODE, SAFE_UDP_BYTES } from '#core/wire/constants.ts';
import { readMessage } from '#core/wire/read-message.ts';
import type { Endpoint } from '#test/support/dns-exchange.ts';
import { MOST_MUTATED_BYTES, mutate } from './mutate.ts';
import { type Probe, probesOf, wrongIn } from './probes.ts';
import { makeQuestion } from './questions.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface AttackResult {
  readonly sent: number;
  readonly replies: number;
  /** Legal questions in between that were answered right. */
  readonly probes: number;
  /** What was wrong, in words; the first ten. */
  readonly faults: readonly string[];
}

interface Attack {
  readonly world: World;
  readonly random: Random;
  readonly server: Endpoint;
  /** Mutated messages to send. */
  readonly count: number;
  /** Hears now and then how many were sent. */
  readonly onProgress?: (sent: number) => void;
}

/** Mutated datagrams in bursts of 100, a legal question behind each burst. */
export async function attackUdp(attack: Attack): Promise<AttackResult> {
  const { random, server, count, onProgress = () => {} } = attack;
  const tally = startTally();
  const bases = basesOf(attack);
  const probes = probesOf(attack.world);
  const out = Buffer.alloc(MOST_MUTATED_BYTES);
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22, sendBufferSize: 1 << 22 });
  let onProbe: (reply: Buffer) => void = () => {};
  let probeId = 0;
  socket.on('message', (reply) => {
    if (reply.length >= 2 && reply.readUInt16BE(0) === probeId && isOfProbe(reply)) onProbe(reply);
    else tally.take(reply, SAFE_UDP_BYTES);
  });
  socket.on('error', (error) => tally.fault(String(error)));
  const isOfProbe = (reply: Buffer) => reply.indexOf(PROBE_MARK) >= 0;
  socket.connect(server.port, server.address);
  await once(socket, 'connect');

  const ask = (probe: Probe): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      probeId = random.below(0x10000);
      const timer = setTimeout(resolve, 1000, undefined);
      onProbe = (reply) => {
        clearTimeout(timer);
        onProbe = () => {};
        resolve(reply);
      };
      socket.send(probe.ask(probeId));
    });

  try {
    while (tally.sent < count && tally.faults.length < MOST_FAULTS) {
      for (let k = 0; k < BURST && tally.sent < count; k += 1) {
        const length = mutate(random, random.pick(bases), out);
        // The kernel takes it at once or not at all; a copy, in case that libuv keeps it.
        socket.send(Buffer.from(out.subarray(0, length)));
        tally.sent += 1;
      }
      const probe = random.pick(probes);
      // A datagram may be lost where many wait: a server that lives answers the second or the third.
      const reply = (await ask(probe)) ?? (await ask(probe)) ?? (await ask(probe));
      tally.probe(probe, reply);
      if (tally.sent % (100 * BURST) === 0) onProgress(tally.sent);
    }
  } finally {
    socket.close();
    await once(socket, 'close');
  }
  return tally.result();
}

/** Mutated messages over connections, 50 in each, some with a wrong length in front; a legal question behind each. */
export async function attackTcp(attack: Attack): Promise<AttackResult> {
  const { random, server, count, onProgress = () => {} } = attack;
  const tally = startTally();
  const bases = basesOf(attack);
  const probes = probesOf(attack.world);
  const out = Buffer.alloc(MOST_MUTATED_BYTES);
  while (tally.sent < count && tally.faults.length < MOST_FAULTS) {
    const messages: Buffer[] = [];
    for (let k = 0; k < 50 && tally.sent < count; k += 1) {
      const length = mutate(random, random.pick(bases), out);
      const claimed = random.oneIn(50) ? random.below(0x10000) : length;
      messages.push(framed(out.subarray(0, length), claimed));
      tally.sent += 1;
    }
    for (const reply of await exchange(server, messages)) tally.take(reply, 0xffff);
    const probe = random.pick(probes);
    const [reply] = await exchange(server, [framed(probe.ask(7), probe.ask(7).length)]);
    tally.probe(probe, reply);
    if (tally.sent % 5000 === 0) onProgress(tally.sent);
  }
  return tally.result();
}

const BURST = 100;
const MOST_FAULTS = 10;

/** In no question but those of probes. */
const PROBE_MARK = Buffer.from('\x05pRoBe');

/** Enough questions that what is made of them differs. */
const basesOf = ({ world, random }: Attack) => {
  const [first, ...rest] = Array.from({ length: 2000 }, () => makeQuestion(world, random).bytes);
  return [first ?? Buffer.alloc(HEADER_BYTES), ...rest] as const;
};

function framed(message: Uint8Array, claimed: number): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(claimed);
  return Buffer.concat([head, message]);
}

/** Sends everything, ends its side, and resolves with what came back until the server closed. */
async function exchange(server: Endpoint, frames: readonly Buffer[]): Promise<readonly Buffer[]> {
  const socket = connect({ host: server.address, port: server.port, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  // It may close in the middle of what it cannot read.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => socket.destroy());
  socket.setTimeout(5000, () => socket.destroy());
  socket.end(Buffer.concat(frames));
  await once(socket, 'close');
  const replies: Buffer[] = [];
  let rest = Buffer.concat(chunks);
  while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
    replies.push(rest.subarray(2, 2 + rest.readUInt16BE(0)));
    rest = rest.subarray(2 + rest.readUInt16BE(0));
  }
  return replies;
}

interface Tally {
  sent: number;
  readonly faults: string[];
  fault(text: string): void;
  take(reply: Buffer, most: number): void;
  probe(probe: Probe, reply: Buffer | undefined): void;
  result(): AttackResult;
}

function startTally(): Tally {
  const faults: string[] = [];
  let replies = 0;
  let probes = 0;
  const fault = (text: string) => {
    if (faults.length < MOST_FAULTS) faults.push(text);
  };
  return {
    sent: 0,
    faults,
    fault,
    take: (reply, most) => {
      replies += 1;
      const wrong = illegalIn(reply, most);
      if (wrong !== undefined) fault(`${wrong}: ${reply.toString('hex')}`);
    },
    probe: (probe, reply) => {
      probes += 1;
      const wrong = wrongIn(probe, reply);
      if (wrong !== undefined) fault(`legal question ${probes}, ${probe.name}: ${wrong}`);
    },
    result() {
      return { sent: this.sent, replies, probes, faults };
    },
  };
}

/** What no reply of ours may be. */
function illegalIn(reply: Buffer, most: number): string | undefined {
  if (reply.length > most) return `a reply of ${reply.length} octets`;
  const read = readMessage(reply);
  if (!read.ok) return `a reply that cannot be read (${read.error.message})`;
  const { response, recursionAvailable, rcode, truncated, answers } = read.value;
  if (!response || recursionAvailable) return 'a reply with wrong flags';
  if (truncated && answers.length > 0) return 'a part of an RRset';
  // Zones are loaded: only a fault of ours makes SERVFAIL.
  return rcode === RCODE.SERVFAIL ? 'SERVFAIL' : undefined;
}
