import { CLASS, RCODE, rcodeName, TYPE } from '#core/wire/constants.ts';
import { extendedRcode } from '#core/wire/edns.ts';
import type { Message, ResourceRecord } from '#core/wire/message.ts';
import { type Name, namesEqual } from '#core/wire/name.ts';
import { nameOf, nameToText } from '#core/wire/name-text.ts';

export type Family = 'A' | 'AAAA';

/** Asks a recursive resolver; rejects with an error whose message says what went wrong. */
export type AskResolver = (name: Name, type: Family) => Promise<Message>;

/** What came back for one address family. */
export type FamilyReading =
  /** `addresses` are empty when there are none of this family. */
  | { readonly ok: true; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  | {
      readonly ok: false;
      /** `failed`: nothing is known; `gone`: there is no such name; `own`: it leads into one of our own zones. */
      readonly kind: 'failed' | 'gone' | 'own';
      /** Part of a sentence. */
      readonly why: string;
    };

/** Most CNAMEs that are followed. */
const mostAliases = 8;
/** Most addresses that count, in the order of the answer. */
const mostAddresses = 64;
/** How long the absence of a family holds where the answer does not say it, seconds. */
const absenceSeconds = 60;

/**
 * The addresses of a host name, along its CNAMEs.
 * @param host a domain name
 * @param zoneOf the load-balanced zone that a name is in; such names are never asked for: they would lead back to us
 */
export async function readHostName(
  host: string,
  type: Family,
  ask: AskResolver,
  zoneOf: (name: string) => string | undefined,
): Promise<FamilyReading> {
  let name = nameOf(host);
  let ttlSeconds = Number.POSITIVE_INFINITY;
  let aliases = 0;
  for (;;) {
    const asked = name;
    const zone = zoneOf(nameToText(asked));
    if (zone !== undefined) return own(host, nameToText(asked), zone);
    let message: Message;
    try {
      message = await ask(asked, type);
    } catch (error) {
      return { ok: false, kind: 'failed', why: (error as Error).message.replace(/\.$/, '') };
    }
    const rcode = extendedRcode(message);
    const answers = message.answers.filter((record) => record.class === CLASS.IN);
    for (;;) {
      const alias = answers.find((record) => record.type === TYPE.CNAME && namesEqual(record.name, name));
      if (alias?.rdata.kind !== 'CNAME') break;
      aliases += 1;
      if (aliases > mostAliases)
        return { ok: false, kind: 'failed', why: `it has more than ${mostAliases} CNAMEs in a row` };
      name = alias.rdata.target;
      ttlSeconds = Math.min(ttlSeconds, alias.ttl);
      const led = zoneOf(nameToText(name));
      if (led !== undefined) return own(host, nameToText(name), led);
    }
    if (rcode === RCODE.NXDOMAIN)
      return { ok: false, kind: 'gone', why: `there is no name ${nameToText(name)}` };
    if (rcode !== RCODE.NOERROR)
      return { ok: false, kind: 'failed', why: `the resolver answers ${rcodeName(rcode)}` };
    const found = addressesAt(answers, name, type);
    if (found.length > 0) {
      const shortest = Math.min(ttlSeconds, ...found.map(({ ttl }) => ttl));
      const addresses = found.map(({ address }) => address).slice(0, mostAddresses);
      return { ok: true, addresses: [...new Set(addresses)], ttlSeconds: shortest };
    }
    // A resolver that did not follow the last CNAME is asked for its target.
    if (namesEqual(asked, name))
      return { ok: true, addresses: [], ttlSeconds: Math.min(ttlSeconds, absenceTtl(message)) };
  }
}

function addressesAt(answers: readonly ResourceRecord[], name: Name, type: Family) {
  return answers.flatMap(({ name: owner, ttl, rdata }) =>
    rdata.kind === type && namesEqual(owner, name) ? { address: rdata.address, ttl } : [],
  );
}

/** RFC 2308 §5. */
function absenceTtl({ authorities }: Message): number {
  for (const { ttl, rdata } of authorities) if (rdata.kind === 'SOA') return Math.min(ttl, rdata.minimum);
  return absenceSeconds;
}

function own(host: string, name: string, zone: string): FamilyReading {
  const what = name === host ? 'it is' : `it leads to ${name},`;
  return { ok: false, kind: 'own', why: `${what} in the load-balanced zone ${zone}` };
}
