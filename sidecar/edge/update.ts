import { OPCODE, RCODE, rcodeName, TYPE } from '#core/wire/constants.ts';
import { readHeader } from '#core/wire/header.ts';
import type { RecordData } from '#core/wire/message.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { sign } from '#core/wire/sign.ts';
import type { TsigKey } from '#core/wire/tsig-key.ts';
import { buildUpdate, type Change as WireChange } from '#core/wire/update.ts';
import { type TsigVerdict, verify } from '#core/wire/verify.ts';
import type { Change, EdgeRecord } from './changes.ts';
import type { EdgeProblemCode } from './errors.ts';

/** An update as it goes on the wire, with what judging its reply needs. */
export interface PreparedUpdate {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly signature: { readonly key: TsigKey; readonly mac: Uint8Array } | undefined;
}

/**
 * An update of the parent zone, signed when there is a key. To be made anew for each attempt: a second signature on
 * the same message, or an old time, would be refused.
 */
export function prepareUpdate(
  parent: string,
  changes: readonly Change[],
  {
    id,
    key,
    nowSeconds,
  }: { readonly id: number; readonly key: TsigKey | undefined; readonly nowSeconds: number },
): PreparedUpdate {
  const bytes = buildUpdate({ id, zone: nameOf(parent), changes: changes.map(wireChange) });
  if (key === undefined) return { id, bytes, signature: undefined };
  const signed = sign(bytes, key, { timeSeconds: nowSeconds });
  return { id, bytes: signed.bytes, signature: { key, mac: signed.mac } };
}

/** Why an update did not succeed, with a clause for the message. */
export interface UpdateFault {
  readonly code: EdgeProblemCode;
  readonly detail: string;
}

/** Judges the reply to an update; undefined is success, which a signed update has only with a signed reply. */
export function judgeReply(
  reply: Uint8Array,
  update: PreparedUpdate,
  nowSeconds: number,
): UpdateFault | undefined {
  const header = readHeader(reply);
  if (!header?.response || header.opcode !== OPCODE.UPDATE || header.id !== update.id)
    return { code: 'EdgeReplyUnverified', detail: 'it is no reply to this update' };
  if (update.signature === undefined) return byRcode(header.rcode);
  const { key, mac } = update.signature;
  const verdict = verify(reply, [key], { nowSeconds, requestMac: mac });
  return verdict.status === 'ok' ? byRcode(header.rcode) : byVerdict(verdict, header.rcode, nowSeconds);
}

function byRcode(rcode: number): UpdateFault | undefined {
  const detail = rcodeName(rcode);
  switch (rcode) {
    case RCODE.NOERROR:
      return undefined;
    case RCODE.SERVFAIL:
      return { code: 'EdgeServerFailure', detail };
    case RCODE.REFUSED:
      return { code: 'EdgeRefused', detail };
    case RCODE.NOTAUTH:
      return { code: 'EdgeNotAuthoritative', detail };
    case RCODE.NOTZONE:
      return { code: 'EdgeNotZone', detail };
    default:
      return { code: 'EdgeUnexpectedReply', detail };
  }
}

function byVerdict(
  verdict: Exclude<TsigVerdict, { status: 'ok' }>,
  rcode: number,
  nowSeconds: number,
): UpdateFault {
  const unverified = (detail: string): UpdateFault => ({ code: 'EdgeReplyUnverified', detail });
  switch (verdict.status) {
    case 'unsigned':
      // An error without a signature may be forged; it is told as a hint and tried again like any other.
      return byRcode(rcode) ?? unverified('it is not signed');
    case 'badKey':
      return verdict.by === 'peer'
        ? { code: 'EdgeBadKey', detail: 'BADKEY' }
        : unverified('it is signed with another key');
    case 'badSig':
      return verdict.by === 'peer'
        ? { code: 'EdgeBadSignature', detail: 'BADSIG' }
        : unverified('its signature is wrong');
    case 'badTime':
      return { code: 'EdgeClockSkew', detail: skew(verdict.peerTimeSeconds, nowSeconds) };
    case 'badTrunc':
      return unverified('its signature is shortened');
    case 'formErr':
      return unverified('its signature cannot be read');
  }
}

function skew(peerTimeSeconds: number | undefined, nowSeconds: number): string {
  if (peerTimeSeconds === undefined) return 'its clock differs from ours by more than 300 s';
  const seconds = peerTimeSeconds - nowSeconds;
  return `its clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} ours`;
}

function wireChange(change: Change): WireChange {
  if (change.kind === 'add') {
    const { record } = change;
    return {
      kind: 'add',
      name: nameOf(record.name),
      ttlSeconds: record.ttlSeconds,
      data: recordData(record),
    };
  }
  const name = nameOf(change.name);
  return change.kind === 'delete-record'
    ? { kind: 'deleteRecord', name, data: recordData(change) }
    : { kind: 'deleteRrset', name, type: TYPE[change.type] };
}

function recordData({ type, data }: Pick<EdgeRecord, 'type' | 'data'>): RecordData {
  switch (type) {
    case 'NS':
      return { kind: 'NS', target: nameOf(data) };
    case 'TXT':
      return { kind: 'TXT', strings: [Buffer.from(data)] };
    case 'A':
    case 'AAAA':
      return { kind: type, address: data };
  }
}
