import { describe, expect, it } from 'vitest';
import { nameOf } from './name-text.ts';
import { sign } from './sign.ts';
import { tsigKey } from './tsig-key.ts';
import { buildUpdate } from './update.ts';
import { verify } from './verify.ts';

// Taken from BIND 9.18.49: what nsupdate sent, and what named answered to our requests. test/integration talks to
// living ones; these keep the digests from drifting in the unit run.
const key = tsigKey(nameOf('eu'), 'hmac-sha256', Buffer.alloc(32, 1));
const octets = (...hex: readonly string[]) => new Uint8Array(Buffer.from(hex.join(''), 'hex'));

const fromNsupdate = octets(
  'db8028000001000000010001047465737400000600010161c00c000100010000003c0004c0000201',
  '0265750000fa00ff00000000003d0b686d61632d7368613235360000006b012d23012c0020',
  'aad18ea21b087861c9aa42c517af993725bbef5a9dcbdb71231396be09515d33db8000000000',
);
const accepted = octets(
  '1234a8000001000000000001047465737400000600010265750000fa00ff00000000003d0b686d61632d7368613235360000006b012d26',
  '012c0020c33c268d07b4d4fb3105e8eabc0e834ff4132cace53b1572008eeab0da980b7f123400000000',
);
const badTime = octets(
  '1234a8090001000000000001047465737400000600010265750000fa00ff0000000000430b686d61632d7368613235360000006553f100',
  '012c0020016448db52c877109eebb7470b6a56c96f0117ee4081062fc4a58941d4aba7ad12340012000600006b012d26',
);

/** A request as it was sent: signing is deterministic. */
const requestAt = (timeSeconds: number) =>
  sign(buildUpdate({ id: 0x1234, zone: nameOf('test'), changes: [] }), key, { timeSeconds });

describe('what BIND sent', () => {
  it('verifies as a request of nsupdate', () => {
    expect(verify(fromNsupdate, [key], { nowSeconds: 0x6b012d23 })).toMatchObject({ status: 'ok', key });
  });

  it('verifies as a reply of named', () => {
    const { mac } = requestAt(0x6b012d26);
    expect(verify(accepted, [key], { nowSeconds: 0x6b012d26, requestMac: mac })).toMatchObject({
      status: 'ok',
    });
  });

  it('verifies as a BADTIME of named, with its clock', () => {
    const { mac } = requestAt(0x6553f100);
    expect(verify(badTime, [key], { nowSeconds: 0x6553f100, requestMac: mac })).toMatchObject({
      status: 'badTime',
      by: 'peer',
      signed: true,
      peerTimeSeconds: 0x6b012d26,
    });
  });
});
