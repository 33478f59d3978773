import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { ExchangeError } from '#core/exchange/errors.ts';
import { exchangeOverTcp, networkError, type Server, serverText } from '#core/exchange/tcp.ts';
import { rcodeName, SAFE_UDP_BYTES, TYPE } from '#core/wire/constants.ts';
import { extendedRcode } from '#core/wire/edns.ts';
import type { Message, ResourceRecord } from '#core/wire/message.ts';
import { type Name, namesEqual } from '#core/wire/name.ts';
import { nameOf, nameToText } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { readMessage } from '#core/wire/read-message.ts';
import type { EdgeRecord } from './changes.ts';
import type { AskEdge, EdgeReply } from './read-zone.ts';

const attempts = 3;
const attemptTimeoutMs = 1_000;
const tcpTimeoutMs = 3_000;

/**
 * Asks the edge's server with RD=0, each time from a fresh port with a fresh id: over UDP up to three times, over
 * TCP when the reply is truncated. The promise rejects with ExchangeError.
 */
export function edgeAsker(
  server: Server,
  random: (sizeBytes: number) => Uint8Array,
  signal: AbortSignal,
): AskEdge {
  return async (text, type) => {
    const name = nameOf(text);
    const reply = await overUdp(name, type);
    return edgeReply(reply.truncated ? await overTcp(name, type) : reply);
  };

  function query(name: Name, type: EdgeRecord['type']): { readonly id: number; readonly bytes: Uint8Array } {
    const [high = 0, low = 0] = random(2);
    const id = (high << 8) | low;
    const edns = { udpBytes: SAFE_UDP_BYTES, dnssecOk: false, upperRcode: 0, options: [] };
    return { id, bytes: buildQuery({ id, name, type: TYPE[type], recursionDesired: false, edns }) };
  }

  async function overUdp(name: Name, type: EdgeRecord['type']): Promise<Message> {
    for (let attempt = 1; ; attempt += 1) {
      const { id, bytes } = query(name, type);
      try {
        return await exchangeOverUdp(server, bytes, (reply) => matching(reply, id, name, type), signal);
      } catch (error) {
        const again = error instanceof ExchangeError && error.code === 'timeout' && attempt < attempts;
        if (!again) throw error;
      }
    }
  }

  async function overTcp(name: Name, type: EdgeRecord['type']): Promise<Message> {
    const { id, bytes } = query(name, type);
    const reply = await exchangeOverTcp(server, bytes, { timeoutMs: tcpTimeoutMs, signal });
    const message = matching(reply, id, name, type);
    if (message) return message;
    throw new ExchangeError('closed', `${serverText(server)} over TCP sent something that is no reply.`);
  }
}

/** The message, when it is a reply to this question. */
function matching(bytes: Uint8Array, id: number, name: Name, type: EdgeRecord['type']): Message | undefined {
  const message = readMessage(bytes);
  if (!message.ok || message.value.id !== id || !message.value.response) return undefined;
  const [question, second] = message.value.questions;
  const same = question !== undefined && namesEqual(question.name, name) && question.type === TYPE[type];
  return same && second === undefined ? message.value : undefined;
}

/** Sends one datagram and waits for one that is accepted; others are ignored. A connected socket hears refusals. */
function exchangeOverUdp<T>(
  server: Server,
  bytes: Uint8Array,
  accept: (reply: Buffer) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const where = `${serverText(server)} over UDP`;
  return new Promise((resolve, reject) => {
    const aborted = () => settle(() => reject(new ExchangeError('aborted', `Asking ${where} was given up.`)));
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => {
      const message = `${where} did not reply to ${attempts} queries within ${attemptTimeoutMs} ms each.`;
      settle(() => reject(new ExchangeError('timeout', message)));
    }, attemptTimeoutMs);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners('message').close();
      outcome();
    };
    socket.once('error', (cause) => settle(() => reject(networkError(cause, where))));
    socket.on('message', (reply) => {
      const accepted = accept(reply);
      if (accepted !== undefined) settle(() => resolve(accepted));
    });
    socket.connect(server.port, server.address, () => socket.send(bytes));
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
}

function edgeReply(message: Message): EdgeReply {
  return {
    rcode: rcodeName(extendedRcode(message)),
    authoritative: message.authoritative,
    answer: message.answers.flatMap(edgeRecord),
    authority: message.authorities.flatMap(edgeRecord),
    additional: message.additionals.flatMap(edgeRecord),
  };
}

function edgeRecord({ name, ttl, rdata }: ResourceRecord): readonly EdgeRecord[] {
  const record = (type: EdgeRecord['type'], data: string) => [
    { name: nameToText(name), type, ttlSeconds: ttl, data },
  ];
  switch (rdata.kind) {
    case 'A':
    case 'AAAA':
      return record(rdata.kind, rdata.address);
    case 'NS':
      return record('NS', nameToText(rdata.target));
    case 'TXT':
      return record('TXT', rdata.strings.map((octets) => Buffer.from(octets).toString('latin1')).join(''));
    default:
      return [];
  }
}
