import { isRecord } from '#core/api/is-record.ts';
import { addressToBytes } from '#core/wire/address.ts';
import { parseName } from '#core/wire/name-text.ts';
import { parsePrefix } from '#core/wire/prefix.ts';
import type { Choice, Leaf, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import { isIndex, isListOf, isText, isWhole } from './read-values.ts';

// Whoever may write the file may have the sidecar answer anything; but whatever is in it, nothing else may come of it.

/** Checks the answers of one name; undefined: they are not such as this program writes. */
export function readName(value: unknown): NameAnswers | undefined {
  if (!isRecord(value)) return undefined;
  const { name, zone, a, aaaa, ttlSeconds, negativeTtlSeconds } = value;
  if (!isName(name) || !isName(zone) || !isTtl(ttlSeconds) || !isTtl(negativeTtlSeconds)) return undefined;
  if (!isChoice(a, 4) || !isChoice(aaaa, 16)) return undefined;
  return { name, zone, a, aaaa, ttlSeconds, negativeTtlSeconds };
}

/** Checks the apex of a zone; undefined as above. */
export function readZone(value: unknown): ZoneAnswers | undefined {
  if (!isRecord(value)) return undefined;
  const { name, nameServers, nsTtlSeconds, negativeTtlSeconds, serial } = value;
  if (!isName(name) || !isListOf(nameServers, isName, 1, mostParts)) return undefined;
  if (!isTtl(nsTtlSeconds) || !isTtl(negativeTtlSeconds) || !isWhole(serial, 0, 0xffff_ffff))
    return undefined;
  return { name, nameServers, nsTtlSeconds, negativeTtlSeconds, serial };
}

const mostParts = 1_000;
const mostNets = 100_000;
const mostWeight = 1_000_000;

const isTtl = (value: unknown): value is number => isWhole(value, 0, 0x7fff_ffff);

const isName = (value: unknown): value is string =>
  isText(value, 1_024) && value !== '.' && parseName(value).ok && value === value.toLowerCase();

function isChoice(value: unknown, octets: 4 | 16): value is Choice {
  if (!isRecord(value) || value['kind'] !== 'byNet') return isSimple(value, octets);
  const { choices, nets, otherwise } = value;
  if (!isListOf(choices, (one): one is Choice => isSimple(one, octets), 1, mostParts)) return false;
  const isNet = (net: unknown): net is unknown =>
    isRecord(net) &&
    isText(net['prefix'], 64) &&
    parsePrefix(net['prefix']) !== undefined &&
    isIndex(net['choice'], choices);
  return isListOf(nets, isNet, 0, mostNets) && isIndex(otherwise, choices);
}

/** Whether it is one that is not made of others that depend on the client's network. */
function isSimple(value: unknown, octets: 4 | 16): value is Choice {
  if (!isRecord(value)) return false;
  const { kind, among, ipv4Bits, ipv6Bits } = value;
  if (kind !== 'weighted' && kind !== 'byHash') return isLeaf(value, octets);
  if (kind === 'byHash' && !(isWhole(ipv4Bits, 0, 32) && isWhole(ipv6Bits, 0, 128))) return false;
  const isPart = (part: unknown): part is unknown =>
    isRecord(part) &&
    isWhole(part['weight'], 1, mostWeight) &&
    (kind === 'weighted' || isText(part['key'], 63)) &&
    isLeaf(part['choice'], octets);
  return isListOf(among, isPart, 1, mostParts);
}

function isLeaf(value: unknown, octets: 4 | 16): value is Leaf {
  if (!isRecord(value) || (value['kind'] !== 'fixed' && value['kind'] !== 'rotate')) return false;
  const isAddress = (one: unknown): one is string =>
    isText(one, 64) && addressToBytes(one)?.length === octets;
  return isListOf(value['addresses'], isAddress, 0, mostParts);
}
