import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { addressToBytes } from '#core/wire/address.ts';
import type { Datagrams, Responder } from './datagrams.ts';

/**
 * Whether datagrams are read and answered as they should be: over the loopback, with node:dgram on the other side.
 * Each reply says in reverse what was asked, and who the sender was seen to be. Returns what went wrong.
 */
export async function selfTest(datagrams: Datagrams, timeoutMs = TIMEOUT_MS): Promise<string | undefined> {
  for (const address of ['127.0.0.1', '::1']) {
    try {
      const wrong = await echo(datagrams, address, timeoutMs);
      if (wrong !== undefined) return `its self-test over ${address} failed: ${wrong}`;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (address === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
      return `its self-test over ${address} failed: ${message}`;
    }
  }
  return undefined;
}

async function echo(datagrams: Datagrams, address: string, timeoutMs: number): Promise<string | undefined> {
  const client = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let lost: unknown;
  const ended = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(() => ended.resolve('replies are missing'), timeoutMs);
  const server = await datagrams.open({ address, port: 0 }, echoing(), (error) => {
    lost = error;
    ended.resolve(String(error));
  });
  try {
    client.bind(0, address);
    await once(client, 'listening');
    const own = client.address().port;
    const waiting = new Set(sizes);
    client.on('error', (error) => ended.resolve(String(error)));
    client.on('message', (bytes: Buffer, from: RemoteInfo) => {
      const size = bytes.length - SENDER_BYTES;
      const asked = from.address === address && from.port === server.port;
      if (!asked || !waiting.delete(size) || !bytes.equals(reply(pattern(size), address, own)))
        ended.resolve('a reply is not what it should be');
      else if (waiting.size === 0) ended.resolve(undefined);
    });
    for (const size of sizes) client.send(pattern(size), server.port, address);
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    client.close();
    if (lost === undefined) await server.close();
  }
}

/** More than one batch, lengths odd and even, an empty one among them. */
const sizes = Array.from({ length: 40 }, (_, k) => k * 29);

/** For a machine that is very busy; it takes about a millisecond. */
const TIMEOUT_MS = 2000;

const SENDER_BYTES = 18;

const pattern = (size: number) => Buffer.from(Array.from({ length: size }, (_, k) => (k * 7 + size) & 0xff));

function reply(asked: Buffer, address: string, port: number): Buffer {
  const sender = Buffer.alloc(SENDER_BYTES);
  sender.set(addressToBytes(address) ?? []);
  sender.writeUInt16BE(port, 16);
  return Buffer.concat([asked.toReversed(), sender]);
}

function echoing(): Responder {
  const sender = { address: new Uint8Array(16), port: 0, receivedMs: 0 };
  return {
    sender,
    replyBytes: 1232,
    respond: (bytes, length, out) => {
      for (let k = 0; k < length; k += 1) out[k] = bytes[length - 1 - k] ?? 0;
      out.set(sender.address, length);
      out[length + 16] = sender.port >> 8;
      out[length + 17] = sender.port;
      return length + SENDER_BYTES;
    },
    onBatch: () => {},
    onTrouble: () => {},
  };
}
