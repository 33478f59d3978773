import { ask } from '#core/exchange/ask.ts';
import { ExchangeError } from '#core/exchange/errors.ts';
import { type Server, serverText } from '#core/exchange/tcp.ts';
import { RCODE, rcodeName, TYPE } from '#core/wire/constants.ts';
import { extendedRcode } from '#core/wire/edns.ts';
import type { AskResolver } from './read-host-name.ts';

const attemptTimeoutMs = 1_000;
const tcpTimeoutMs = 3_000;
const rounds = 2;

/**
 * Asks recursive resolvers, the first one first: one that does not answer, or answers with a fault of its own, is
 * passed over; all are tried twice.
 * @param servers looked up before each question
 * @param random unpredictable octets (`randomBytes` of node:crypto)
 */
export function resolverAsker(
  servers: () => Promise<readonly Server[]>,
  random: (sizeBytes: number) => Uint8Array,
  signal: AbortSignal,
): AskResolver {
  return async (name, type) => {
    const known = await servers();
    let last = new Error('no resolver is known: name one by --resolvers');
    for (let round = 0; round < rounds; round += 1)
      for (const server of known) {
        try {
          const reply = await ask(server, name, TYPE[type], {
            recursionDesired: true,
            attempts: 1,
            attemptTimeoutMs,
            tcpTimeoutMs,
            random,
            signal,
          });
          const rcode = extendedRcode(reply);
          if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) return reply;
          last = new Error(`${serverText(server)} answers ${rcodeName(rcode)}`);
        } catch (error) {
          if (!(error instanceof ExchangeError) || error.code === 'aborted') throw error;
          last = error;
        }
      }
    throw last;
  };
}
