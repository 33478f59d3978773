import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryMessage, propertyRuns } from './arbitrary.fixture.ts';
import { TSIG_ERROR } from './constants.ts';
import { message, record } from './message.fixture.ts';
import { nameOf } from './name-text.ts';
import { readMessage } from './read-message.ts';
import { type SignedMessage, sign, signNext, signReply } from './sign.ts';
import { type TsigAlgorithm, tsigBytes, tsigKey } from './tsig-key.ts';
import { appendTsig, findTsig } from './tsig-record.ts';
import { type TsigChain, verify, verifyNext } from './verify.ts';
import { writeMessage } from './write-message.ts';

const key = tsigKey(nameOf('eu'), 'hmac-sha256', Buffer.alloc(32, 1));
const now = 1_800_000_000;
const request = writeMessage(message({ questions: [{ name: nameOf('app.test'), type: 6, class: 1 }] }));
const reply = writeMessage(
  message({ response: true, rcode: 9, questions: [{ name: nameOf('app.test'), type: 6, class: 1 }] }),
);

/** A signed message with its TSIG record changed afterwards; the MAC stays. */
function altered(signed: SignedMessage, change: object): Uint8Array {
  const found = findTsig(signed.bytes);
  if (typeof found === 'string') throw new Error(found);
  return appendTsig(found.unsigned, found.keyName, { ...found.tsig, ...change });
}

describe('a signed message', () => {
  it.each<[TsigAlgorithm, number]>([
    ['hmac-sha1', 20],
    ['hmac-sha256', 32],
    ['hmac-sha384', 48],
    ['hmac-sha512', 64],
  ])('verifies with %s', (algorithm, length) => {
    const own = tsigKey(nameOf('Key.Example'), algorithm, Buffer.alloc(64, 7));
    const signed = sign(request, own, { timeSeconds: now });
    expect(signed.mac).toHaveLength(length);
    expect(signed.bytes.length).toBeLessThanOrEqual(request.length + tsigBytes(own));
    expect(verify(signed.bytes, [key, own], { nowSeconds: now })).toMatchObject({
      status: 'ok',
      key: own,
      tsig: { fudgeSeconds: 300, timeSeconds: now, originalId: 0x1234, error: 0 },
    });
    expect(readMessage(signed.bytes)).toMatchObject({ ok: true, value: { additionals: [{ ttl: 0 }] } });
  });

  it('verifies whatever it holds, also through a forwarder that changed the id', () => {
    fc.assert(
      fc.property(arbitraryMessage(), fc.nat(0xffff), (any, id) => {
        const additionals = any.additionals.filter(({ type }) => type !== 250);
        const bytes = sign(writeMessage({ ...any, additionals }), key, { timeSeconds: now }).bytes;
        bytes[0] = id >> 8;
        bytes[1] = id;
        expect(verify(bytes, [key], { nowSeconds: now }).status).toBe('ok');
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  it('is worth nothing when any octet but those of its id was changed', () => {
    const { bytes } = sign(request, key, { timeSeconds: now });
    for (let at = 2; at < bytes.length; at += 1) {
      const forged = Uint8Array.from(bytes);
      // The lowest bit, so that no letter merely changes its case.
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect([at, verify(forged, [key], { nowSeconds: now }).status]).not.toEqual([at, 'ok']);
    }
  });

  it('is unsigned, malformed or refused when its octets are cut or mangled, and verify never throws', () => {
    const { bytes } = sign(request, key, { timeSeconds: now });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(verify(bytes.subarray(0, length), [key], { nowSeconds: now }).status).toBe('formErr');
    }
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const mangled = Uint8Array.from(bytes);
        for (const [at, octet] of changes) mangled[at] = octet;
        expect(verify(mangled, [key], { nowSeconds: now }).status).toBeTypeOf('string');
        expect(
          verifyNext(mangled, { key, previousMac: bytes, pending: [] }, { nowSeconds: now }).chain,
        ).toBeDefined();
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  it('cannot be signed a second time', () => {
    const { bytes } = sign(request, key, { timeSeconds: now });
    expect(() => sign(bytes, key, { timeSeconds: now })).toThrow('without a TSIG record');
    expect(() => sign(request.subarray(0, 20), key, { timeSeconds: now })).toThrow('well-formed');
  });
});

describe('verify tells apart', () => {
  const signed = sign(request, key, { timeSeconds: now });
  const at = (nowSeconds: number, maxFudgeSeconds = 300) => ({ nowSeconds, maxFudgeSeconds });

  it('an unsigned message', () => {
    expect(verify(request, [key], at(now))).toEqual({ status: 'unsigned' });
  });

  it.each([
    ['another name', tsigKey(nameOf('us'), 'hmac-sha256', Buffer.alloc(32, 1))],
    ['another algorithm', tsigKey(nameOf('eu'), 'hmac-sha512', Buffer.alloc(32, 1))],
  ])('a key of %s', (_, other) => {
    expect(verify(signed.bytes, [other], at(now))).toMatchObject({
      status: 'badKey',
      by: 'us',
      keyName: key.name,
    });
    expect(verify(signed.bytes, [], at(now))).toMatchObject({ status: 'badKey' });
  });

  it('another secret, before another time', () => {
    const other = tsigKey(key.name, 'hmac-sha256', Buffer.alloc(32, 2));
    expect(verify(signed.bytes, [other], at(now))).toMatchObject({ status: 'badSig', by: 'us' });
    expect(verify(signed.bytes, [other], at(0))).toMatchObject({ status: 'badSig' });
  });

  it.each([
    [now + 300, 300, 'ok'],
    [now - 300, 300, 'ok'],
    [now + 301, 300, 'badTime'],
    [now - 301, 300, 'badTime'],
    [now + 11, 10, 'badTime'],
    [now + 301, 600, 'badTime'],
  ])('clocks: at %i, granting %i: %s', (nowSeconds, granted, status) => {
    expect(verify(signed.bytes, [key], at(nowSeconds, granted)).status).toBe(status);
  });

  it("whose clock is off: the verdict has the peer's", () => {
    expect(verify(signed.bytes, [key], at(now + 1000))).toMatchObject({
      status: 'badTime',
      by: 'us',
      signed: true,
      peerTimeSeconds: now,
    });
  });

  it('a shortened MAC, after its time', () => {
    const short = altered(signed, { mac: signed.mac.subarray(0, 16) });
    expect(verify(short, [key], at(now))).toMatchObject({ status: 'badTrunc', by: 'us', signed: true });
    expect(verify(short, [key], at(0))).toMatchObject({ status: 'badTime' });
    const wrong = Uint8Array.from(signed.mac.subarray(0, 16)).fill(0, 15);
    expect(verify(altered(signed, { mac: wrong }), [key], at(now)).status).toBe('badSig');
  });

  it.each([
    ['15 octets', 15],
    ['none, in a request', 0],
    ['33 octets', 33],
  ])('a MAC of %s as malformed', (_, length) => {
    const bytes = altered(signed, { mac: Buffer.concat([signed.mac, signed.mac]).subarray(0, length) });
    expect(verify(bytes, [key], at(now))).toMatchObject({
      status: 'formErr',
      error: { code: 'tsig-record' },
    });
  });

  const tsigRecord = Buffer.from(signed.bytes.subarray(request.length));
  const address = writeMessage(
    message({ answers: [record('a', { kind: 'A', address: '192.0.2.1' })] }),
  ).subarray(12);
  /** The TSIG record with an octet changed: owner 4, type 2, class 2, TTL 4. */
  const changed = (offset: number, octet: number) => {
    const copy = Buffer.from(tsigRecord);
    copy[offset] = octet;
    return copy;
  };

  it.each([
    ['not the last record', 0, 2, [tsigRecord, address]],
    ['in the answer section', 1, 0, [tsigRecord]],
    ['there twice', 0, 2, [tsigRecord, tsigRecord]],
    ['the last there is, but not the last announced', 0, 2, [tsigRecord]],
    ['of class NONE', 0, 1, [changed(7, 254)]],
    ['with a TTL', 0, 1, [changed(11, 1)]],
  ])('a TSIG record that is %s as malformed', (_, answers, additionals, records) => {
    const bytes = Buffer.concat([request, ...records]);
    bytes.writeUInt16BE(answers, 6);
    bytes.writeUInt16BE(additionals, 10);
    expect(verify(bytes, [key], at(now)).status).toBe('formErr');
  });
});

describe('a reply', () => {
  const asked = sign(request, key, { timeSeconds: now });
  const check = (bytes: Uint8Array, requestMac = asked.mac) =>
    verify(bytes, [key], { nowSeconds: now, requestMac });

  it('verifies only with the MAC of its request', () => {
    const answered = signReply(reply, verify(asked.bytes, [key], { nowSeconds: now }), { timeSeconds: now });
    expect(check(answered.bytes)).toMatchObject({ status: 'ok' });
    expect(check(answered.bytes, answered.mac)).toMatchObject({ status: 'badSig', by: 'us' });
    expect(verify(answered.bytes, [key], { nowSeconds: now })).toMatchObject({ status: 'badSig', by: 'us' });
  });

  it('reports another clock, signed, with that clock', () => {
    const serverNow = now + 4000;
    const verdict = verify(asked.bytes, [key], { nowSeconds: serverNow });
    expect(check(signReply(reply, verdict, { timeSeconds: serverNow }).bytes)).toMatchObject({
      status: 'badTime',
      by: 'peer',
      signed: true,
      peerTimeSeconds: serverNow,
    });
  });

  it('reports a shortened MAC, signed', () => {
    const short = altered(asked, { mac: asked.mac.subarray(0, 20) });
    const verdict = verify(short, [key], { nowSeconds: now });
    expect(
      check(signReply(reply, verdict, { timeSeconds: now }).bytes, asked.mac.subarray(0, 20)),
    ).toMatchObject({
      status: 'badTrunc',
      by: 'peer',
      signed: true,
    });
  });

  it('reports a wrong key or secret without a signature', () => {
    const other = tsigKey(key.name, 'hmac-sha256', Buffer.alloc(32, 9));
    const wrongSecret = signReply(reply, verify(asked.bytes, [other], { nowSeconds: now }), {
      timeSeconds: now,
    });
    expect(check(wrongSecret.bytes)).toMatchObject({
      status: 'badSig',
      by: 'peer',
      tsig: { error: TSIG_ERROR.BADSIG },
    });
    const noKey = signReply(reply, verify(asked.bytes, [], { nowSeconds: now }), { timeSeconds: now });
    expect(noKey.mac).toHaveLength(0);
    expect(check(noKey.bytes)).toMatchObject({
      status: 'badKey',
      by: 'peer',
      tsig: { error: TSIG_ERROR.BADKEY },
    });
  });

  it('without a MAC reports nothing that may be believed', () => {
    const answered = sign(reply, key, { timeSeconds: now, requestMac: asked.mac });
    const none = new Uint8Array(0);
    expect(check(altered(answered, { mac: none }))).toMatchObject({ status: 'badSig', by: 'us' });
    expect(check(altered(answered, { mac: none, error: 18 }))).toMatchObject({
      status: 'badTime',
      signed: false,
    });
    expect(check(altered(answered, { mac: none, error: 99 }))).toMatchObject({ status: 'badSig', by: 'us' });
  });

  it('to an unsigned or malformed request is not signed', () => {
    for (const bytes of [request, request.subarray(0, 13)]) {
      const verdict = verify(bytes, [key], { nowSeconds: now });
      expect(signReply(reply, verdict, { timeSeconds: now }).bytes).toBe(reply);
    }
  });
});

describe('an answer over several messages', () => {
  const asked = sign(request, key, { timeSeconds: now });
  const first = sign(reply, key, { timeSeconds: now, requestMac: asked.mac });
  const start: TsigChain = { key, previousMac: first.mac, pending: [] };
  const next = (bytes: Uint8Array, chain: TsigChain, nowSeconds = now) =>
    verifyNext(bytes, chain, { nowSeconds });

  it('verifies message by message', () => {
    const second = signNext(reply, key, { timeSeconds: now + 1, previousMac: first.mac });
    const third = signNext(reply, key, { timeSeconds: now + 2, previousMac: second.mac });
    const afterSecond = next(second.bytes, start);
    expect(afterSecond).toMatchObject({ verdict: { status: 'ok' }, chain: { previousMac: second.mac } });
    expect(next(third.bytes, afterSecond.chain).verdict.status).toBe('ok');
    expect(next(third.bytes, start).verdict).toMatchObject({ status: 'badSig', by: 'us' });
    expect(next(second.bytes, afterSecond.chain).verdict.status).toBe('badSig');
    expect(next(second.bytes, start, now + 1000).verdict.status).toBe('badTime');
  });

  it('may hold 99 unsigned messages in a row, which the next signature covers', () => {
    const unsigned = Array.from({ length: 99 }, (_, k) => writeMessage(message({ id: k, response: true })));
    let chain = start;
    for (const bytes of unsigned) {
      const step = next(bytes, chain);
      expect(step.verdict.status).toBe('pending');
      chain = step.chain;
    }
    const closing = signNext(reply, key, { timeSeconds: now, previousMac: first.mac, unsigned });
    expect(next(closing.bytes, chain)).toMatchObject({ verdict: { status: 'ok' }, chain: { pending: [] } });
    expect(next(request, chain).verdict.status).toBe('unsigned');
    const forged = { ...chain, pending: [...chain.pending.slice(1), request] };
    expect(next(closing.bytes, forged).verdict.status).toBe('badSig');
  });
});
