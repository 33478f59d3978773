import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rcodeName, TYPE } from '#core/wire/constants.ts';
import { parseKeyFile } from '#core/wire/key-file.ts';
import { sound } from '#core/wire/message.fixture.ts';
import type { Message, RecordData } from '#core/wire/message.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { sign } from '#core/wire/sign.ts';
import { type TsigKey, tsigKey } from '#core/wire/tsig-key.ts';
import { buildUpdate, type Change, type Prerequisite } from '#core/wire/update.ts';
import { type TsigVerdict, verify, verifyNext } from '#core/wire/verify.ts';
import { type Bind, startBind } from '#test/support/bind.ts';
import { askTcp, askUdp, nowSeconds } from '#test/support/dns-exchange.ts';

const algorithms = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];
const zone = nameOf('example.com');
const cut = nameOf('cloud.example.com');
const free = nameOf('free.example.com');
const txt = (text: string): RecordData => ({ kind: 'TXT', strings: [Buffer.from(text)] });
const ns = (name: string): RecordData => ({ kind: 'NS', target: nameOf(name) });
const harmless: Change = { kind: 'add', name: nameOf('log.example.com'), ttlSeconds: 30, data: txt('x') };

let bind: Bind;
let eu: TsigKey;

beforeAll(async () => {
  bind = await startBind({
    keys: algorithms.map((algorithm) => ({
      name: algorithm === 'hmac-sha256' ? 'eu' : algorithm,
      algorithm,
      secret: Buffer.alloc(64, algorithm).toString('base64'),
    })),
    zones: [
      {
        name: 'example.com',
        records: [
          'cloud NS gslb-ns-us-cloud',
          'cloud NS gslb-ns-ap-cloud',
          'owner TXT "uid 1"',
          'www A 192.0.2.1',
          // Enough for a transfer of several messages.
          ...Array.from({ length: 2000 }, (_, k) => `filler-${k} TXT "${'x'.repeat(80)}"`),
        ],
        updatePolicy: [
          ...algorithms.filter((name) => name !== 'hmac-sha256').map((name) => `grant ${name} zonesub ANY`),
          'grant eu name cloud.example.com. NS',
          'grant eu name free.example.com. ANY',
          'grant eu name log.example.com. TXT',
        ],
      },
    ],
  });
  eu = await keyOf('eu');
});
afterAll(() => bind.close());

describe('BIND', () => {
  it.each(['udp', 'tcp'] as const)(
    'takes our signed update over %s, and its signed reply verifies',
    async (transport) => {
      const data = ns(`gslb-ns-eu-${transport}.example.com`);
      const { reply, verdict } = await update({
        changes: [{ kind: 'add', name: cut, ttlSeconds: 30, data }],
        transport,
      });
      expect(verdict).toMatchObject({ status: 'ok', key: eu });
      expect(rcodeName(reply.rcode)).toBe('NOERROR');
      expect(await nameServers()).toContainEqual(data);
      await update({ changes: [{ kind: 'deleteRecord', name: cut, data }] });
      expect(await nameServers()).not.toContainEqual(data);
    },
  );

  it.each(algorithms.filter((name) => name !== 'hmac-sha256'))('agrees on %s', async (name) => {
    const { reply, verdict } = await update({ changes: [harmless], key: await keyOf(name) });
    expect([verdict.status, rcodeName(reply.rcode)]).toEqual(['ok', 'NOERROR']);
  });

  it('tells a grant that is missing (REFUSED, signed)', async () => {
    const change: Change = { kind: 'add', name: nameOf('www.example.com'), ttlSeconds: 30, data: txt('x') };
    const { reply, verdict } = await update({ changes: [change] });
    expect([verdict.status, rcodeName(reply.rcode)]).toEqual(['ok', 'REFUSED']);
  });

  it('tells an unknown key (BADKEY, unsigned)', async () => {
    const key = tsigKey(nameOf('nobody'), 'hmac-sha256', Buffer.alloc(32));
    const { reply, verdict } = await update({ changes: [harmless], key });
    expect(verdict).toMatchObject({ status: 'badKey', by: 'peer' });
    expect(rcodeName(reply.rcode)).toBe('NOTAUTH');
  });

  it('tells a wrong secret (BADSIG, unsigned)', async () => {
    const key = tsigKey(eu.name, eu.algorithm, Buffer.alloc(32));
    const { reply, verdict } = await update({ changes: [harmless], key });
    expect(verdict).toMatchObject({ status: 'badSig', by: 'peer' });
    expect(rcodeName(reply.rcode)).toBe('NOTAUTH');
  });

  it.each([-1000, 1000])('tells a clock that is off by %i s (BADTIME, signed), and its own', async (skew) => {
    const { reply, verdict } = await update({ changes: [harmless], skew });
    expect(verdict).toMatchObject({ status: 'badTime', by: 'peer', signed: true });
    expect(rcodeName(reply.rcode)).toBe('NOTAUTH');
    const clock = verdict.status === 'badTime' ? verdict.peerTimeSeconds : undefined;
    expect(Math.abs((clock ?? 0) - nowSeconds())).toBeLessThan(10);
  });

  it('takes a clock that is off by less than the fudge', async () => {
    const { reply, verdict } = await update({ changes: [harmless], skew: -290 });
    expect([verdict.status, rcodeName(reply.rcode)]).toEqual(['ok', 'NOERROR']);
  });

  it.each<[string, Prerequisite]>([
    ['NOERROR', { kind: 'nameInUse', name: cut }],
    ['NXDOMAIN', { kind: 'nameInUse', name: free }],
    ['NOERROR', { kind: 'nameNotInUse', name: free }],
    ['YXDOMAIN', { kind: 'nameNotInUse', name: cut }],
    ['NOERROR', { kind: 'rrsetExists', name: cut, type: TYPE.NS }],
    ['NXRRSET', { kind: 'rrsetExists', name: cut, type: TYPE.A }],
    ['NOERROR', { kind: 'rrsetAbsent', name: cut, type: TYPE.A }],
    ['YXRRSET', { kind: 'rrsetAbsent', name: cut, type: TYPE.NS }],
    ['NOERROR', { kind: 'rrsetIs', name: nameOf('owner.example.com'), data: [txt('uid 1')] }],
    ['NXRRSET', { kind: 'rrsetIs', name: nameOf('owner.example.com'), data: [txt('uid 2')] }],
    [
      'NOERROR',
      {
        kind: 'rrsetIs',
        name: cut,
        data: [ns('gslb-ns-ap-cloud.example.com'), ns('gslb-ns-us-cloud.example.com')],
      },
    ],
    ['NXRRSET', { kind: 'rrsetIs', name: cut, data: [ns('gslb-ns-us-cloud.example.com')] }],
    ['NOTZONE', { kind: 'nameInUse', name: nameOf('example.org') }],
  ])('answers %s to the prerequisite %o', async (expected, prerequisite) => {
    const { reply, verdict } = await update({ prerequisites: [prerequisite], changes: [harmless] });
    expect([verdict.status, rcodeName(reply.rcode)]).toEqual(['ok', expected]);
  });

  it('makes the changes in their order: deletes by RRset and by name, adds', async () => {
    const address = (last: number): RecordData => ({ kind: 'A', address: `192.0.2.${last}` });
    const add = (data: RecordData): Change => ({ kind: 'add', name: free, ttlSeconds: 30, data });
    await update({
      changes: [add(address(1)), add(txt('old')), add({ kind: 'AAAA', address: '2001:db8::1' })],
    });
    await update({
      changes: [{ kind: 'deleteRrset', name: free, type: TYPE.A }, add(address(2)), add(address(3))],
    });
    expect(new Set(await lookUp(free, TYPE.A))).toEqual(new Set([address(2), address(3)]));
    expect(await lookUp(free, TYPE.AAAA)).toEqual([{ kind: 'AAAA', address: '2001:db8::1' }]);
    await update({ changes: [{ kind: 'deleteName', name: free }] });
    expect((await ask(free, TYPE.ANY)).rcode).toBe(3);
  });

  it.each([
    ['NOTAUTH', nameOf('example.org'), nameOf('www.example.org')],
    ['NOTZONE', zone, nameOf('www.example.org')],
  ])('answers %s when the zone is not its own, or the name not in the zone', async (expected, to, name) => {
    const { reply } = await update({
      zone: to,
      changes: [{ kind: 'add', name, ttlSeconds: 30, data: txt('x') }],
    });
    expect(rcodeName(reply.rcode)).toBe(expected);
  });

  it('signs a transfer of several messages as verifyNext expects', async () => {
    const query = buildQuery({
      id: randomInt(0x10000),
      name: zone,
      type: TYPE.AXFR,
      recursionDesired: false,
    });
    const asked = sign(query, eu, { timeSeconds: nowSeconds() });
    let ends = 0;
    const [first, ...rest] = await askTcp(bind, asked.bytes, (reply) => {
      ends += sound(reply).answers.filter((record) => record.type === TYPE.SOA).length;
      return ends >= 2;
    });
    if (first === undefined) throw new Error('no reply');
    const verdict = verify(first, [eu], { nowSeconds: nowSeconds(), requestMac: asked.mac });
    if (verdict.status !== 'ok') throw new Error(verdict.status);
    let chain: Parameters<typeof verifyNext>[1] = { key: eu, previousMac: verdict.tsig.mac, pending: [] };
    for (const message of rest) {
      const step = verifyNext(message, chain, { nowSeconds: nowSeconds() });
      expect(['ok', 'pending']).toContain(step.verdict.status);
      chain = step.chain;
    }
    expect(rest.length).toBeGreaterThan(2);
    expect(chain.pending).toEqual([]);
  });
});

async function update(options: {
  readonly zone?: typeof zone;
  readonly prerequisites?: readonly Prerequisite[];
  readonly changes: readonly Change[];
  readonly key?: TsigKey;
  readonly skew?: number;
  readonly transport?: 'udp' | 'tcp';
}): Promise<{ readonly reply: Message; readonly verdict: TsigVerdict }> {
  const { prerequisites = [], changes, key = eu, skew = 0, transport = 'udp' } = options;
  const request = buildUpdate({ id: randomInt(0x10000), zone: options.zone ?? zone, prerequisites, changes });
  const signed = sign(request, key, { timeSeconds: nowSeconds() + skew });
  const bytes =
    transport === 'udp' ? await askUdp(bind, signed.bytes) : (await askTcp(bind, signed.bytes))[0];
  if (bytes === undefined) throw new Error('no reply');
  // One clock, as of a real client: what signed also verifies.
  const verdict = verify(bytes, [key], { nowSeconds: nowSeconds() + skew, requestMac: signed.mac });
  return { reply: sound(bytes), verdict };
}

async function ask(name: typeof zone, type: number): Promise<Message> {
  const query = buildQuery({ id: randomInt(0x10000), name, type, recursionDesired: false });
  const [reply] = await askTcp(bind, query);
  if (reply === undefined) throw new Error('no reply');
  return sound(reply);
}

async function lookUp(name: typeof zone, type: number): Promise<readonly unknown[]> {
  return (await ask(name, type)).answers.map((record) => record.rdata);
}

// A delegation is not the server's own data: it stands in the authority section.
async function nameServers(): Promise<readonly unknown[]> {
  return (await ask(cut, TYPE.NS)).authorities.map((record) => record.rdata);
}

async function keyOf(name: string): Promise<TsigKey> {
  const result = parseKeyFile(await readFile(bind.keyFile(name), 'utf8'));
  if (!result.ok || result.value[0] === undefined) throw new Error(`no key ${name}`);
  return result.value[0];
}
