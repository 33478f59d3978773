import { ExchangeError } from '#core/exchange/errors.ts';
import { exchangeOverTcp, type Server, serverText } from '#core/exchange/tcp.ts';
import { nameToText } from '#core/wire/name-text.ts';
import type { TsigKey } from '#core/wire/tsig-key.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { edgeAsker } from './ask-edge.ts';
import type { Change } from './changes.ts';
import { type EdgeFacts, type EdgeProblem, type EdgeProblemCode, edgeProblem } from './errors.ts';
import type { EdgeClient, Outcome, Reading } from './keeper.ts';
import { keyReader } from './key.ts';
import { readZone, UnusableReply } from './read-zone.ts';
import { judgeReply, prepareUpdate } from './update.ts';

const updateTimeoutMs = 5_000;

export interface ClientOptions {
  readonly geoTag: string;
  readonly server: Server;
  /** Undefined: updates are not signed. */
  readonly keyFile: string | undefined;
  /** Wall clock, milliseconds since 1970: it goes into signatures. */
  readonly now: () => number;
  readonly random: (sizeBytes: number) => Uint8Array;
}

/** The edge's server over the network: queries over UDP, updates over TCP, faults turned into problems. */
export function createEdgeClient(
  options: ClientOptions,
): EdgeClient & { readonly keyHasChanged: () => Promise<boolean> } {
  const { geoTag, server, keyFile, now, random } = options;
  const key = keyReader(keyFile);
  let keyName: string | undefined;

  function problem(code: EdgeProblemCode, zone: Zone, detail: string): EdgeProblem {
    const facts: EdgeFacts = { zone, geoTag, server: serverText(server), keyName, keyFile, detail };
    return edgeProblem(code, facts);
  }

  function failed<T>(error: unknown, zone: Zone): Outcome<T> {
    if (error instanceof UnusableReply)
      return { ok: false, problem: problem(error.code, zone, error.message) };
    if (!(error instanceof ExchangeError)) throw error;
    const code = error.code === 'timeout' ? 'EdgeTimeout' : 'EdgeUnreachable';
    return { ok: false, problem: problem(code, zone, error.message) };
  }

  async function update(
    zone: Zone,
    changes: readonly Change[],
    signingKey: TsigKey | undefined,
    signal: AbortSignal,
  ) {
    const [high = 0, low = 0] = random(2);
    const prepared = prepareUpdate(zone.parent, changes, {
      id: (high << 8) | low,
      key: signingKey,
      nowSeconds: Math.floor(now() / 1_000),
    });
    const reply = await exchangeOverTcp(server, prepared.bytes, { timeoutMs: updateTimeoutMs, signal });
    return judgeReply(reply, prepared, Math.floor(now() / 1_000));
  }

  return {
    async read(zone, signal): Promise<Outcome<Reading>> {
      try {
        return { ok: true, value: await readZone(edgeAsker(server, random, signal), zone, geoTag) };
      } catch (error) {
        return failed(error, zone);
      }
    },

    async write(zone, changes, signal) {
      const signingKey = await key.read();
      if (signingKey && 'code' in signingKey)
        return { ok: false, problem: problem(signingKey.code, zone, signingKey.detail) };
      keyName = signingKey && nameToText(signingKey.name);
      try {
        const fault = await update(zone, changes, signingKey, signal);
        return fault
          ? { ok: false, problem: problem(fault.code, zone, fault.detail) }
          : { ok: true, value: undefined };
      } catch (error) {
        return failed(error, zone);
      }
    },

    notApplied: (zone, missing) => problem('EdgeNotApplied', zone, missing.map(changeText).join(', ')),
    noDnsAddresses: (zone) => problem('NoDnsAddresses', zone, ''),
    keyHasChanged: key.hasChanged,
  };
}

/** What is missing, as nsupdate would have it. */
function changeText(change: Change): string {
  return change.kind === 'add'
    ? `${change.record.name} ${change.record.type} ${change.record.data} is missing`
    : `${change.name} ${change.type} is not as written`;
}
