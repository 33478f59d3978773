import { SAFE_UDP_BYTES } from '#core/wire/constants.ts';
import type { Message } from '#core/wire/message.ts';
import { type Name, namesEqual } from '#core/wire/name.ts';
import { buildQuery } from '#core/wire/query.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { ExchangeError } from './errors.ts';
import { exchangeOverTcp, type Server, serverText } from './tcp.ts';
import { exchangeOverUdp } from './udp.ts';

export interface AskOptions {
  readonly recursionDesired: boolean;
  /** How often UDP is tried; a server that nobody can reach is not asked again. */
  readonly attempts: number;
  /** For each of them. */
  readonly attemptTimeoutMs: number;
  readonly tcpTimeoutMs: number;
  /** Unpredictable octets (`randomBytes` of node:crypto). */
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly signal: AbortSignal;
}

/**
 * Asks a server one question, class IN, each time from a fresh port with a fresh id: over UDP, and over TCP when the
 * reply is truncated. What is no reply to the question is passed over. The promise rejects with ExchangeError.
 * @param type number of the record type
 */
export async function ask(server: Server, name: Name, type: number, options: AskOptions): Promise<Message> {
  const { recursionDesired, attempts, attemptTimeoutMs, tcpTimeoutMs, random, signal } = options;

  function query(): { readonly id: number; readonly bytes: Uint8Array } {
    const [high = 0, low = 0] = random(2);
    const id = (high << 8) | low;
    const edns = { udpBytes: SAFE_UDP_BYTES, dnssecOk: false, upperRcode: 0, options: [] };
    return { id, bytes: buildQuery({ id, name, type, recursionDesired, edns }) };
  }

  async function overUdp(): Promise<Message> {
    for (let attempt = 1; ; attempt += 1) {
      const { id, bytes } = query();
      const accept = (reply: Buffer) => replyTo(reply, id, name, type);
      try {
        return await exchangeOverUdp(server, bytes, accept, { timeoutMs: attemptTimeoutMs, signal });
      } catch (error) {
        const timeout = error instanceof ExchangeError && error.code === 'timeout';
        if (!timeout) throw error;
        if (attempt < attempts) continue;
        const what = `${serverText(server)} over UDP did not reply`;
        throw new ExchangeError(
          'timeout',
          `${what} to ${attempts} queries within ${attemptTimeoutMs} ms each.`,
        );
      }
    }
  }

  async function overTcp(): Promise<Message> {
    const { id, bytes } = query();
    const reply = await exchangeOverTcp(server, bytes, { timeoutMs: tcpTimeoutMs, signal });
    const message = replyTo(reply, id, name, type);
    if (message) return message;
    throw new ExchangeError('closed', `${serverText(server)} over TCP sent something that is no reply.`);
  }

  const reply = await overUdp();
  return reply.truncated ? await overTcp() : reply;
}

/** The message, when it is a reply to this question. */
function replyTo(bytes: Uint8Array, id: number, name: Name, type: number): Message | undefined {
  const message = readMessage(bytes);
  if (!message.ok || message.value.id !== id || !message.value.response) return undefined;
  const [question, second] = message.value.questions;
  const same = question !== undefined && namesEqual(question.name, name) && question.type === type;
  return same && second === undefined ? message.value : undefined;
}
