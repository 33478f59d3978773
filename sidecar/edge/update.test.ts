import { describe, expect, it } from 'vitest';
import { nameOf } from '#core/wire/name-text.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { signReply } from '#core/wire/sign.ts';
import { tsigKey } from '#core/wire/tsig-key.ts';
import { verify } from '#core/wire/verify.ts';
import { writeMessage } from '#core/wire/write-message.ts';
import type { Change } from './changes.ts';
import { judgeReply, type PreparedUpdate, prepareUpdate, type UpdateFault } from './update.ts';

const key = tsigKey(nameOf('eu-key'), 'hmac-sha256', Buffer.alloc(32, 1));
const otherSecret = tsigKey(nameOf('eu-key'), 'hmac-sha256', Buffer.alloc(32, 2));
const otherName = tsigKey(nameOf('us-key'), 'hmac-sha256', Buffer.alloc(32, 1));
const nowSeconds = 1_700_000_000;
const changes: readonly Change[] = [
  {
    kind: 'add',
    record: { name: 'cloud.example.com', type: 'NS', ttlSeconds: 30, data: 'gslb-ns-eu-cloud.example.com' },
  },
  { kind: 'delete-rrset', name: 'gslb-ns-eu-cloud.example.com', type: 'AAAA' },
  { kind: 'delete-record', name: 'cloud.example.com', type: 'NS', data: 'gslb-ns-eu-cloud.example.com' },
];
const prepare = (withKey = true): PreparedUpdate =>
  prepareUpdate('example.com', changes, { id: 0x1234, key: withKey ? key : undefined, nowSeconds });

/** What a server with these keys and that clock replies. */
function serverReply(
  update: PreparedUpdate,
  rcode: number,
  keys = [key],
  clockSeconds = nowSeconds,
): Uint8Array {
  const verdict = verify(update.bytes, keys, { nowSeconds: clockSeconds });
  const request = readMessage(update.bytes);
  if (!request.ok) throw new Error(request.error.message);
  const good = verdict.status === 'ok' || verdict.status === 'unsigned';
  const reply = writeMessage({
    ...request.value,
    response: true,
    rcode: good ? rcode : 9,
    answers: [],
    authorities: [],
    additionals: [],
  });
  return signReply(reply, verdict, { timeSeconds: clockSeconds }).bytes;
}

describe('update of the parent zone', () => {
  it('names the parent as zone and carries the three forms of a change (RFC 2136 §2.5)', () => {
    const read = readMessage(prepare(false).bytes);
    if (!read.ok) throw new Error(read.error.message);
    const { id, opcode, questions, authorities } = read.value;
    expect([id, opcode, questions]).toEqual([
      0x1234,
      5,
      [{ name: nameOf('example.com'), type: 6, class: 1 }],
    ]);
    expect(
      authorities.map(({ type, class: rrClass, ttl, rdata }) => [type, rrClass, ttl, rdata.kind]),
    ).toEqual([
      [2, 1, 30, 'NS'],
      [28, 255, 0, 'empty'],
      [2, 254, 0, 'NS'],
    ]);
  });

  it.each<[string, (update: PreparedUpdate) => Uint8Array, UpdateFault | undefined]>([
    ['success, signed', (update) => serverReply(update, 0), undefined],
    ['SERVFAIL', (update) => serverReply(update, 2), { code: 'EdgeServerFailure', detail: 'SERVFAIL' }],
    ['REFUSED', (update) => serverReply(update, 5), { code: 'EdgeRefused', detail: 'REFUSED' }],
    [
      'NOTAUTH, well signed',
      (update) => serverReply(update, 9),
      { code: 'EdgeNotAuthoritative', detail: 'NOTAUTH' },
    ],
    ['NOTZONE', (update) => serverReply(update, 10), { code: 'EdgeNotZone', detail: 'NOTZONE' }],
    ['NOTIMP', (update) => serverReply(update, 4), { code: 'EdgeUnexpectedReply', detail: 'NOTIMP' }],
    [
      'a server without the key',
      (update) => serverReply(update, 0, [otherName]),
      { code: 'EdgeBadKey', detail: 'BADKEY' },
    ],
    [
      'a server with another secret',
      (update) => serverReply(update, 0, [otherSecret]),
      { code: 'EdgeBadSignature', detail: 'BADSIG' },
    ],
    [
      'a clock 1000 s ahead',
      (update) => serverReply(update, 0, [key], nowSeconds + 1_000),
      { code: 'EdgeClockSkew', detail: 'its clock is 1000 s ahead of ours' },
    ],
    [
      'a clock 400 s behind',
      (update) => serverReply(update, 0, [key], nowSeconds - 400),
      { code: 'EdgeClockSkew', detail: 'its clock is 400 s behind ours' },
    ],
    [
      'success without a signature',
      () => serverReply(prepare(false), 0),
      { code: 'EdgeReplyUnverified', detail: 'it is not signed' },
    ],
    [
      'an error without a signature: a hint',
      () => serverReply(prepare(false), 5),
      { code: 'EdgeRefused', detail: 'REFUSED' },
    ],
    [
      'success signed for another update',
      (update) => serverReply({ ...prepareUpdate('example.com', [], { id: update.id, key, nowSeconds }) }, 0),
      { code: 'EdgeReplyUnverified', detail: 'its signature is wrong' },
    ],
    [
      'a reply to something else',
      () => serverReply(prepareUpdate('example.com', changes, { id: 1, key, nowSeconds }), 0),
      { code: 'EdgeReplyUnverified', detail: 'it is no reply to this update' },
    ],
    [
      'the update itself',
      (update) => update.bytes,
      { code: 'EdgeReplyUnverified', detail: 'it is no reply to this update' },
    ],
    [
      'nothing',
      () => new Uint8Array(0),
      { code: 'EdgeReplyUnverified', detail: 'it is no reply to this update' },
    ],
    [
      'half a signature',
      (update) => serverReply(update, 0).slice(0, -4),
      { code: 'EdgeReplyUnverified', detail: 'its signature cannot be read' },
    ],
  ])('judges %s', (_title, reply, expected) => {
    const update = prepare();
    expect(judgeReply(reply(update), update, nowSeconds)).toEqual(expected);
  });

  it('takes an unsigned reply to an unsigned update', () => {
    const update = prepare(false);
    expect(judgeReply(serverReply(update, 0), update, nowSeconds)).toBeUndefined();
  });
});
