import { CLASS, OPCODE, RCODE, TYPE } from './constants.ts';
import { valueError } from './errors.ts';
import type { RecordData, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { writeMessage } from './write-message.ts';
import { typeOf } from './write-rdata.ts';

/** What must hold before anything is changed (RFC 2136 §2.4); the rcode is the answer when it does not. */
export type Prerequisite =
  /** At least one record of the name, of any type. NXDOMAIN. */
  | { readonly kind: 'nameInUse'; readonly name: Name }
  /** YXDOMAIN. */
  | { readonly kind: 'nameNotInUse'; readonly name: Name }
  /** NXRRSET. */
  | { readonly kind: 'rrsetExists'; readonly name: Name; readonly type: number }
  /** YXRRSET. */
  | { readonly kind: 'rrsetAbsent'; readonly name: Name; readonly type: number }
  /** The RRset consists of exactly these, in any order, with any TTL. At least one, all of one type. NXRRSET. */
  | { readonly kind: 'rrsetIs'; readonly name: Name; readonly data: readonly RecordData[] };

/**
 * A change (RFC 2136 §2.5). Changes are made in their order, all of them or none. Deleting what is not there and
 * adding what is there are no errors; adding with another TTL changes the TTL of the whole RRset.
 */
export type Change =
  | { readonly kind: 'add'; readonly name: Name; readonly ttlSeconds: number; readonly data: RecordData }
  | { readonly kind: 'deleteRrset'; readonly name: Name; readonly type: number }
  /** All RRsets of the name. */
  | { readonly kind: 'deleteName'; readonly name: Name }
  | { readonly kind: 'deleteRecord'; readonly name: Name; readonly data: RecordData };

/**
 * The octets of a dynamic update of a zone of class IN, unsigned. Build and sign it anew for each attempt.
 * Whether the names lie in the zone is the server's to say (NOTZONE).
 *
 * @throws WireValueError for data that its type cannot hold, an empty `rrsetIs`, or more than 65535 octets.
 */
export function buildUpdate(update: {
  readonly id: number;
  readonly zone: Name;
  readonly prerequisites?: readonly Prerequisite[];
  readonly changes: readonly Change[];
}): Uint8Array {
  return writeMessage({
    id: update.id,
    response: false,
    opcode: OPCODE.UPDATE,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: RCODE.NOERROR,
    questions: [{ name: update.zone, type: TYPE.SOA, class: CLASS.IN }],
    answers: (update.prerequisites ?? []).flatMap(prerequisiteRecords),
    authorities: update.changes.map(changeRecord),
    additionals: [],
  });
}

function prerequisiteRecords(prerequisite: Prerequisite): readonly ResourceRecord[] {
  const { name } = prerequisite;
  switch (prerequisite.kind) {
    case 'nameInUse':
      return [bare(name, TYPE.ANY, CLASS.ANY)];
    case 'nameNotInUse':
      return [bare(name, TYPE.ANY, CLASS.NONE)];
    case 'rrsetExists':
      return [bare(name, prerequisite.type, CLASS.ANY)];
    case 'rrsetAbsent':
      return [bare(name, prerequisite.type, CLASS.NONE)];
    case 'rrsetIs': {
      const { data } = prerequisite;
      // Without a record the server would see no prerequisite at all, and change what it should not.
      if (data.length === 0)
        throw valueError('A prerequisite rrsetIs needs a record.', 'Use rrsetAbsent for none.');
      return data.map((rdata) => ({ name, type: typeOf(rdata), class: CLASS.IN, ttl: 0, rdata }));
    }
  }
}

function changeRecord(change: Change): ResourceRecord {
  const { name } = change;
  switch (change.kind) {
    case 'add':
      return {
        name,
        type: typeOf(change.data),
        class: CLASS.IN,
        ttl: change.ttlSeconds,
        rdata: change.data,
      };
    case 'deleteRrset':
      return bare(name, change.type, CLASS.ANY);
    case 'deleteName':
      return bare(name, TYPE.ANY, CLASS.ANY);
    case 'deleteRecord':
      return { name, type: typeOf(change.data), class: CLASS.NONE, ttl: 0, rdata: change.data };
  }
}

function bare(name: Name, type: number, rrClass: number): ResourceRecord {
  return { name, type, class: rrClass, ttl: 0, rdata: { kind: 'empty' } };
}
