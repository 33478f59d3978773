import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLASS, OPCODE, RCODE, TYPE } from '#core/wire/constants.ts';
import { ednsRecord, readEdns } from '#core/wire/edns.ts';
import { parseKeyFile } from '#core/wire/key-file.ts';
import { sound } from '#core/wire/message.fixture.ts';
import type { RecordData } from '#core/wire/message.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { signNext, signReply } from '#core/wire/sign.ts';
import { type TsigKey, tsigKey } from '#core/wire/tsig-key.ts';
import { type TsigVerdict, verify } from '#core/wire/verify.ts';
import { writeMessage } from '#core/wire/write-message.ts';
import { typeOf } from '#core/wire/write-rdata.ts';
import { nowSeconds, startResponder } from '#test/support/dns-exchange.ts';

// BIND's own clients, talking to a few lines of ours: what they sign we verify, what we sign they verify.
const run = promisify(execFile);
const algorithms = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interspan-keys-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('nsupdate', () => {
  it.each(algorithms)('signs what we verify, and takes our signed reply, with %s', async (algorithm) => {
    const { key, file } = await generateKey(algorithm);
    const verdicts: TsigVerdict[] = [];
    await using server = await startResponder((query) => {
      const verdict = verify(query, [key], { nowSeconds: nowSeconds() });
      verdicts.push(verdict);
      return [signReply(replyTo(query), verdict, { timeSeconds: nowSeconds() }).bytes];
    });
    for (const option of [[], ['-v']]) await nsupdate(server.port, ['-k', file, ...option]);
    expect(verdicts).toMatchObject([
      { status: 'ok', tsig: { fudgeSeconds: 300 } },
      { status: 'ok', tsig: { fudgeSeconds: 300 } },
    ]);
    expect(server.received.map((query) => sound(query))).toMatchObject(
      [0, 1].map(() => ({
        opcode: OPCODE.UPDATE,
        questions: [{ name: nameOf('example.com'), type: TYPE.SOA }],
        answers: [{ class: CLASS.NONE, type: TYPE.ANY, rdata: { kind: 'empty' } }],
        authorities: [
          { class: CLASS.ANY, type: TYPE.A, rdata: { kind: 'empty' } },
          { class: CLASS.IN, ttl: 60, rdata: { kind: 'A', address: '192.0.2.1' } },
          { class: CLASS.NONE, ttl: 0, rdata: { kind: 'NS', target: nameOf('ns.example.com') } },
        ],
      })),
    );
  });

  it('with a shortened MAC gives BADTRUNC', async () => {
    const { key, file } = await generateKey('hmac-sha256', 'hmac-sha256-128');
    const verdicts: TsigVerdict[] = [];
    await using server = await startResponder((query) => {
      verdicts.push(verify(query, [key], { nowSeconds: nowSeconds() }));
      return [writeMessage({ ...sound(replyTo(query)), rcode: RCODE.REFUSED })];
    });
    await expect(nsupdate(server.port, ['-k', file])).rejects.toThrow();
    expect(verdicts[0]).toMatchObject({ status: 'badTrunc', by: 'us', signed: true });
  });

  it.each([
    ['does not know', 0, [], 'BADKEY'],
    ['knows by another secret', 0, [Buffer.alloc(32)], 'BADSIG'],
    ['has another clock', 1000, undefined, 'clock'],
  ])('says why it is refused by a server that %s', async (_, skew, secrets, complaint) => {
    const { key, file } = await generateKey('hmac-sha256');
    const keys = secrets?.map((secret) => tsigKey(key.name, key.algorithm, secret)) ?? [key];
    await using server = await startResponder((query) => {
      const clock = nowSeconds() + skew;
      const verdict = verify(query, keys, { nowSeconds: clock });
      return [signReply(replyTo(query, RCODE.NOTAUTH), verdict, { timeSeconds: clock }).bytes];
    });
    await expect(nsupdate(server.port, ['-k', file])).rejects.toThrow(new RegExp(complaint));
  });

  it('refuses a reply that we signed with another secret', async () => {
    const { key, file } = await generateKey('hmac-sha256');
    await using server = await startResponder((query) => {
      const verdict = verify(query, [key], { nowSeconds: nowSeconds() });
      if (verdict.status !== 'ok') throw new Error(verdict.status);
      const forged = { ...verdict, key: tsigKey(key.name, key.algorithm, Buffer.alloc(32)) };
      return [signReply(replyTo(query), forged, { timeSeconds: nowSeconds() }).bytes];
    });
    await expect(nsupdate(server.port, ['-k', file])).rejects.toThrow(/tsig verify failure/);
  });
});

describe('dig', () => {
  it('verifies our transfer, with unsigned messages between the signed ones', async () => {
    const { key, file } = await generateKey('hmac-sha256');
    await using server = await startResponder((query) => signedTransfer(query, key, true));
    const { stdout } = await dig(server.port, ['-k', file, 'example.com', 'AXFR']);
    expect(stdout).not.toMatch(/WARNING|failed|could not/i);
    expect(stdout).toContain('XFR size: 6 records (messages 6');
  });

  it('does not verify it when a message is missing from what was signed', async () => {
    const { key, file } = await generateKey('hmac-sha256');
    await using server = await startResponder((query) => signedTransfer(query, key, false));
    const { stdout } = await dig(server.port, ['-k', file, 'example.com', 'AXFR']);
    expect(stdout).toMatch(/Transfer failed|could not be validated/);
  });

  it('reads every type of record as we wrote it', async () => {
    const records: readonly (readonly [RecordData, string])[] = [
      [{ kind: 'A', address: '192.0.2.1' }, 'A 192.0.2.1'],
      [{ kind: 'AAAA', address: '2001:db8::1' }, 'AAAA 2001:db8::1'],
      [{ kind: 'NS', target: nameOf('ns.www.example.com') }, 'NS ns.www.example.com.'],
      [{ kind: 'PTR', target: nameOf('a\\.b.example.com') }, 'PTR a\\.b.example.com.'],
      [{ kind: 'MX', preference: 10, target: nameOf('mx.example.com') }, 'MX 10 mx.example.com.'],
      [{ kind: 'TXT', strings: [Buffer.from('uid 1'), Buffer.from('"')] }, 'TXT "uid 1" "\\""'],
      [
        { kind: 'SRV', priority: 1, weight: 2, port: 53, target: nameOf('ns.example.com') },
        'SRV 1 2 53 ns.example.com.',
      ],
      [
        {
          kind: 'SOA',
          primary: nameOf('ns.example.com'),
          mailbox: nameOf('\\200.example.com'),
          serial: 4_294_967_295,
          refresh: 1,
          retry: 2,
          expire: 3,
          minimum: 4,
        },
        'SOA ns.example.com. \\200.example.com. 4294967295 1 2 3 4',
      ],
    ];
    await using server = await startResponder((query) => {
      const asked = sound(query);
      const name = asked.questions[0]?.name ?? nameOf('.');
      const answers = records.map(([rdata]) => ({
        name,
        type: typeOf(rdata),
        class: CLASS.IN,
        ttl: 60,
        rdata,
      }));
      const additionals = [ednsRecord({ udpBytes: 1232, dnssecOk: false, upperRcode: 0, options: [] })];
      return [writeMessage({ ...asked, response: true, authoritative: true, answers, additionals })];
    });
    const { stdout } = await dig(server.port, ['+noall', '+answer', 'www.example.com', 'A']);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual(
      records.map(([, text]) => `www.example.com. 60 IN ${text}`),
    );
  });

  it.each([
    [['+nocookie'], []],
    [['+cookie=0102030405060708'], [{ kind: 'cookie', server: new Uint8Array(0) }]],
    [[`+cookie=${'01'.repeat(24)}`], [{ kind: 'cookie', server: new Uint8Array(16).fill(1) }]],
    [['+nocookie', '+subnet=192.0.2.255/20'], [{ kind: 'clientSubnet', family: 1, sourcePrefix: 20 }]],
    [['+nocookie', '+subnet=2001:db8::/56'], [{ kind: 'clientSubnet', family: 2, sourcePrefix: 56 }]],
    [['+nocookie', '+subnet=0'], [{ kind: 'clientSubnet', sourcePrefix: 0 }]],
    [['+nocookie', '+nsid'], [{ kind: 'nsid' }]],
    [['+nocookie', '+tcp', '+keepalive'], [{ kind: 'tcpKeepalive', timeoutDeciseconds: undefined }]],
    [['+nocookie', '+ednsopt=65001:abcd'], [{ kind: 'opaque', code: 65_001 }]],
  ])('asks with %j as we read it', async (flags, options) => {
    await using server = await startResponder((query) => [replyTo(query)]);
    await dig(server.port, [...flags, '+dnssec', 'example.com', 'SOA']);
    const query = server.received[0];
    if (query === undefined) throw new Error('nothing received');
    expect(readEdns(sound(query))).toMatchObject({
      status: 'present',
      edns: { udpBytes: 1232, dnssecOk: true, options },
    });
  });

  it('asks for a later EDNS version as we read it', async () => {
    await using server = await startResponder((query) => [replyTo(query)]);
    await dig(server.port, ['+edns=7', '+noednsnegotiation', 'example.com', 'SOA']);
    const query = server.received[0];
    if (query === undefined) throw new Error('nothing received');
    expect(readEdns(sound(query))).toMatchObject({ status: 'badVersion', version: 7 });
  });
});

/** Five messages between two with the SOA: every second is signed; the last one, too. */
function signedTransfer(query: Uint8Array, key: TsigKey, isWhole: boolean): readonly Uint8Array[] {
  const timeSeconds = nowSeconds();
  const record = (name: string, rdata: RecordData) => ({
    ...sound(query),
    response: true,
    authoritative: true,
    additionals: [],
    answers: [{ name: nameOf(name), type: typeOf(rdata), class: CLASS.IN, ttl: 60, rdata }],
  });
  const root = nameOf('example.com');
  const soa: RecordData = {
    kind: 'SOA',
    primary: root,
    mailbox: root,
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 1,
  };
  const plain = (k: number) =>
    writeMessage(record(`a${k}.example.com`, { kind: 'A', address: `192.0.2.${k}` }));
  const [a1, a2, a3, a4] = [plain(1), plain(2), plain(3), plain(4)];
  const end = writeMessage(record('example.com', soa));
  const first = signReply(end, verify(query, [key], { nowSeconds: timeSeconds }), { timeSeconds });
  const third = signNext(a2, key, { timeSeconds, previousMac: first.mac, unsigned: isWhole ? [a1] : [] });
  const last = signNext(end, key, { timeSeconds, previousMac: third.mac, unsigned: [a3, a4] });
  return [first.bytes, a1, third.bytes, a3, a4, last.bytes];
}

async function generateKey(
  algorithm: string,
  announced = algorithm,
): Promise<{ key: TsigKey; file: string }> {
  const { stdout } = await run('tsig-keygen', ['-a', algorithm, 'fleet.example']);
  const result = parseKeyFile(stdout);
  if (!result.ok || result.value[0] === undefined) throw new Error('tsig-keygen');
  const file = join(folder, `${announced}.key`);
  await writeFile(file, stdout.replace(algorithm, announced), { mode: 0o600 });
  return { key: result.value[0], file };
}

async function nsupdate(port: number, options: readonly string[]): Promise<void> {
  const child = run('nsupdate', ['-t', '3', '-r', '0', ...options]);
  child.child.stdin?.end(
    [
      `server 127.0.0.1 ${port}`,
      'zone example.com',
      'prereq nxdomain free.example.com',
      'update delete www.example.com A',
      'update add www.example.com 60 A 192.0.2.1',
      'update delete cloud.example.com NS ns.example.com.',
      'send\n',
    ].join('\n'),
  );
  await child;
}

function dig(port: number, options: readonly string[]) {
  return run('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=3', ...options]);
}

/** The question back, without the signature. */
function replyTo(query: Uint8Array, rcode: number = RCODE.NOERROR): Uint8Array {
  return writeMessage({
    ...sound(query),
    response: true,
    rcode,
    answers: [],
    authorities: [],
    additionals: [],
  });
}
