import { isRecord } from '#core/api/is-record.ts';
import { addressToBytes } from '#core/wire/address.ts';
import type { ActiveRecord } from '#sidecar/model/active-record.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import { isListOf, isText, isWhole } from './read-values.ts';

/** Checks what is remembered of a host; undefined: it is not such as this program writes. */
export function readRemembered(value: unknown): Remembered | undefined {
  if (!isRecord(value)) return undefined;
  const { active, lastGood, readyAgainMs, releasedHoldMs } = value;
  if (active !== undefined && !isActive(active)) return undefined;
  if (lastGood !== undefined && !isListOf(lastGood, isAddress, 0, 1_000)) return undefined;
  if (readyAgainMs !== undefined && !isTime(readyAgainMs)) return undefined;
  if (releasedHoldMs !== undefined && !isTime(releasedHoldMs)) return undefined;
  return {
    ...(active === undefined ? {} : { active }),
    ...(lastGood === undefined ? {} : { lastGood }),
    ...(readyAgainMs === undefined ? {} : { readyAgainMs }),
    ...(releasedHoldMs === undefined ? {} : { releasedHoldMs }),
  };
}

/** Far beyond what a host ever reaches, and far from where whole numbers end: the highest wins in the whole fleet. */
const mostEpoch = 1e9;

const isTime = (value: unknown): value is number => isWhole(value, 0, 8.64e15);
const isAddress = (value: unknown): value is string =>
  isText(value, 64) && addressToBytes(value) !== undefined;

const isActive = (value: unknown): value is ActiveRecord =>
  isRecord(value) &&
  isText(value['geoTag'], 63) &&
  isWhole(value['epoch'], 0, mostEpoch) &&
  isTime(value['sinceMs']) &&
  isText(value['reason'], 4_096);
